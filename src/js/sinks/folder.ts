/** The sink that writes to a folder on disk, in Node. */

import { constants } from 'node:fs';
import {
  type FileHandle,
  mkdir,
  open as openFileHandle,
  readdir,
  rm,
  rmdir,
  stat,
  statfs,
  writeFile,
} from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

import { failures, TabpackError } from '../api/errors';
import type { Sink, Store } from '../api/types';
import { filesIn, isErrno, writeAllAt } from './disk';

/**
 * Makes a sink that writes below a folder on disk, which is made if it isn't there.
 *
 * After a failure only what the job made is removed: its files, and the folders that it created.
 *
 * @param path The folder.
 * @param options With `replace`, files of the same names are replaced; otherwise a target's folder that
 *   holds files already is an error, unless they are those of a job that is resumed.
 */
export function folder(path: string, options: { replace?: boolean } = {}): Sink & { readonly store: Store } {
  const root = resolve(path);
  let replaces = options.replace === true;
  /** Whether an earlier run's files are written on. */
  let goesOn = false;
  const files: string[] = [];
  const made: string[] = [];
  const known = new Set<string>();
  const prepare = async (directory: string): Promise<void> => {
    if (known.has(directory)) return;
    const first = await mkdir(directory, { recursive: true });
    if (
      first === undefined &&
      !replaces &&
      (await readdir(directory)).some((name) => !known.has(join(directory, name)))
    ) {
      if (directory !== root) throw failures.outputExists(directory);
    }
    if (first !== undefined) made.push(first);
    for (let at = directory; at.length >= root.length; at = dirname(at)) known.add(at);
  };
  const open = new Map<string, FileHandle>();
  const underWay = new Set<Promise<void>>();
  const access = filesIn(root);
  /** Makes the folder of a file and runs `write` on the file's path. */
  const into = async (file: string, write: (target: string) => Promise<void>): Promise<void> => {
    const target = join(root, ...file.split('/'));
    const writing = prepare(dirname(target)).then(() => {
      files.push(target);
      return write(target);
    });
    underWay.add(writing);
    try {
      await writing;
    } catch (error) {
      throw error instanceof TabpackError ? error : diskError(error, target);
    } finally {
      underWay.delete(writing);
    }
  };
  const closeAll = async (): Promise<void> => {
    await Promise.allSettled(underWay);
    for (const [path, file] of open) {
      open.delete(path);
      await file.close();
    }
  };
  return {
    write: (file, bytes) => into(file, (target) => writeFile(target, bytes)),
    writeAt: (file, offset, bytes) =>
      into(file, async (target) => {
        const handle = open.get(target) ?? (await openToWrite(target, goesOn));
        open.set(target, handle);
        await writeAllAt(handle, offset, bytes);
      }),
    finish: closeAll,
    discard: async () => {
      await closeAll();
      for (const file of files.splice(0)) await rm(file, { force: true });
      for (const directory of made.splice(0).reverse()) await removeEmpty(directory);
    },
    room: async () => {
      const { bavail, bsize } = await statfs(await existing(root));
      return bavail * bsize;
    },
    store: {
      size: access.size,
      read: (file, offset, length) =>
        access.read(file, offset, length).catch((error: unknown) => {
          if (isErrno(error, 'ENOENT')) return new Uint8Array();
          throw error;
        }),
      append: async (file, offset, bytes) => {
        const before =
          offset === 0 && !replaces && !open.has(join(root, ...file.split('/')))
            ? await access.size(file).catch(() => undefined)
            : undefined; // writing says it better
        if (before !== undefined) throw failures.outputExists(root); // the journal of a job that may go on
        return into(file, async (target) => {
          const handle = open.get(target) ?? (await openFileHandle(target, constants.O_RDWR | constants.O_CREAT));
          open.set(target, handle);
          await handle.truncate(offset);
          await writeAllAt(handle, offset, bytes);
        });
      },
      remove: async (file) => {
        const target = join(root, ...file.split('/'));
        await open.get(target)?.close();
        open.delete(target);
        await rm(target, { force: true });
      },
      adopt: (paths) => {
        replaces = goesOn = true;
        for (const file of paths) {
          const target = join(root, ...file.split('/'));
          files.push(target);
          const top = file.split('/')[0];
          if (top !== undefined && top !== file) made.push(join(root, top));
        }
      },
      keep: closeAll,
    },
  };
}

/** The folder, or the one above it that is there. */
async function existing(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined || dirname(path) === path ? path : existing(dirname(path));
}

/** Opens a file to write it anew, or to write on. */
const openToWrite = (path: string, goesOn: boolean): Promise<FileHandle> =>
  openFileHandle(path, goesOn ? constants.O_RDWR | constants.O_CREAT : 'w');

/** Removes a folder and the folders in it, as long as they hold no file. */
async function removeEmpty(directory: string): Promise<void> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) if (entry.isDirectory()) await removeEmpty(join(directory, entry.name));
  await rmdir(directory).catch((error: unknown) => {
    if (!isErrno(error, 'ENOTEMPTY') && !isErrno(error, 'ENOENT')) throw error;
  });
}

function diskError(error: unknown, path: string): unknown {
  if (!isErrno(error, 'ENAMETOOLONG')) return error;
  const longest = Math.max(...path.split(/[\\/]/).map((name) => Buffer.byteLength(name)));
  return longest > 255 ? failures.outputNameTooLong(path) : failures.outputPathTooLong(path);
}
