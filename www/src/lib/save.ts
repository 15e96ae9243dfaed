import type { OutputFile } from 'tabpack';
import { outputFile } from './outputs';

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
  const { zip } = await import('tabpack/sinks');
  const sink = zip(await handle.createWritable(), { folder: job });
  try {
    for (const { path } of files) {
      signal?.throwIfAborted();
      await sink.add(path, await outputFile(job, path));
    }
    await sink.finish();
  } catch (error) {
    await sink.discard();
    await folder.removeEntry(handle.name).catch(() => undefined); // the next visit removes it
    throw error;
  }
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

/**
 * Sends an output to a server, a `PUT` for each file, manifests last.
 *
 * @param address The folder's address, below which the files are put.
 * @param authorization The value of the `Authorization` header; may be empty.
 */
export async function sendOutput(
  job: string,
  files: readonly OutputFile[],
  address: string,
  authorization: string,
): Promise<void> {
  const { put } = await import('tabpack/sinks');
  const sink = put(address, authorization === '' ? {} : { headers: { Authorization: authorization } });
  const isManifest = ({ path }: OutputFile): boolean => /\.(mpd|m3u8)$/.test(path);
  // What a multivariant playlist or an MPD names goes before it.
  const order = (file: OutputFile): number => (!isManifest(file) ? 0 : file.path.endsWith('media.m3u8') ? 1 : 2);
  try {
    for (const { path } of [...files].sort((a, b) => order(a) - order(b))) {
      await sink.write(path, new Uint8Array(await (await outputFile(job, path)).arrayBuffer()));
    }
    await sink.finish?.();
  } catch (error) {
    await sink.discard();
    throw error;
  }
}
