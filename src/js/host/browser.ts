/**
 * tabpack for browsers: packages media for DRM in Web Workers.
 *
 * @module tabpack
 */

import { proxy, type Remote, wrap } from 'comlink';
import { failures, TabpackError, toError, toFailure } from '../api/errors';
import type { KeyServer, ServerKeys } from '../api/key-server';
import type {
  Input,
  KeyInfo,
  PackageOptions,
  PackageResult,
  Preview,
  PreviewOptions,
  Sink,
  VerifyOptions,
  VerifyReport,
} from '../api/types';
import { bytesRead, checkedJob, inputsOf, sourcesOf } from '../job/checks';
import { takeCounters } from '../job/counters';
import type { Port } from '../job/engine';
import { openPreview } from '../job/preview';
import { afterFailure, type Fate, runJob } from '../job/run';
import { serverOf, withKeys } from '../keys/server';
import { isOpfs } from '../sinks/storage';
import { runVerify } from '../verify/run';
import { moduleOf, type Wasm } from './module';
import { once } from './once';
import type { RemoteRead, RemoteSink, WorkerApi } from './worker';

export { directory, type OpfsSink, opfs } from '../sinks/storage';
export type { Wasm } from './module';
export * from './shared';

/** How a `Packager` is set up. */
export interface PackagerOptions {
  /** How many workers render segments, at least 1; by default the number of cores, at most 4. */
  workers?: number;
  /** Where the core's wasm is, `tabpack/tabpack_bg.wasm`, for bundlers that don't follow `new URL(…, import.meta.url)`. */
  wasm?: Wasm;
  /** Makes a worker of `tabpack/worker.js`, likewise. */
  createWorker?: () => Worker;
}

/** Packages media in Web Workers. One job runs at a time; further ones wait for it. */
export class Packager {
  readonly #options: PackagerOptions;
  readonly #count: number;
  readonly #module: () => Promise<WebAssembly.Module>;
  #workers: PoolWorker[] = [];
  readonly #previews = new Set<PoolWorker>();
  #last: Promise<unknown> = Promise.resolve();

  private constructor(options: PackagerOptions) {
    this.#options = options;
    this.#module = once(() => moduleOf(options.wasm));
    this.#count = Math.max(1, Math.floor(options.workers ?? Math.min(4, navigator.hardwareConcurrency || 1)));
  }

  /** Loads the core and starts the workers. */
  static async create(options: PackagerOptions = {}): Promise<Packager> {
    const packager = new Packager(options);
    try {
      await packager.#pool();
    } catch (error) {
      packager.close();
      throw error;
    }
    return packager;
  }

  /**
   * Packages one input, or several that are renditions of one title, as one presentation.
   *
   * Rejects with a {@link TabpackError}, or with the signal's reason; either way nothing of the output is left,
   * unless `journal` says otherwise.
   */
  package(input: Input | readonly Input[], options: PackageOptions): Promise<PackageResult> {
    const job = this.#last.then(() => this.#run(input, options));
    this.#last = job.catch(() => undefined); // the caller has the promise itself
    return job;
  }

  /**
   * Reads a packaged presentation back, in a worker: what is wrong with it is in the report. Rejects where reading
   * fails, or with the signal's reason.
   */
  async verify(options: VerifyOptions): Promise<VerifyReport> {
    const inputs = sourcesOf(options);
    const sources = inputs.map((one, index) => toSource(one, index, options.signal));
    const [worker] = await this.#pool();
    try {
      return await runVerify(options, sources, ({ size, read }, request) =>
        worker.race(worker.api.verify(proxy(size), proxy(read), request)),
      );
    } catch (thrown) {
      throw options.signal?.aborted === true ? options.signal.reason : toError(thrown);
    }
  }

