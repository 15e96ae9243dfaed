/** Files on disk, in Node. */

import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';

import type { FileAccess } from '../api/io';

/** Makes file access of a folder on disk. */
export function filesIn(path: string): FileAccess {
  const root = resolve(path);
  // No file has a name that is too long for its disk, or one with a zero byte.
  const isMissing = (error: unknown): boolean =>
    ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ERR_INVALID_ARG_VALUE'].some((code) => isErrno(error, code));
  return {
    list: async () => {
      const entries = await readdir(root, { recursive: true, withFileTypes: true });
      const files = entries.filter((entry) => entry.isFile());
      return files.map((entry) =>
        relative(root, join(entry.parentPath ?? entry.path, entry.name))
          .split(sep)
          .join('/'),
      );
    },
    size: async (file) => {
      try {
        const found = await stat(join(root, ...file.split('/')));
        return found.isFile() ? found.size : undefined;
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
    read: async (file, offset, length) => {
      const handle = await open(join(root, ...file.split('/')), 'r');
      try {
        const bytes = new Uint8Array(length);
        let done = 0;
        while (done < length) {
          const { bytesRead } = await handle.read(bytes, done, length - done, offset + done);
          if (bytesRead === 0) break; // the core sees that bytes are missing
          done += bytesRead;
        }
        return bytes.subarray(0, done);
      } finally {
        await handle.close();
      }
    },
  };
}

/** Writes all bytes at an offset. */
export async function writeAllAt(file: FileHandle, offset: number, bytes: Uint8Array): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    done += (await file.write(bytes, done, bytes.length - done, offset + done)).bytesWritten;
  }
}

/** Whether an error is the system's of this code, as in `ENOENT`. */
export function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
