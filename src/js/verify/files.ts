import type { FileAccess } from '../api/io';

/** Makes file access of a folder (OPFS, or one that the user picked) or of files in memory. */
export function filesOf(files: FileSystemDirectoryHandle | ReadonlyMap<string, Uint8Array>): FileAccess {
  return 'entries' in files && 'getFileHandle' in files
    ? ofDirectory(files)
    : ofMap(files as ReadonlyMap<string, Uint8Array>);
}

function ofMap(files: ReadonlyMap<string, Uint8Array>): FileAccess {
  return {
    list: async () => [...files.keys()],
    size: async (path) => files.get(path)?.length,
    read: async (path, offset, length) => (files.get(path) ?? new Uint8Array()).subarray(offset, offset + length),
  };
}

function ofDirectory(root: FileSystemDirectoryHandle): FileAccess {
  const file = async (path: string): Promise<File | undefined> => {
    const names = path.split('/');
    const last = names.pop() ?? path;
    try {
      let folder = root;
      for (const name of names) folder = await folder.getDirectoryHandle(name);
      return await (await folder.getFileHandle(last)).getFile();
    } catch (error) {
      if (error instanceof DOMException && (error.name === 'NotFoundError' || error.name === 'TypeMismatchError'))
        return undefined;
      if (error instanceof TypeError) return undefined; // no file can have such a name
      throw error;
    }
  };
  const below = async (folder: FileSystemDirectoryHandle, prefix: string): Promise<string[]> => {
    const paths: string[] = [];
    for await (const [name, handle] of folder as unknown as AsyncIterable<[string, FileSystemHandle]>) {
      if (handle.kind === 'directory')
        paths.push(...(await below(handle as FileSystemDirectoryHandle, `${prefix}${name}/`)));
      else paths.push(`${prefix}${name}`);
    }
    return paths;
  };
  return {
    list: () => below(root, ''),
    size: async (path) => (await file(path))?.size,
    read: async (path, offset, length) =>
      new Uint8Array((await (await file(path))?.slice(offset, offset + length).arrayBuffer()) ?? new ArrayBuffer(0)),
  };
}