  /**
   * Opens a preview: what a job with these options would write can be read file by file, and nothing is written. It has
   * a worker of its own, so that jobs don't hold it up.
   */
  async preview(input: Input | readonly Input[], options: PreviewOptions = {}): Promise<Preview> {
    const worker = new PoolWorker(this.#options, this.#module());
    this.#previews.add(worker);
    return openPreview(input, options, {
      open: async (inputs, sink) => {
        const sources = inputs.map((one, index) => toSource(one, index, options.signal));
        await worker.ready;
        await worker.race(open(worker.api, sources, sink));
        return { port: worker.port(), name: sources[0]?.name ?? '' };
      },
      fetchKeys: (server) => worker.race(worker.api.fetchKeys(server)),
      takeCounters,
      end: (reason) => {
        this.#previews.delete(worker);
        worker.end(reason);
      },
    });
  }

  /** Reads `KID:KEY` in any notation and gives it in every one. */
  async describeKey(text: string): Promise<KeyInfo> {
    const [worker] = await this.#pool();
    return worker.api.describeKey(text).catch(rethrow);
  }

  /** Asks a key server for keys, in a worker. They are secrets. */
  async fetchKeys(server: KeyServer): Promise<ServerKeys> {
    const [worker] = await this.#pool();
    return worker.race(worker.api.fetchKeys(server)).catch(rethrow);
  }

  /** Makes a key id and a key from the platform's secure source of randomness. */
  async randomKey(): Promise<KeyInfo> {
    const [worker] = await this.#pool();
    return worker.api.keyOf(crypto.getRandomValues(new Uint8Array(32))).catch(rethrow);
  }

  /** Ends the workers, a job that they are on, and previews. */
  close(): void {
    for (const worker of [...this.#workers.splice(0), ...this.#previews])
      worker.end(failures.internal('the packager was closed'));
  }

  async #run(input: Input | readonly Input[], given: PackageOptions): Promise<PackageResult> {
    const options = checkedJob(given);
    options.signal?.throwIfAborted();
    const inputs = inputsOf(input);
    const sources = inputs.map((one, index) => toSource(one, index, options.signal));
    const fate: Fate = { whenItFails: 'discard' };
    const workers = await this.#pool();
    const abort = (): void => this.#endAll(options.signal?.reason);
    options.signal?.addEventListener('abort', abort, { once: true });
    try {
      const { output } = options;
      const folder = isOpfs(output) ? await output.open(options.resume) : undefined;
      await Promise.all(workers.map((worker) => worker.race(open(worker.api, sources, folder ?? output))));
      const ports = workers.map((worker) => worker.port());
      const server = serverOf(options, sources[0]?.name ?? '');
      const keys = server === undefined ? undefined : await workers[0].race(workers[0].api.fetchKeys(server));
      const job = keys === undefined ? options : withKeys(options, keys);
      const named = sources.map(({ name, size }) => ({ name, size }));
      // A worker appends to a file in place; here the whole file would be copied each time.
      const api = workers[0].api;
      const append = (path: string, offset: number, bytes: Uint8Array) =>
        workers[0].race(api.append(path, offset, bytes)).catch(rethrow);
      const sink = isOpfs(output)
        ? {
            ...output,
            store: {
              ...output.store,
              append,
              remove: (path: string) => api.endAppending().then(() => output.store.remove(path)),
            },
          }
        : output;
      const result = await runJob(ports, { ...job, output: sink }, named, fate);
      for (const port of ports) port.free();
      return result;
    } catch (thrown) {
      // A worker that is on a step writes on: it is ended, so that what it wrote can be removed.
      this.#endAll(toError(thrown));
      throw await afterFailure(thrown, fate, options);
    } finally {
      options.signal?.removeEventListener('abort', abort);
    }
  }

  #endAll(reason: unknown): void {
    for (const worker of this.#workers.splice(0)) worker.end(reason);
  }

  /** The workers, started anew where they were ended. */
  async #pool(): Promise<[PoolWorker, ...PoolWorker[]]> {
    if (this.#workers.length === 0) {
      this.#workers = Array.from({ length: this.#count }, () => new PoolWorker(this.#options, this.#module()));
    }
    const [first, ...others] = this.#workers;
    if (first === undefined) throw failures.internal('no worker could be started');
    await Promise.all(this.#workers.map((worker) => worker.ready));
    return [first, ...others];
  }
}

/** A worker with its calls, which end when it is ended or dies. */
class PoolWorker {
  readonly api: Remote<WorkerApi>;
  readonly ready: Promise<void>;
  readonly #worker: Worker;
  /** What waits: a call that is through isn't kept, nor is what it gave. */
  readonly #waiting = new Set<(reason: unknown) => void>();
  #over: { readonly reason: unknown } | undefined;

  constructor({ createWorker }: PackagerOptions, module: Promise<WebAssembly.Module>) {
    this.#worker =
      createWorker?.() ?? new Worker(new URL('./worker.js', import.meta.url), { type: 'module', name: 'tabpack' });
    this.#worker.addEventListener('error', (event) => {
      this.#end(
        event.message === ''
          ? failures.internal('a worker failed: its script could not be loaded')
          : failures.internal('a worker failed: {reason}', { reason: event.message }),
      );
    });
    this.api = wrap<WorkerApi>(this.#worker);
    this.ready = this.race(module.then((compiled) => this.api.load(compiled)));
    this.ready.catch(() => undefined); // awaited by the pool
  }

