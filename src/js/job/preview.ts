import { failures, toError } from '../api/errors';
import type { KeyServer, ServerKeys } from '../api/key-server';
import type { Input, PackageOptions, Preview, PreviewOptions, Sink } from '../api/types';
import { serverOf, withKeys } from '../keys/server';
import { mediaType } from '../sinks/media-type';
import { checkedOptions, inputsOf } from './checks';
import type { CounterRange } from './counters';
import type { Port } from './engine';
import { coreOptions, sheetsOf } from './run';

/** Where the core of one preview runs, and what jobs and previews share. */
export interface PreviewHost {
  /** Opens the inputs and a sink that nothing is written to, and gives the name of the first input. */
  open(inputs: readonly Input[], sink: Sink): Promise<{ readonly port: Port; readonly name: string }>;
  fetchKeys(server: KeyServer): Promise<ServerKeys>;
  takeCounters(ranges: readonly CounterRange[]): void;
  /** Lets go of all. Called once. */
  end(reason: unknown): void;
}

const UNWRITTEN: Sink = { write: async () => undefined, discard: async () => undefined };

/** Makes the plan of a job and renders its files one by one, when they are asked for. */
export async function openPreview(
  input: Input | readonly Input[],
  options: PreviewOptions,
  host: PreviewHost,
): Promise<Preview> {
  const job = checkedOptions(options) as PackageOptions; // what is left out of these isn't read
  const { signal } = job;
  /** What waits; a call that is through isn't kept. */
  const waiting = new Set<(reason: unknown) => void>();
  let over: { readonly reason: unknown } | undefined;
  const end = (reason: unknown): void => {
    if (over !== undefined) return;
    over = { reason };
    signal?.removeEventListener('abort', abort);
    host.end(reason);
    for (const reject of waiting) reject(reason);
  };
  const abort = (): void => end(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  /** The call's answer, unless the preview or the call's own signal ends before. */
  const alive = <T>(call: () => Promise<T>, own?: AbortSignal): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      if (over !== undefined) throw over.reason;
      own?.throwIfAborted();
      const stop = (): void => reject(own?.reason);
      waiting.add(reject);
      own?.addEventListener('abort', stop, { once: true });
      call()
        .then(resolve, reject)
        .finally(() => {
          waiting.delete(reject);
          own?.removeEventListener('abort', stop);
        });
    });
  try {
    signal?.throwIfAborted();
    const inputs = inputsOf(input);
    if (job.singleFile === true)
      throw failures.optionInvalid(
        "single files can't be previewed, since nothing is known of them before everything is",
        'singleFile',
      );
    const { port, name } = await alive(() => host.open(inputs, UNWRITTEN));
    const server = serverOf(job, name);
    const told = server === undefined ? job : withKeys(job, await alive(() => host.fetchKeys(server)));
    const sheets = await alive(() => sheetsOf(told));
    const plan = await alive(() => port.plan(coreOptions(told, sheets)));
    host.takeCounters(plan.counters);
    return {
      manifests: plan.manifests,
      keys: plan.keys,
      tracks: plan.tracks,
      warnings: plan.warnings.map(({ message }) => message),
      notices: plan.warnings,
      read: async (path, own) => {
        try {
          const read = async (): Promise<Uint8Array> => (await sheets?.read(path)) ?? port.read(path);
          return { bytes: await alive(read, own), type: mediaType(path) };
        } catch (thrown) {
          throw toError(thrown);
        }
      },
      close: () => end(failures.previewClosed()),
    };
  } catch (thrown) {
    const error = toError(thrown);
    end(error);
    throw error;
  }
}
