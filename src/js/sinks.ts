import { failures } from './errors';
import type { Sink } from './types';

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
  /** Makes the folder, which must be new or empty. */
  open(): Promise<FileSystemDirectoryHandle>;
}

/** Whether workers can write to the sink by themselves. */
export function isOpfs(sink: Sink): sink is OpfsSink {
  return 'open' in sink;
}

/**
 * Makes a sink that writes to a folder below the origin private file system's root.
 *
 * @param path The folder's path, with `/` between, as in `outputs/my-film`. It must be new or empty.
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
    open: async () => {
      const folder = await (await parent(true)).getDirectoryHandle(last, { create: true });
      const first = await folder.keys().next();
      if (first.done !== true) throw failures.outputExists(path);
      opened = true;
      return folder;
    },
    write: async (file, bytes) => writeInto(await (await parent(true)).getDirectoryHandle(last, { create: true }), file, bytes),
    discard: async () => {
      if (!opened) return;
      opened = false;
      await removeWhenUnlocked(await parent(false), last);
    },
  };
}

/**
 * Makes a sink that writes to a folder of the user's, from `showDirectoryPicker()` in mode `readwrite`.
 * After a failure only what the job wrote is removed.
 */
export function directory(handle: FileSystemDirectoryHandle): Sink {
  const written: string[] = [];
  const open = new Map<string, FileSystemWritableFileStream>();
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
      for (const [path, stream] of open) {
        await stream.abort();
        open.delete(path);
      }
      const tops = new Set(written.splice(0).map((path) => path.split('/')[0] ?? path));
      for (const top of tops) await removeWhenUnlocked(handle, top);
    },
  };
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
