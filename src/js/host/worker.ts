/** The worker: holds one engine and answers the façade's calls through Comlink. */

import { expose, transfer } from 'comlink';
import { failures, isFailure, toFailure } from '../api/errors';
import type { KeyServer, ServerKeys } from '../api/key-server';
import type { KeyInfo } from '../api/types';
import { type CoreOptions, type PlanInfo, type Port, type Probed, port, type Written } from '../job/engine';
import type { VerifyRequest } from '../verify/run';
import init, { describeKey, Engine, type InitInput, keyOf } from '../wasm/tabpack.js';
import { part, script } from './wasm/load';

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

/** Where the core's parts are, if not beside this script. */
export interface Parts {
  readonly packager?: InitInput | undefined;
  readonly full?: InitInput | undefined;
  readonly keys?: InitInput | undefined;
  readonly verify?: InitInput | undefined;
}

let parts: Parts = {};

/** The build that jobs run in: the small one until one needs the full one. */
let build: Pick<typeof Engine, 'intoOpfs' | 'intoHost'> = Engine;

let opened: Engine | undefined;
let current: Port | undefined;

/** How the job was opened, to open it anew in the other build. */
let open: (() => Engine) | undefined;
let inputs: ((engine: Engine) => void)[] = [];

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

function begin(opening: () => Engine, into?: FileSystemDirectoryHandle): void {
  open = opening;
  inputs = [];
  folder = into;
  reopen();
}

function reopen(): void {
  current?.free();
  opened = open?.();
  if (opened === undefined) return;
  current = port(opened);
  for (const add of inputs) add(opened);
}

function addInput(add: (engine: Engine) => void): void {
  if (opened === undefined) return;
  add(opened);
  inputs.push(add);
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

/** A part of the core that most pages never need: a script with its wasm. */
interface Loaded {
  load(from: { module_or_path: InitInput }): Promise<unknown>;
}

const partOf = <T extends Loaded>(code: () => URL, wasm: () => InitInput): (() => Promise<T>) =>
  part(async () => {
    const loaded = await script<T>(code());
    await loaded.load({ module_or_path: wasm() });
    return loaded;
  });

const fullBuild = partOf<typeof import('./wasm/full')>(
  () => new URL('./full.js', import.meta.url),
  () => parts.full ?? new URL('./tabpack_full_bg.wasm', import.meta.url),
);
const keyServers = partOf<typeof import('./wasm/keys')>(
  () => new URL('./keys.js', import.meta.url),
  () => parts.keys ?? new URL('./tabpack_keys_bg.wasm', import.meta.url),
);
const verification = partOf<typeof import('./wasm/verification')>(
  () => new URL('./verification.js', import.meta.url),
  () => parts.verify ?? new URL('./tabpack_verify_bg.wasm', import.meta.url),
);

/** Makes the plan; what the small build doesn't have starts the job anew in the full one, which stays. */
async function plan(options: CoreOptions): Promise<PlanInfo> {
  try {
    return await job().plan(options);
  } catch (thrown) {
    if (!isFailure(thrown) || thrown.code !== 'FULL_BUILD_NEEDED') throw thrown;
    build = (await fullBuild()).Engine as unknown as typeof build;
    reopen();
    return job().plan(options);
  }
}

const api = {
  /** Loads the core. */
  load: async (given: Parts): Promise<void> => {
    parts = given;
    await init({ module_or_path: given.packager ?? new URL('./tabpack_bg.wasm', import.meta.url) });
  },

  /** Begins a job whose files the worker itself writes to a folder of the origin private file system. */
  openFolder: (folder: FileSystemDirectoryHandle): void => begin(() => build.intoOpfs(folder), folder),

  /** Begins a job whose files the façade takes. A proxy has to be an argument of its own. */
  openSink: (sink: RemoteSink): void =>
    begin(() =>
      build.intoHost({
        write: (path: string, bytes: Uint8Array) => sink.write(path, bytes),
        writeAt: (path: string, offset: number, bytes: Uint8Array) => sink.writeAt(path, offset, bytes),
      }),
    ),

  /** Adds an input that the worker reads by slices. */
  addBlob: (name: string, blob: Blob): void => addInput((engine) => engine.addBlob(name, blob)),

  /** Adds an input that the façade reads. */
  addHost: (name: string, size: number, read: RemoteRead): void =>
    addInput((engine) => engine.addHost(name, size, { read })),

  plan,
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
    inputs = [];
  },

  /** Asks a key server. */
  fetchKeys: async (server: KeyServer): Promise<ServerKeys> => {
    const { ask } = await keyServers();
    return ask(server).catch((thrown: unknown) => {
      throw toFailure(thrown);
    });
  },

  /** Verifies files that the façade reads. Each proxy has to be an argument of its own. */
  verify: async (size: RemoteSize, read: RemoteFileRead, request: VerifyRequest): Promise<unknown> => {
    const { verifyFiles } = await verification();
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
