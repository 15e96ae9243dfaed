import { downloadZip } from 'client-zip';
import { outputFile } from './outputs';
import type { OutputFile } from 'tabpack';

/** Hands a file to the browser's downloads. */
export function saveFile(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The download reads from the URL after the click; a minute is ample for it to have opened the file.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** The folder of archives being handed over, in the origin private file system. */
const ZIPS = 'zips';

/**
 * Writes an output as one ZIP and hands it over. The archive goes through a file in the origin private file
 * system, so its size isn't bounded by memory; stored, not deflated, since media doesn't shrink.
 */
export async function saveZip(job: string, files: readonly OutputFile[], signal?: AbortSignal): Promise<void> {
  const root = await navigator.storage.getDirectory();
  const folder = await root.getDirectoryHandle(ZIPS, { create: true });
  const handle = await folder.getFileHandle(`${crypto.randomUUID()}.zip`, { create: true });
  const archive = downloadZip(entries(job, files)).body;
  if (!archive) throw new Error('The ZIP stream could not be started.');
  await archive.pipeTo(await handle.createWritable(), signal ? { signal } : {});
  saveFile(await handle.getFile(), `${job}.zip`);
}

/**
 * Removes archives that an earlier visit left, unless another tab is open that may be handing one over:
 * nobody can say when a download has been read to its end.
 */
export async function removeOldZips(): Promise<void> {
  await navigator.locks.request('tabpack-zips', { ifAvailable: true }, async (alone) => {
    if (!alone) return;
    const root = await navigator.storage.getDirectory();
    await root.removeEntry(ZIPS, { recursive: true }).catch(() => undefined);
  });
  // Held as long as this tab lives.
  void navigator.locks.request('tabpack-zips', { mode: 'shared' }, () => new Promise(() => undefined));
}

async function* entries(job: string, files: readonly OutputFile[]): AsyncGenerator<{ name: string; input: File; lastModified: Date }> {
  for (const { path } of files) {
    const input = await outputFile(job, path);
    yield { name: `${job}/${path}`, input, lastModified: new Date(input.lastModified) };
  }
}
