import type { Message } from '../api/message';
import type { KeyInfo, PackageOptions, Scheme, Target, TrackInfo } from '../api/types';
import type { HOST_OPTIONS } from '../generated/options';
import type { Engine } from '../wasm/tabpack.js';
import type { CounterRange } from './counters';
import type { ThumbnailFacts } from './thumbnails';

/** What the core says of its plan. */
export interface PlanInfo {
  readonly tracks: readonly TrackInfo[];
  readonly warnings: readonly Message[];
  readonly schemes: Partial<Record<Target, Scheme | 'aes-128' | null>>;
  readonly keys: readonly KeyInfo[];
  /** The manifests that players open, best first. */
  readonly manifests: readonly string[];
  readonly counters: readonly CounterRange[];
  readonly steps: readonly { readonly mediaBytes: number; readonly segments: number }[];
}

/** What a call to the core wrote. The facts are the core's own: they go back to it as they are. */
export interface Written {
  readonly files: readonly { readonly path: string; readonly size: number }[];
  readonly facts: readonly unknown[];
}

/** The options that the core reads: the caller's, but for what this side does by itself. */
export type CoreOptions = Omit<PackageOptions, (typeof HOST_OPTIONS)[number] | 'key' | 'seed' | 'thumbnails'> & {
  thumbnails?: ThumbnailFacts;
  seed: string;
  /** What random keys are drawn from, where `seed` is for IVs only. */
  keySeed?: string;
};

/** A segment that was rendered to be compared: where it stands in its file. */
export interface Probed {
  readonly path: string;
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** A job in one place: in this thread, or behind a worker's messages. */
export interface Port {
  plan(options: CoreOptions): Promise<PlanInfo>;
  inits(): Promise<Written>;
  step(index: number): Promise<Written>;
  /** Renders a step without writing it. */
  probe(index: number): Promise<readonly Probed[]>;
  /** Goes on after steps with these facts; gives how many bytes single files must have for that. */
  resume(facts: readonly unknown[]): Promise<readonly (readonly [path: string, size: number])[]>;
  heads(facts: readonly unknown[]): Promise<Written>;
  manifests(facts: readonly unknown[]): Promise<Written>;
  /** Renders the one file of this path, without writing it. */
  read(path: string): Promise<Uint8Array>;
  free(): void;
}

/** The core's engine as a port: types for what crosses as plain values. */
export function port(engine: Engine): Port {
  return {
    plan: async (options) => (await engine.plan(options)) as PlanInfo,
    inits: async () => (await engine.inits()) as Written,
    step: async (index) => (await engine.step(index)) as Written,
    probe: async (index) => (await engine.probe(index)) as Probed[],
    resume: async (facts) => engine.resume(facts) as [string, number][],
    heads: async (facts) => (await engine.heads(facts)) as Written,
    manifests: async (facts) => (await engine.manifests(facts)) as Written,
    read: (path) => engine.readFile(path),
    free: () => engine.free(),
  };
}
