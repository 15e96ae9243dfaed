/**
 * tabpack for Node: the same core, in this thread.
 *
 * @module tabpack
 */

import { constants } from 'node:fs';
import {
  type FileHandle,
  mkdir,
  open as openFileHandle,
  readdir,
  readFile,
  rm,
  rmdir,
  stat,
  statfs,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';

import { takeCounters } from './counters';
import { type Port, port } from './engine';
import { failures, TabpackError, toError } from './errors';
import { sendByFetch } from './exchange';
import { afterFailure, checkSink, type Fate, runJob } from './job';
import { type CoreClient, fetchKeys, type KeyServer, type ServerKeys, serverOf, withKeys } from './key-server';
import { part } from './part';
import { openPreview } from './preview';
import type {
  Input,
  KeyInfo,
  PackageOptions,
  PackageResult,
  Preview,
  PreviewOptions,
  RandomAccess,
  Sink,
  Store,
} from './types';
import type { FileAccess, VerifyOptions, VerifyReport } from './verify';
import { runVerify } from './verify-run';
import init, { describeKey, Engine, keyOf } from './wasm/tabpack_full.js';
import initKeys, { KeyClient } from './wasm/tabpack_keys.js';
import initVerify, { manifestTracks as tracksOfManifest, verifyFiles } from './wasm/tabpack_verify.js';

export { createDeliveryKey, type DeliveryKey, importDeliveryKey } from './delivery';
export { TabpackError } from './errors';
export { type Unfinished, type UnfinishedKey, unfinished } from './journal';
export type { ContentIdPage, KeyServer, KeyService, ServerKey, ServerKeys, ServerSystem } from './key-server';
export { contentIdOf } from './key-server';
export { type MemorySink, memory } from './sinks';
export { supportReport } from './support-report';
export type * from './types';
export type { FileAccess, Finding, Severity, VerifyOptions, VerifyReport } from './verify';
export { filesOf } from './verify';

const wasm = (name: string): Promise<Buffer> => readFile(new URL(`./${name}_bg.wasm`, import.meta.url));
const packaging = part(async () => init({ module_or_path: await wasm('tabpack_full') }));
const keyServers = part(async () => initKeys({ module_or_path: await wasm('tabpack_keys') }));
const verification = part(async () => initVerify({ module_or_path: await wasm('tabpack_verify') }));

/** Packages media in Node. */
export class Packager {
  private constructor() {}

  /** Loads the core. */
  static async create(): Promise<Packager> {
    await packaging();
    return new Packager();
  }

  /**
   * Packages one input, or several that are renditions of one title, as one presentation. A string is a path.
   *
   * Rejects with a {@link TabpackError}, or with the signal's reason; either way nothing of the output is left,
   * unless `journal` says otherwise.
   */
  async package(input: Input | readonly Input[], options: PackageOptions): Promise<PackageResult> {
    options.signal?.throwIfAborted();
    const inputs = (Array.isArray(input) ? input : [input]) as readonly Input[];
    if (inputs.length === 0) throw failures.optionMissing('no input is given', 'input');
    const sources: OpenSource[] = [];
    const fate: Fate = { whenItFails: 'discard' };
    let ended = false;
    const checkEnded = (): void => {
      // A step that an abort left behind may get this far.
      if (ended) throw new DOMException('The job has ended.', 'AbortError');
    };
    try {
      checkSink(options);
      for (const [index, one] of inputs.entries()) sources.push(await openSource(one, index));
      const { output } = options;
      const engine = Engine.intoHost({
        write: async (path: string, bytes: Uint8Array) => {
          checkEnded();
          await output.write(path, bytes);
        },
        writeAt: async (path: string, offset: number, bytes: Uint8Array) => {
          checkEnded();
          await output.writeAt?.(path, offset, bytes); // checked before
        },
      });
      for (const source of sources) {
        engine.addHost(source.name, source.size, {
          read: (offset: number, length: number) => source.read(offset, length, options.signal),
        });
      }
      const job = held(engine);
      try {
        const server = serverOf(options, sources[0]?.name ?? '');
        const told = server === undefined ? options : withKeys(options, await this.fetchKeys(server, options.signal));
        return await runJob(
          [job],
          told,
          sources.map(({ name, size }) => ({ name, size })),
          fate,
        );
      } finally {
        job.free();
      }
    } catch (thrown) {
      ended = true;
      throw await afterFailure(thrown, fate, options);
    } finally {
      for (const source of sources) await source.close();
    }
  }

  /** Opens a preview: what a job with these options would write can be read file by file, and nothing is written. */
  async preview(input: Input | readonly Input[], options: PreviewOptions = {}): Promise<Preview> {
    const sources: OpenSource[] = [];
    let job: Port | undefined;
    let ended = false;
    const closeAll = (): void => {
      for (const source of sources.splice(0)) void source.close().catch(() => undefined); // nobody waits for it
    };
    return openPreview(input, options, {
      open: async (inputs, sink) => {
        for (const [index, one] of inputs.entries()) sources.push(await openSource(one, index));
        if (ended) closeAll();
        const engine = Engine.intoHost(sink);
        for (const { name, size, read } of sources) {
          engine.addHost(name, size, {
            read: (offset: number, length: number) => read(offset, length, options.signal),
          });
        }
        job = held(engine);
        return { port: job, name: sources[0]?.name ?? '' };
      },
      fetchKeys: (server) => this.fetchKeys(server, options.signal),
      takeCounters,
      end: () => {
        ended = true;
        job?.free();
        closeAll();
      },
    });
  }

  /** Reads a packaged presentation back: what is wrong with it is in the report. Rejects where reading fails. */
  async verify(options: VerifyOptions): Promise<VerifyReport> {
    const given = options.source ?? [];
    const inputs = (Array.isArray(given) ? given : [given]) as readonly Input[];
    const sources: OpenSource[] = [];
    try {
      await verification();
      for (const [index, one] of inputs.entries()) sources.push(await openSource(one, index));
      return await runVerify(options, sources, (files, request) => verifyFiles(files, request));
    } catch (thrown) {
      throw toError(thrown);
    } finally {
      for (const source of sources) await source.close();
    }
  }

  /** Reads `KID:KEY` in any notation and gives it in every one. */
  async describeKey(text: string): Promise<KeyInfo> {
    try {
      return describeKey(text) as KeyInfo;
    } catch (thrown) {
      throw toError(thrown);
    }
  }

  /** Asks a key server for keys. They are secrets. */
  async fetchKeys(server: KeyServer, signal?: AbortSignal): Promise<ServerKeys> {
    try {
      await keyServers();
      const client = KeyClient as unknown as new (settings: object) => CoreClient;
      return await fetchKeys(server, { client, send: sendByFetch, ...(signal === undefined ? {} : { signal }) });
    } catch (thrown) {
      throw toError(thrown);
    }
  }

  /** Makes a key id and a key from the platform's secure source of randomness. */
  async randomKey(): Promise<KeyInfo> {
    return keyOf(crypto.getRandomValues(new Uint8Array(32))) as KeyInfo;
  }

  /** Nothing is held between jobs in Node; here for symmetry with browsers. */
  close(): void {}
}

/** The tracks that a manifest lists, by their files: joined they are one. */
export async function manifestTracks(
  files: FileAccess,
  path: string,
): Promise<
  readonly {
    readonly name: string;
    readonly places: readonly { readonly path: string; readonly range: readonly [number, number] | null }[];
  }[]
> {
  try {
    await verification();
    return await tracksOfManifest(files, path);
  } catch (thrown) {
    throw toError(thrown);
  }
}

/** Makes file access of a folder on disk. */
export function filesIn(path: string): FileAccess {
  const root = resolve(path);
  const isMissing = (error: unknown): boolean => isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR');
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
      const handle = await openFileHandle(join(root, ...file.split('/')), 'r');
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

/** The engine as a port that frees it when no call is on it any more: the core would go on in freed memory. */
function held(engine: Engine): Port {
  const inner = port(engine);
  let calls = 0;
  let ended = false;
  let freed = false;
  const freeIfIdle = (): void => {
    if (!ended || calls > 0 || freed) return;
    freed = true;
    engine.free();
  };
  const hold =
    <A extends unknown[], T>(call: (...args: A) => Promise<T>) =>
    async (...args: A): Promise<T> => {
      if (ended) throw failures.internal('a call came after the job was over');
      calls += 1;
      try {
        return await call(...args);
      } finally {
        calls -= 1;
        freeIfIdle();
      }
    };
  return {
    plan: hold(inner.plan),
    inits: hold(inner.inits),
    step: hold(inner.step),
    probe: hold(inner.probe),
    resume: hold(inner.resume),
    heads: hold(inner.heads),
    manifests: hold(inner.manifests),
    read: hold(inner.read),
    free: () => {
      ended = true;
      freeIfIdle();
    },
  };
}

type OpenSource = RandomAccess & { close(): Promise<void> };

const nothing = async (): Promise<void> => undefined;

async function openSource(input: Input, index: number): Promise<OpenSource> {
  const name = `input ${index + 1}`;
  if (typeof input === 'string') return openFile(input);
  if (input instanceof Uint8Array) {
    return {
      name,
      size: input.length,
      read: async (offset, length) => input.subarray(offset, offset + length),
      close: nothing,
    };
  }
  if (input instanceof Blob) {
    const read = async (offset: number, length: number): Promise<Uint8Array> =>
      new Uint8Array(await input.slice(offset, offset + length).arrayBuffer());
    return {
      name: 'name' in input && typeof input.name === 'string' ? input.name : name,
      size: input.size,
      read,
      close: nothing,
    };
  }
  return {
    name: input.name,
    size: input.size,
    read: (offset, length, signal) => input.read(offset, length, signal),
    close: nothing,
  };
}

async function openFile(path: string): Promise<OpenSource> {
  const name = basename(path);
  try {
    const file = await openFileHandle(path, 'r');
    const stats = await file.stat();
    const { size } = stats;
    if (stats.isDirectory()) {
      await file.close();
      throw failures.inputReadFailed(path, 'it is a folder');
    }
    return {
      name,
      size,
      read: async (offset, length, signal) => {
        signal?.throwIfAborted();
        const bytes = new Uint8Array(length);
        let done = 0;
        while (done < length) {
          const { bytesRead } = await file.read(bytes, done, length - done, offset + done);
          if (bytesRead === 0) break; // the file became shorter: the core sees that bytes are missing
          done += bytesRead;
        }
        return bytes.subarray(0, done);
      },
      close: () => file.close(),
    };
  } catch (error) {
    if (error instanceof TabpackError) throw error;
    if (isErrno(error, 'ENOENT')) throw failures.inputNotFound(path);
    throw failures.inputReadFailed(path, error instanceof Error ? error.message : String(error));
  }
}

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

async function writeAllAt(file: FileHandle, offset: number, bytes: Uint8Array): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    done += (await file.write(bytes, done, bytes.length - done, offset + done)).bytesWritten;
  }
}

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

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
