/** The worker: holds one engine and answers the façade's calls through Comlink. */

import { expose } from 'comlink';

import { port, type CoreOptions, type PlanInfo, type Port, type Written } from './engine';
import init, { describeKey, Engine, keyOf, type InitInput } from './wasm/tabpack.js';
import type { KeyInfo } from './types';

/** A source that the façade reads for the worker. */
export interface RemoteSource {
  readonly name: string;
  readonly size: number;
  readonly read: (offset: number, length: number) => Promise<Uint8Array>;
}

/** Where the files of a job go: a folder that the worker writes to, or the façade. */
export type RemoteSink =
  | { readonly folder: FileSystemDirectoryHandle }
  | { readonly write: (path: string, bytes: Uint8Array) => Promise<void> };

let current: Port | undefined;

function job(): Port {
  if (current === undefined) throw new Error('open a job first');
  return current;
}

const api = {
  /** Loads the core. */
  load: async (wasm?: InitInput): Promise<void> => {
    await init({ module_or_path: wasm ?? new URL('./tabpack_bg.wasm', import.meta.url) });
  },

  /** Begins a job. */
  open: (sources: readonly ({ name: string; blob: Blob } | RemoteSource)[], sink: RemoteSink): void => {
    current?.free();
    current = undefined;
    const engine = 'folder' in sink ? Engine.intoOpfs(sink.folder) : Engine.intoHost(sink);
    for (const source of sources) {
      if ('blob' in source) engine.addBlob(source.name, source.blob);
      else engine.addHost(source.name, source.size, source);
    }
    current = port(engine);
  },

  plan: (options: CoreOptions): Promise<PlanInfo> => job().plan(options),
  inits: (): Promise<Written> => job().inits(),
  step: (index: number): Promise<Written> => job().step(index),
  manifests: (facts: readonly unknown[]): Promise<Written> => job().manifests(facts),

  /** Ends the job and lets go of its index. */
  close: (): void => {
    current?.free();
    current = undefined;
  },

  describeKey: (text: string): KeyInfo => describeKey(text) as KeyInfo,
  keyOf: (random: Uint8Array): KeyInfo => keyOf(random) as KeyInfo,
};

/** What the façade may call. */
export type WorkerApi = typeof api;

expose(api);
