/**
 * tabpack for Node: the same core, in this thread.
 *
 * @module tabpack
 */

import { open as openFileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import { failures, TabpackError, toError } from '../api/errors';
import type { KeyServer, ServerKeys } from '../api/key-server';
import type {
  FileAccess,
  Input,
  KeyInfo,
  PackageOptions,
  PackageResult,
  Preview,
  PreviewOptions,
  RandomAccess,
  VerifyOptions,
  VerifyReport,
} from '../api/types';
import { bytesRead, checkedJob, inputsOf, sourcesOf } from '../job/checks';
import { takeCounters } from '../job/counters';
import { type Port, port } from '../job/engine';
import { openPreview } from '../job/preview';
import { afterFailure, type Fate, runJob } from '../job/run';
import { type CoreClient, fetchKeys, serverOf, withKeys } from '../keys/server';
import { sendByFetch } from '../net/exchange';
import { isErrno } from '../sinks/disk';
import { runVerify } from '../verify/run';
import {
  describeKey,
  Engine,
  KeyClient,
  keyOf,
  manifestTracks as tracksOfManifest,
  verifyFiles,
} from '../wasm/tabpack.js';
import { core } from './node-core';

export { filesIn } from '../sinks/disk';
export { folder } from '../sinks/folder';
export * from './shared';

/** Packages media in Node. */
export class Packager {
  private constructor() {}

  /** Loads the core. */
  static async create(): Promise<Packager> {
    await core();
    return new Packager();
  }

  /**
   * Packages one input, or several that are renditions of one title, as one presentation. A string is a path.
   *
   * Rejects with a {@link TabpackError}, or with the signal's reason; either way nothing of the output is left,
   * unless `journal` says otherwise.
   */
  async package(input: Input | readonly Input[], options: PackageOptions): Promise<PackageResult> {
    return this.#run(input, checkedJob(options));
  }

  async #run(input: Input | readonly Input[], options: PackageOptions): Promise<PackageResult> {
    options.signal?.throwIfAborted();
    const inputs = inputsOf(input);
    const sources: OpenSource[] = [];
    const fate: Fate = { whenItFails: 'discard' };
    let ended = false;
    const checkEnded = (): void => {
      // A step that an abort left behind may get this far.
      if (ended) throw new DOMException('The job has ended.', 'AbortError');
    };
    try {
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
    const inputs = sourcesOf(options);
    const sources: OpenSource[] = [];
    try {
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
    await core();
    return await tracksOfManifest(files, path);
  } catch (thrown) {
    throw toError(thrown);
  }
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
    read: async (offset, length, signal) => bytesRead(input.name, input.read(offset, length, signal)),
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
