import type { KeyInfo } from 'tabpack';

/**
 * The content keys of this document's jobs. In memory and nowhere else: not in the address, not in any
 * storage, so that a reload forgets them.
 */
const keysByJob = new Map<string, readonly KeyInfo[]>();

/** Remembers the keys of a job until the document is left. */
export function rememberKeys(job: string, keys: readonly KeyInfo[]): void {
  keysByJob.set(job, keys);
}

/** The keys of a job, if this document packaged it or was told them; else none. */
export function recallKeys(job: string): readonly KeyInfo[] {
  return keysByJob.get(job) ?? [];
}

/** Forgets the keys of a job, as when its output is deleted. */
export function forgetKeys(job: string): void {
  keysByJob.delete(job);
}
