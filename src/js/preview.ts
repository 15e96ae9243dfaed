import type { CounterRange } from './counters';
import type { Port } from './engine';
import { failures, TabpackError, toError } from './errors';
import { coreOptions, sheetsOf } from './job';
import { serverOf, withKeys, type KeyServer, type ServerKeys } from './key-server';
import { mediaType } from './media-type';
import type { Input, PackageOptions, Preview, PreviewOptions, Sink } from './types';

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
export async function openPreview(input: Input | readonly Input[], options: PreviewOptions, host: PreviewHost): Promise<Preview> {
  const { signal } = options;
  const job = options as PackageOptions; // what is left out of these isn't read
  const life = new AbortController();
  const end = (reason: unknown): void => {
    if (life.signal.aborted) return;
    signal?.removeEventListener('abort', abort);
    life.abort(reason);
    host.end(reason);
  };
  const abort = (): void => end(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  const alive = <T>(call: Promise<T>): Promise<T> => until(call, life.signal);
  try {
    signal?.throwIfAborted();
    const inputs = (Array.isArray(input) ? input : [input]) as readonly Input[];
    if (inputs.length === 0) throw failures.optionMissing('no input is given', 'input');
    if (job.singleFile === true) throw failures.optionInvalid('single files can’t be previewed, since nothing of them is known before all is', 'singleFile');
    const { port, name } = await alive(host.open(inputs, UNWRITTEN));
    const server = serverOf(job, name);
    const told = server === undefined ? job : withKeys(job, await alive(host.fetchKeys(server)));
    const sheets = await alive(sheetsOf(told));
    const plan = await alive(port.plan(coreOptions(told, sheets)));
    host.takeCounters(plan.counters);
    return {
      manifests: plan.manifests,
      keys: plan.keys,
      tracks: plan.tracks,
      warnings: plan.warnings,
      read: async (path, stop) => {
        try {
          life.signal.throwIfAborted();
          stop?.throwIfAborted();
          const bytes = (await sheets?.read(path)) ?? (await until(alive(port.read(path)), stop));
          return { bytes, type: mediaType(path) };
        } catch (thrown) {
          throw toError(thrown);
        }
      },
      close: () => end(closed()),
    };
  } catch (thrown) {
    const error = toError(thrown);
    end(error);
    throw error;
  }
}

/** The call's answer, or the signal's reason if that comes first. */
async function until<T>(call: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return call;
  let stop = (): void => undefined;
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
  });
  return Promise.race([call, stopped]).finally(() => signal.removeEventListener('abort', stop));
}

function closed(): TabpackError {
  return new TabpackError({
    tabpack: true,
    code: 'PREVIEW_CLOSED',
    number: 1202,
    errorClass: 'usage',
    message: 'the preview was closed',
    advice: 'Open the preview again.',
    place: {},
  });
}
