import { failures, TabpackError, toError } from '../api/errors';
import type { OutputFile, PackageOptions, PackageResult, Phase, Progress } from '../api/types';
import { CORE_OPTIONS, DEFAULT_TARGETS } from '../generated/options';
import type { OfServer } from '../keys/server';
import { mediaType } from '../sinks/media-type';
import { takeCounters } from './counters';
import type { CoreOptions, PlanInfo, Port, Written } from './engine';
import { type Journal, Past, type Unfinished } from './journal';
import { readThumbnails, type Sheets } from './thumbnails';

/** What becomes of the output if the job fails. */
export interface Fate {
  /** `discard` removes it; `keep` leaves it; `resume` leaves it if the job may go on from it. */
  whenItFails: 'discard' | 'keep' | 'resume';
  /** The journal, once it is begun. */
  journal?: Journal;
}

/** Cleans up after a failure, and gives what the job rejects with. */
export async function afterFailure(thrown: unknown, fate: Fate, { output, signal }: PackageOptions): Promise<unknown> {
  const error = toError(thrown);
  await fate.journal?.stop(); // nothing is written behind what is cleaned up
  const aborted = signal?.aborted === true;
  if (fate.whenItFails === 'keep' || (fate.whenItFails === 'resume' && !aborted && isPassing(error)))
    await output.store?.keep();
  else await output.discard();
  return aborted ? signal.reason : error;
}

/** Whether the job might get further another time. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof TabpackError)) return true;
  if (error.code === 'OUTPUT_EXISTS') return false; // going on would replace what was there
  return ['output', 'server', 'internal'].includes(error.errorClass) || error.code === 'INPUT_READ_FAILED';
}

/** Runs a job over ports that all hold the same sources and sink. An abort ends it at once, whatever hangs. */
export async function runJob(
  ports: readonly Port[],
  options: PackageOptions,
  inputs: Unfinished['inputs'],
  fate: Fate,
): Promise<PackageResult> {
  const { signal } = options;
  const work = run(ports, options, inputs, fate);
  if (signal === undefined) return work;
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
  });
  return Promise.race([work, aborted]).finally(() => signal.removeEventListener('abort', stop));
}

async function run(
  ports: readonly Port[],
  options: PackageOptions,
  inputs: Unfinished['inputs'],
  fate: Fate,
): Promise<PackageResult> {
  const started = performance.now();
  const { output } = options;
  const past = options.journal || options.resume ? await pastOf(options) : undefined;
  if (past?.before !== undefined) fate.whenItFails = 'keep';
  const sheets = await sheetsOf(options);
  const core = coreOptions(options, sheets, past?.seeds());
  // The parts of a single file come in order, from one place.
  const [first, ...others] = options.singleFile === true ? ports.slice(0, 1) : ports;
  if (first === undefined) throw new Error('a job needs a port');

  const reporter = new Reporter(options);
  reporter.phase = 'index';
  reporter.report(true);
  const plan = await first.plan(core);
  for (const track of plan.tracks) {
    reporter.log(`${track.id}: ${track.codecs}, ${track.duration.toFixed(3)} s, ${track.segments} segments`);
  }
  for (const { message } of plan.warnings) reporter.log(`Note: ${message}`);
  options.signal?.throwIfAborted();
  const sheetBytes = core.thumbnails?.sizes.reduce((sum, size) => sum + size, 0) ?? 0;
  const outputBytes = plannedBytes(plan, sheetBytes);

  const done = (await past?.checked(core, plan, inputs, first)) ?? [];
  takeCounters(plan.counters);
  const bytesDone = done.reduce((sum, line) => sum + line.bytes, 0);
  options.signal?.throwIfAborted();
  await checkRoom(options, outputBytes - bytesDone);
  options.onPlan?.({ tracks: plan.tracks, keys: plan.keys, outputBytes });
  const journal = await past?.begin(core, plan, inputs, done);
  if (past?.before !== undefined)
    reporter.log(`Resumed: ${done.length} of ${plan.steps.length} steps are there already.`);
  if (journal) {
    fate.whenItFails = 'resume';
    fate.journal = journal;
  }

  reporter.begin(
    plan,
    done.map((line) => line.step),
  );
  const files: OutputFile[] = [];
  const facts: unknown[] = [];
  const take = (written: Written): void => {
    for (const file of written.files) files.push({ ...file, type: mediaType(file.path) });
    facts.push(...written.facts);
  };
  for (const line of done) take(line.written);
  take(await first.inits());

  // Each port takes the next step that nobody has: steps are independent of each other.
  const isDone = new Set(done.map((line) => line.step));
  let next = 0;
  let failed = false;
  const work = async (port: Port): Promise<void> => {
    for (;;) {
      while (isDone.has(next)) next += 1;
      const index = next;
      const step = plan.steps[index];
      if (step === undefined || failed) return;
      next += 1;
      options.signal?.throwIfAborted();
      const written = await port.step(index);
      take(written);
      journal?.note(index, step.mediaBytes, written);
      reporter.advance(step.mediaBytes, step.segments);
    }
  };
  const helping = others.map(async (port) => {
    if (plan.steps.length < 2) return;
    await port.plan(core);
    await work(port);
  });
  const all = [work(first), ...helping].map((task) =>
    task.catch((error: unknown) => {
      failed = true;
      throw error;
    }),
  );
  await Promise.all(all);
  options.signal?.throwIfAborted();

  reporter.phase = 'manifests';
  reporter.report(true);
  if (options.singleFile === true) take(await first.heads(facts));
  for (const path of sheets?.paths ?? []) {
    const bytes = (await sheets?.read(path)) ?? new Uint8Array();
    options.signal?.throwIfAborted();
    await output.write(path, bytes);
    files.push({ path, size: bytes.length, type: mediaType(path) });
  }
  files.sort((a, b) => naturally.compare(a.path, b.path));
  take(await first.manifests(facts));
  await output.finish?.();
  await journal?.end();
  reporter.phase = 'done';
  reporter.report(true);

  return {
    files,
    manifests: plan.manifests,
    keys: plan.keys,
    report: {
      tracks: plan.tracks,
      warnings: plan.warnings.map(({ message }) => message),
      notices: plan.warnings,
      schemes: plan.schemes,
      inputBytes: inputs.reduce((sum, input) => sum + input.size, 0),
      outputBytes: files.reduce((sum, file) => sum + file.size, 0),
      seconds: (performance.now() - started) / 1000,
    },
  };
}

