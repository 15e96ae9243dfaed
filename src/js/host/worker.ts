/** The worker: holds one engine and answers the façade's calls through Comlink. */

import { expose, transfer } from 'comlink';
import { failures, toFailure } from '../api/errors';
import type { KeyServer, ServerKeys } from '../api/key-server';
import type { KeyInfo } from '../api/types';
import { type CoreOptions, type PlanInfo, type Port, type Probed, port, type Written } from '../job/engine';
import { type CoreClient, fetchKeys } from '../keys/server';
import type { VerifyRequest } from '../verify/run';
import { describeKey, Engine, initSync, KeyClient, keyOf, verifyFiles } from '../wasm/tabpack.js';
import { sendByCore } from './send';

/** A sink of the façade's: called through Comlink. */
export interface RemoteSink {
  readonly write: (path: string, bytes: Uint8Array) => Promise<void>;
  readonly writeAt: (path: string, offset: number, bytes: Uint8Array) => Promise<void>;
}

/** Reads a half-open range of an input that the façade holds. */
export type RemoteRead = (offset: number, length: number) => Promise<Uint8Array>;

/** The size of a file that the façade reads; `undefined` for one that isn't there. */
export type RemoteSize = (path: string) => Promise<number | undefined>;

/** Reads a half-open range of such a file. */
export type RemoteFileRead = (path: string, offset: number, length: number) => Promise<Uint8Array>;

let opened: Engine | undefined;
let current: Port | undefined;

/** What only workers have: the types of the page's side are without it. */
interface SyncAccessHandle {
  truncate(size: number): void;
  write(bytes: Uint8Array, options: { at: number }): number;
  flush(): void;
  close(): void;
}

/** The folder of the job, where it is in the origin private file system, and the file there that grows. */
let folder: FileSystemDirectoryHandle | undefined;
let appended: SyncAccessHandle | undefined;

function begin(engine: Engine, into?: FileSystemDirectoryHandle): void {
  current?.free();
  opened = engine;
  current = port(engine);
  folder = into;
}

function job(): Port {
  if (current === undefined) throw new Error('open a job first');
  return current;
}

/** Opens a file once the worker of an earlier run has let go of it: it does a moment after it was ended. */
async function unlocked(file: FileSystemFileHandle): Promise<SyncAccessHandle> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await (
        file as unknown as { createSyncAccessHandle(): Promise<SyncAccessHandle> }
      ).createSyncAccessHandle();
    } catch (error) {
      const locked = error instanceof DOMException && error.name === 'NoModificationAllowedError';
      if (!locked || attempt === 40) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

const api = {
  /** Begins to run the core, which is compiled already. */
  load: (module: WebAssembly.Module): void => void initSync({ module }),

  /** Begins a job whose files the worker itself writes to a folder of the origin private file system. */
  openFolder: (folder: FileSystemDirectoryHandle): void => begin(Engine.intoOpfs(folder), folder),

  /** Begins a job whose files the façade takes. A proxy has to be an argument of its own. */
  openSink: (sink: RemoteSink): void =>
    begin(
      Engine.intoHost({
        write: (path: string, bytes: Uint8Array) => sink.write(path, bytes),
        writeAt: (path: string, offset: number, bytes: Uint8Array) => sink.writeAt(path, offset, bytes),
      }),
    ),

  /** Adds an input that the worker reads by slices. */
  addBlob: (name: string, blob: Blob): void => opened?.addBlob(name, blob),

  /** Adds an input that the façade reads. */
  addHost: (name: string, size: number, read: RemoteRead): void => opened?.addHost(name, size, { read }),

  plan: (options: CoreOptions): Promise<PlanInfo> => job().plan(options),
  inits: (): Promise<Written> => job().inits(),
  step: (index: number): Promise<Written> => job().step(index),
  probe: (index: number): Promise<readonly Probed[]> => job().probe(index),
  resume: (facts: readonly unknown[]): Promise<readonly (readonly [string, number])[]> => job().resume(facts),
  heads: (facts: readonly unknown[]): Promise<Written> => job().heads(facts),
  manifests: (facts: readonly unknown[]): Promise<Written> => job().manifests(facts),

  /** Renders the one file of this path. */
  read: async (path: string): Promise<Uint8Array> => {
    const bytes = await job().read(path);
    return transfer(bytes, [bytes.buffer]);
  },

  /** Cuts a file of the job's folder off at `offset`, and writes bytes there. It stays open for more. */
  append: async (name: string, offset: number, bytes: Uint8Array): Promise<void> => {
    if (folder === undefined) throw new Error('open a job first');
    appended ??= await unlocked(await folder.getFileHandle(name, { create: true }));
    appended.truncate(offset);
    if (appended.write(bytes, { at: offset }) < bytes.length)
      throw toFailure(failures.outputNoSpace('there is no space left for the journal'));
    appended.flush();
  },

  /** Closes that file. */
  endAppending: (): void => {
    appended?.close();
    appended = undefined;
  },

  /** Ends the job and lets go of its index. */
  close: (): void => {
    api.endAppending();
    current?.free();
    opened = current = undefined;
  },

  /** Asks a key server. */
  fetchKeys: (server: KeyServer): Promise<ServerKeys> =>
    fetchKeys(server, { client: KeyClient as unknown as new (settings: object) => CoreClient, send: sendByCore }).catch(
      (thrown: unknown) => {
        throw toFailure(thrown);
      },
    ),

  /** Verifies files that the façade reads. Each proxy has to be an argument of its own. */
  verify: (size: RemoteSize, read: RemoteFileRead, request: VerifyRequest): Promise<unknown> => {
    const files = {
      size: (path: string) => size(path),
      read: (path: string, offset: number, length: number) => read(path, offset, length),
    };
    return verifyFiles(files, request);
  },

  describeKey: (text: string): KeyInfo => describeKey(text) as KeyInfo,
  keyOf: (random: Uint8Array): KeyInfo => keyOf(random) as KeyInfo,
};

/** What the façade may call. */
export type WorkerApi = typeof api;

expose(api);
