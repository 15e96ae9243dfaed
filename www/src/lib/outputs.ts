import { type OutputFile, opfs, type Unfinished, unfinished } from 'tabpack';
import { Store } from './store';

/** A finished output in the origin private file system. */
export interface StoredOutput {
  /** The folder's name below `outputs/`. */
  readonly job: string;
  readonly files: readonly OutputFile[];
  /** Manifests that a player opens, best first. Empty where packaging never finished. */
  readonly manifests: readonly string[];
  /** When the newest file was written, in milliseconds since 1970. */
  readonly modified: number;
  /** Whether some tab is writing it now. */
  readonly busy: boolean;
  /** The job that was interrupted here; `null` where none was. */
  readonly unfinished: Unfinished | null;
}

/** What the origin's storage holds and may hold, in bytes. */
export interface StorageUse {
  readonly used: number;
  readonly quota: number;
}

/** The folder of all outputs in the origin private file system. */
export const OUTPUTS = 'outputs';

/** Outputs found in this browser; `null` until the first look. */
export const outputs = new Store<readonly StoredOutput[] | null>(null);

/** What storage is used; `null` until known. */
export const storageUse = new Store<StorageUse | null>(null);

/** Looks again at what is stored. */
export async function refreshOutputs(): Promise<void> {
  const root = await outputsFolder();
  const held = await heldLocks();
  const found: StoredOutput[] = [];
  for await (const handle of root.values()) {
    if (handle.kind === 'directory') found.push(await describe(handle, held.has(lockName(handle.name))));
  }
  outputs.value = found.sort((a, b) => b.modified - a.modified);
  for (const { job, busy } of found) if (busy) lookAgainWhenFree(job);
  const { usage = 0, quota = 0 } = await navigator.storage.estimate();
  storageUse.value = { used: usage, quota };
}

const awaited = new Set<string>();

/** Another tab that writes an output, or is just being closed, lets go of it some time. */
function lookAgainWhenFree(job: string): void {
  if (awaited.has(job)) return;
  awaited.add(job);
  void navigator.locks
    .request(lockName(job), { mode: 'shared' }, () => undefined)
    .then(() => {
      awaited.delete(job);
      return refreshOutputs();
    });
}

/** Removes an output with all its files. */
export async function deleteOutput(job: string): Promise<void> {
  const root = await outputsFolder();
  await root.removeEntry(job, { recursive: true }).catch((error: unknown) => {
    // Gone already is as good as removed.
    if (!(error instanceof DOMException && error.name === 'NotFoundError')) throw error;
  });
}

/** An output file's content, without reading it. */
export async function outputFile(job: string, path: string): Promise<File> {
  let folder = await (await outputsFolder()).getDirectoryHandle(job);
  const parts = path.split('/');
  for (const part of parts.slice(0, -1)) folder = await folder.getDirectoryHandle(part);
  return (await folder.getFileHandle(parts.at(-1) ?? '')).getFile();
}

/**
 * Makes a folder of its own for a job and runs `work` with its name. Other tabs see it as being written
 * until `work` has ended.
 */
export async function withNewOutput<T>(title: string, work: (job: string) => Promise<T>): Promise<T> {
  // One tab at a time looks for a free name, or two might take the same.
  const job = await navigator.locks.request('tabpack-names', () => takeFolder(folderName(title)));
  return navigator.locks.request(lockName(job), () => work(job)) as Promise<T>;
}

/** Runs `work` on an output that is there already, unless some tab is at it. */
export async function withOutput<T>(job: string, work: () => Promise<T>): Promise<T> {
  return navigator.locks.request(lockName(job), { ifAvailable: true }, (lock) => {
    if (lock === null) throw new Error(`Another tab is writing “${job}”.`);
    return work();
  }) as Promise<T>;
}

/** The job that was interrupted in an output. */
export async function unfinishedIn(job: string): Promise<Unfinished | null> {
  return (await unfinished(opfs(`${OUTPUTS}/${job}`))) ?? null;
}

/** A folder name for a title's output, as readable as file systems allow. */
function folderName(title: string): string {
  // No separators or control characters; no blanks or dots at the ends, which some systems drop.
  const safe = title
    .normalize('NFC')
    .replace(/[/\\\p{Cc}]+/gu, '_')
    .replace(/^[\s.]+|[\s.]+$/gu, '');
  return cut(safe, MAX_NAME_BYTES) || 'output';
}

/** File systems hold 255 bytes a name; the rest is left for a counter and endings. */
const MAX_NAME_BYTES = 160;

function cut(text: string, maxBytes: number): string {
  const encoder = new TextEncoder();
  let size = 0;
  let kept = '';
  for (const character of text) {
    size += encoder.encode(character).length;
    if (size > maxBytes) break;
    kept += character;
  }
  return kept.trimEnd();
}

async function takeFolder(stem: string): Promise<string> {
  const root = await outputsFolder();
  const taken = new Set<string>();
  // Compared without case, since the files may end on a system that doesn't tell cases apart.
  for await (const name of root.keys()) taken.add(name.toLowerCase());
  let job = stem;
  for (let n = 2; taken.has(job.toLowerCase()); n += 1) job = `${stem}-${n}`;
  await root.getDirectoryHandle(job, { create: true });
  return job;
}

async function outputsFolder(): Promise<FileSystemDirectoryHandle> {
  const root = await navigator.storage.getDirectory();
  return root.getDirectoryHandle(OUTPUTS, { create: true });
}

/** Where a job that isn't done keeps its journal. */
const JOURNAL = 'tabpack-journal.jsonl';

async function describe(folder: FileSystemDirectoryHandle, busy: boolean): Promise<StoredOutput> {
  const files: OutputFile[] = [];
  let modified = 0;
  const visit = async (directory: FileSystemDirectoryHandle, prefix: string): Promise<void> => {
    for await (const handle of directory.values()) {
      const path = prefix + handle.name;
      if (path === JOURNAL) continue;
      if (handle.kind === 'directory') {
        await visit(handle, `${path}/`);
        continue;
      }
      // A file that is being written can't be opened; it will be seen at the next look.
      const file = await handle.getFile().catch(() => null);
      if (!file) continue;
      files.push({ path, size: file.size, type: file.type });
      modified = Math.max(modified, file.lastModified);
    }
  };
  await visit(folder, '');
  files.sort((a, b) => a.path.localeCompare(b.path, 'en', { numeric: true }));
  const left = busy ? null : await unfinishedIn(folder.name).catch(() => null);
  return { job: folder.name, files, manifests: left ? [] : manifestsAmong(files), modified, busy, unfinished: left };
}

/** The manifests of the layout `cmaf/`, `dash/`, `hls/`, in the order in which a player should try them. */
const MANIFESTS = ['cmaf/stream.mpd', 'dash/stream.mpd', 'cmaf/master.m3u8', 'hls/master.m3u8'];

function manifestsAmong(files: readonly OutputFile[]): readonly string[] {
  const paths = new Set(files.map((file) => file.path));
  return MANIFESTS.filter((path) => paths.has(path));
}

function lockName(job: string): string {
  return `tabpack-output:${job}`;
}

async function heldLocks(): Promise<ReadonlySet<string>> {
  const { held = [] } = await navigator.locks.query();
  return new Set(held.map((lock) => lock.name ?? ''));
}