/** What an earlier run left. */
async function pastOf(options: PackageOptions): Promise<Past | undefined> {
  if (options.output.store === undefined) return undefined;
  return Past.load(options, options.output.store);
}

/** About how large the output will be: its samples, and the boxes that tell of each. */
function plannedBytes(plan: PlanInfo, sheetBytes: number): number {
  const targets = Object.keys(plan.schemes).length;
  const samples = plan.tracks.reduce((sum, track) => sum + track.samples, 0);
  const segments = plan.tracks.reduce((sum, track) => sum + track.segments, 0);
  const media = plan.steps.reduce((sum, step) => sum + step.mediaBytes, 0);
  return (
    media + targets * (sheetBytes + samples * BYTES_OF_A_SAMPLE + (segments + plan.tracks.length) * BYTES_OF_A_SEGMENT)
  );
}

/** An entry of `trun` and one of `senc` without subsamples; the boxes around them. */
const BYTES_OF_A_SAMPLE = 24;
const BYTES_OF_A_SEGMENT = 400;

/** A job that can't fit isn't begun. */
async function checkRoom({ output }: PackageOptions, needed: number): Promise<void> {
  const room = await output.room?.();
  if (room === undefined || needed <= room) return;
  throw failures.outputNoSpace('the output needs about {needed}, but there is only room for {room}', {
    needed: megabytes(needed),
    room: megabytes(room),
  });
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}

/** `2.m4s` comes before `10.m4s`. */
const naturally = new Intl.Collator('en', { numeric: true });

/** The job's thumbnails. */
export async function sheetsOf({ thumbnails, targets }: PackageOptions): Promise<Sheets | undefined> {
  if (thumbnails === undefined) return undefined;
  return readThumbnails(thumbnails, targets ?? DEFAULT_TARGETS);
}

/** The options that the core reads, with seeds from the platform's secure source unless they are known. */
export function coreOptions(
  options: PackageOptions & OfServer,
  sheets: Sheets | undefined,
  seeds?: { seed: string; keySeed?: string },
): CoreOptions {
  const { key, seed, keys = [], thumbnails: _thumbnails, serverIv, serverScheme, ...given } = options;
  const read = new Set(CORE_OPTIONS);
  // The core is told that there are others, not what they are: that may not cross, and it refuses unknown names.
  const rest = Object.entries(given)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, read.has(name) ? value : true]);
  const drawn = seed === undefined ? { seed: randomHex(32), keySeed: randomHex(32) } : { seed };
  return {
    ...(Object.fromEntries(rest) as typeof given),
    ...(sheets === undefined ? {} : { thumbnails: sheets.facts }),
    ...(seeds ?? drawn),
    ...(serverIv === undefined ? {} : { serverIv }),
    ...(serverScheme === undefined ? {} : { serverScheme }),
    // What is no list is the core's to refuse.
    keys: Array.isArray(keys) ? [...(key === undefined ? [] : [key]), ...keys] : keys,
  };
}

function randomHex(count: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(count));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Tells the caller how far the job is: at once on a new phase, else at most twenty times a second. */
class Reporter {
  phase: Phase = 'index';
  readonly #options: PackageOptions;
  #bytesDone = 0;
  #bytesTotal = 0;
  #segment = 0;
  #segments = 0;
  #began = 0;
  /** What was there before this run. */
  #before = 0;
  #last = Number.NEGATIVE_INFINITY;

  constructor(options: PackageOptions) {
    this.#options = options;
  }

  begin(plan: PlanInfo, done: readonly number[]): void {
    this.phase = 'render';
    for (const step of done) {
      this.#bytesDone += plan.steps[step]?.mediaBytes ?? 0;
      this.#segment += plan.steps[step]?.segments ?? 0;
    }
    this.#before = this.#bytesDone;
    this.#bytesTotal = plan.steps.reduce((sum, step) => sum + step.mediaBytes, 0);
    this.#segments = plan.steps.reduce((sum, step) => sum + step.segments, 0);
    this.#began = performance.now();
    this.report(true);
  }

  advance(bytes: number, segments: number): void {
    this.#bytesDone += bytes;
    this.#segment += segments;
    this.report(this.#segment === this.#segments);
  }

  report(now: boolean): void {
    const time = performance.now();
    if (!now && time - this.#last < 50) return;
    this.#last = time;
    this.#options.onProgress?.(this.#progress(time));
  }

  log(line: string): void {
    this.#options.onLog?.(line);
  }

  #progress(time: number): Progress {
    const rate = (this.#bytesDone - this.#before) / (time - this.#began);
    return {
      phase: this.phase,
      bytesDone: this.#bytesDone,
      bytesTotal: this.#bytesTotal,
      segment: this.#segment,
      segments: this.#segments,
      secondsLeft: rate > 0 ? (this.#bytesTotal - this.#bytesDone) / rate / 1000 : null,
    };
  }
}