  /** A call's answer, or the reason why the worker ended before it came. */
  race<T>(call: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject);
      call.then(resolve, reject).finally(() => this.#waiting.delete(reject));
      if (this.#over) reject(this.#over.reason);
    });
  }

  #end(reason: unknown): void {
    this.#over ??= { reason };
    for (const reject of this.#waiting) reject(reason);
  }

  port(): Port {
    return {
      plan: (options) => this.race(this.api.plan(options)),
      inits: () => this.race(this.api.inits()),
      step: (index) => this.race(this.api.step(index)),
      probe: (index) => this.race(this.api.probe(index)),
      resume: (facts) => this.race(this.api.resume(facts)),
      heads: (facts) => this.race(this.api.heads(facts)),
      manifests: (facts) => this.race(this.api.manifests(facts)),
      read: (path) => this.race(this.api.read(path)),
      free: () => void this.api.close().catch(() => undefined), // an ended worker holds nothing
    };
  }

  end(reason: unknown): void {
    this.#worker.terminate();
    this.#end(reason);
  }
}

/** An input as workers get it: a `File` as it is; anything else is read here. */
type Source = { name: string; size: number } & ({ blob: Blob } | { read: RemoteRead });

function toSource(input: Input, index: number, signal: AbortSignal | undefined): Source {
  const name = `input ${index + 1}`;
  if (typeof input === 'string') {
    throw failures.optionInvalid(
      'in a browser, an input is a File, a Blob, bytes or random access, not a path',
      'input',
    );
  }
  if (input instanceof Blob) return { name: input instanceof File ? input.name : name, size: input.size, blob: input };
  if (input instanceof Uint8Array) {
    return { name, size: input.length, blob: new Blob([input as Uint8Array<ArrayBuffer>]) };
  }
  return {
    name: input.name,
    size: input.size,
    read: async (offset, length) => bytesRead(input.name, input.read(offset, length, signal)),
  };
}

/** A sink's methods that workers call. */
function remote(sink: Sink): RemoteSink {
  return {
    write: (path, bytes) => sink.write(path, bytes).catch(plainly),
    writeAt: async (path, offset, bytes) => sink.writeAt?.(path, offset, bytes).catch(plainly), // checked before
  };
}

/** Opens the job in a worker. What stays on this side crosses as a proxy, an argument of its own. */
async function open(
  api: Remote<WorkerApi>,
  sources: readonly Source[],
  sink: FileSystemDirectoryHandle | Sink,
): Promise<void> {
  if ('write' in sink) await api.openSink(proxy(remote(sink)));
  else await api.openFolder(sink);
  for (const source of sources) {
    if ('blob' in source) await api.addBlob(source.name, source.blob);
    else await api.addHost(source.name, source.size, proxy(source.read));
  }
}

/** Comlink keeps no more of an error than its message. */
function plainly(thrown: unknown): never {
  throw toFailure(thrown);
}

function rethrow(thrown: unknown): never {
  const error = toError(thrown);
  throw error instanceof TabpackError ? error : thrown;
}
