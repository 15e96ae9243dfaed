import { failures } from '../api/errors';
import type { Sink, Store } from '../api/types';

/** The journal's path below the output's root. A finished output has none. */
export const JOURNAL = 'tabpack-journal.jsonl';

/** A sink that keeps the files in memory: for small jobs and tests. */
export interface MemorySink extends Sink {
  /** The files by path, in the order in which they were written. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** Makes a sink that keeps the files in memory. */
export function memory(): MemorySink {
  const files = new Map<string, Uint8Array>();
  return {
    files,
    write: async (path, bytes) => {
      files.set(path, bytes);
    },
    writeAt: async (path, offset, bytes) => {
      let file = files.get(path) ?? new Uint8Array();
      const end = offset + bytes.length;
      if (end > file.length) {
        const longer = new Uint8Array(end);
        longer.set(file);
        file = longer;
      }
      file.set(bytes, offset);
      files.set(path, file);
    },
    discard: async () => files.clear(),
  };
}

/** A sink in the origin private file system, which workers write to by themselves. */
export interface OpfsSink extends Sink {
  /** Makes the folder, which must be new or empty; or, to resume, hold a job that was interrupted. */
  open(resume?: boolean): Promise<FileSystemDirectoryHandle>;
  readonly store: Store;
}

/** Whether workers can write to the sink by themselves. */
export function isOpfs(sink: Sink): sink is OpfsSink {
  return 'open' in sink;
}

/**
 * Makes a sink that writes to a folder below the origin private file system's root.
 *
 * @param path The folder's path, with `/` between, as in `outputs/my-film`. It must be new or empty, unless a job
 *   is resumed.
 */
export function opfs(path: string): OpfsSink {
  const names = path.split('/').filter((name) => name !== '');
  const last = names.pop();
  if (last === undefined) throw failures.optionInvalid('opfs() needs the name of a folder', 'output');
  const parent = async (create: boolean): Promise<FileSystemDirectoryHandle> => {
    let folder = await navigator.storage.getDirectory();
    for (const name of names) folder = await folder.getDirectoryHandle(name, { create });
    return folder;
  };
  let opened = false;
  return {
    open: async (resume = false) => {
      const folder = await (await parent(true)).getDirectoryHandle(last, { create: true });
      const goesOn = resume && (await sizeBelow(folder, JOURNAL)) !== undefined;
      const first = await folder.keys().next();
      if (first.done !== true && !goesOn) throw failures.outputExists(path);
      opened = true;
      return folder;
    },
    write: async (file, bytes) =>
      writeInto(await (await parent(true)).getDirectoryHandle(last, { create: true }), file, bytes),
    discard: async () => {
      if (!opened) return;
      opened = false;
      await removeWhenUnlocked(await parent(false), last);
    },
    // What other sites and the disk leave of the quota.
    room: async () => {
      const { quota, usage = 0 } = await navigator.storage.estimate();
      return quota === undefined ? undefined : Math.max(0, quota - usage);
    },
    store: storeOf(async () => (await parent(false)).getDirectoryHandle(last)),
  };
}

/** What is kept below a folder. A folder that isn't there holds nothing. */
function storeOf(root: () => Promise<FileSystemDirectoryHandle>, hooks: Partial<Store> = {}): Store {
  return {
    size: async (path) => {
      const folder = await root().catch(ifMissing);
      return folder && sizeBelow(folder, path);
    },
    read: async (path, offset, length) => {
      const folder = await root().catch(ifMissing);
      const file = folder && (await fileOf(folder, path));
      return new Uint8Array((await file?.slice(offset, offset + length).arrayBuffer()) ?? []);
    },
    append: async (path, position, data) => appendInto(await root(), path, position, data),
    remove: async (path) => removeWhenUnlocked(await root(), path),
    adopt: () => undefined,
    keep: async () => undefined,
    ...hooks,
  };
}

async function sizeBelow(root: FileSystemDirectoryHandle, path: string): Promise<number | undefined> {
  return (await fileOf(root, path))?.size;
}

async function fileOf(root: FileSystemDirectoryHandle, path: string): Promise<File | undefined> {
  const names = path.split('/');
  const name = names.pop() ?? path;
  try {
    let folder = root;
    for (const part of names) folder = await folder.getDirectoryHandle(part);
    return await (await folder.getFileHandle(name)).getFile();
  } catch (error) {
    return ifMissing(error);
  }
}

function ifMissing(error: unknown): undefined {
  if (error instanceof DOMException && error.name === 'NotFoundError') return undefined;
  throw error;
}

/**
 * Makes a sink that writes to a folder of the user's, from `showDirectoryPicker()` in mode `readwrite`.
 * After a failure only what the job wrote is removed.
 */
export function directory(handle: FileSystemDirectoryHandle): Sink {
  const written: string[] = [];
  const open = new Map<string, FileSystemWritableFileStream>();
  const abortOpen = async (): Promise<void> => {
    for (const [path, stream] of open) {
      await stream.abort();
      open.delete(path);
    }
  };
  return {
    write: async (path, bytes) => {
      written.push(path);
      await writeInto(handle, path, bytes);
    },
    writeAt: async (path, position, bytes) => {
      let stream = open.get(path);
      if (stream === undefined) {
        written.push(path);
        stream = await (await fileBelow(handle, path)).createWritable();
        open.set(path, stream);
      }
      await stream.write({ type: 'write', position, data: bytes as Uint8Array<ArrayBuffer> });
    },
    finish: async () => {
      for (const [path, stream] of open) {
        await stream.close();
        open.delete(path);
      }
    },
    discard: async () => {
      await abortOpen();
      const tops = new Set(written.splice(0).map((path) => path.split('/')[0] ?? path));
      for (const top of tops) await removeWhenUnlocked(handle, top);
    },
    // Single files are written beside their place until they are whole: of those an interrupted job leaves nothing.
    store: storeOf(async () => handle, {
      append: async (path, position, data) => {
        if (!written.includes(path)) {
          // The journal of a job that may go on.
          if (position === 0 && (await sizeBelow(handle, path)) !== undefined) throw failures.outputExists(handle.name);
          written.push(path);
        }
        await appendInto(handle, path, position, data);
      },
      adopt: (paths) => void written.push(...paths),
      keep: abortOpen,
    }),
  };
}

async function appendInto(
  root: FileSystemDirectoryHandle,
  path: string,
  position: number,
  data: Uint8Array,
): Promise<void> {
  const stream = await (await fileBelow(root, path)).createWritable({ keepExistingData: true });
  try {
    await stream.truncate(position);
    await stream.write({ type: 'write', position, data: data as Uint8Array<ArrayBuffer> });
    await stream.close();
  } catch (error) {
    await stream.abort().catch(() => undefined); // likewise
    throw error;
  }
}

async function writeInto(root: FileSystemDirectoryHandle, path: string, bytes: Uint8Array): Promise<void> {
  const stream = await (await fileBelow(root, path)).createWritable();
  try {
    await stream.write(bytes as Uint8Array<ArrayBuffer>);
    await stream.close();
  } catch (error) {
    await stream.abort().catch(() => undefined); // the write's own error is the one to tell
    throw error;
  }
}

async function fileBelow(root: FileSystemDirectoryHandle, path: string): Promise<FileSystemFileHandle> {
  const names = path.split('/');
  const name = names.pop() ?? path;
  let folder = root;
  for (const part of names) folder = await folder.getDirectoryHandle(part, { create: true });
  return folder.getFileHandle(name, { create: true });
}

/** A worker that was ended lets go of its files a moment later: until then they can't be removed. */
async function removeWhenUnlocked(parent: FileSystemDirectoryHandle, name: string): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      await parent.removeEntry(name, { recursive: true });
      return;
    } catch (error) {
      if (error instanceof DOMException && error.name === 'NotFoundError') return;
      if (attempt === 40) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
