import type { KeyInfo } from 'tabpack';

/**
 * The content keys of this document's jobs. In memory and nowhere else: not in the address, not in any
 * storage, so that a reload forgets them.
 */
const keysByJob = new Map<string, KeyInfo>();

/** Remembers the key of a job until the document is left. */
export function rememberKey(job: string, key: KeyInfo): void {
  keysByJob.set(job, key);
}

/** The key of a job, if this document packaged it or was told it. */
export function recallKey(job: string): KeyInfo | undefined {
  return keysByJob.get(job);
}

/** Forgets the key of a job, as when its output is deleted. */
export function forgetKey(job: string): void {
  keysByJob.delete(job);
}
