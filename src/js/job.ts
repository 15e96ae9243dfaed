import { takeCounters } from './counters';
import type { CoreOptions, PlanInfo, Port, Written } from './engine';
import type { OutputFile, PackageOptions, PackageResult, Phase, Progress } from './types';

/** Runs a job over ports that all hold the same sources and sink. */
export async function runJob(
  ports: readonly Port[],
  options: PackageOptions,
  inputBytes: number,
): Promise<PackageResult> {
  const started = performance.now();
  const core = coreOptions(options);
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
  takeCounters(plan.counters);
  for (const warning of plan.warnings) reporter.log(`Note: ${warning}`);
  options.signal?.throwIfAborted();

  reporter.begin(plan);
  const files: OutputFile[] = [];
  const facts: unknown[] = [];
  const take = (written: Written): void => {
    for (const file of written.files) files.push({ ...file, type: mediaType(file.path) });
    facts.push(...written.facts);
  };
  take(await first.inits());

  // Each port takes the next step that nobody has: steps are independent of each other.
  let next = 0;
  let failed = false;
  const work = async (port: Port): Promise<void> => {
    for (;;) {
      const index = next;
      const step = plan.steps[index];
      if (step === undefined || failed) return;
      next += 1;
      options.signal?.throwIfAborted();
      take(await port.step(index));
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
  files.sort((a, b) => naturally.compare(a.path, b.path));
  const written = await first.manifests(facts);
  take(written);
  await options.output.finish?.();
  reporter.phase = 'done';
  reporter.report(true);

  return {
    files,
    manifests: manifestsOf(written),
    keys: plan.keys,
    report: {
      tracks: plan.tracks,
      warnings: plan.warnings,
      schemes: plan.schemes,
      inputBytes,
      outputBytes: files.reduce((sum, file) => sum + file.size, 0),
      seconds: (performance.now() - started) / 1000,
    },
  };
}

/** `2.m4s` comes before `10.m4s`. */
const naturally = new Intl.Collator('en', { numeric: true });

/** The options that the core reads, with a seed from the platform's secure source unless one is given. */
function coreOptions(options: PackageOptions): CoreOptions {
  const { output: _output, signal: _signal, onProgress: _onProgress, onLog: _onLog, key, seed, ...rest } = options;
  return { ...rest, seed: seed ?? randomHex(32), keys: [...(key === undefined ? [] : [key]), ...(rest.keys ?? [])] };
}

function randomHex(count: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(count));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** What a player opens, the MPD of the first target first; media playlists are reached through the multivariant one. */
function manifestsOf(written: Written): string[] {
  const paths = written.files.map((file) => file.path);
  return [...paths.filter((path) => path.endsWith('.mpd')), ...paths.filter((path) => path.endsWith('/master.m3u8'))];
}

function mediaType(path: string): string {
  if (path.endsWith('.mpd')) return 'application/dash+xml';
  if (path.endsWith('.m3u8')) return 'application/vnd.apple.mpegurl';
  if (path.includes('/text-')) return 'application/mp4';
  return path.includes('/audio-') ? 'audio/mp4' : 'video/mp4';
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
  #last = -Infinity;

  constructor(options: PackageOptions) {
    this.#options = options;
  }

  begin(plan: PlanInfo): void {
    this.phase = 'render';
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
    const rate = this.#bytesDone / (time - this.#began);
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
