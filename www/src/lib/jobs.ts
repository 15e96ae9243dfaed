import { opfs, supportReport, TabpackError } from 'tabpack';
import type { PackageOptions, PackageResult, Progress, Scheme, Target } from 'tabpack';
import { core } from './core';
import { bytes, count, message, seconds, sentence } from './format';
import { forgetCredentials, keyServerFor, keyServerForm } from './key-server';
import { rememberKeys } from './keys';
import { say } from './log';
import { deleteOutput, OUTPUTS, refreshOutputs, withNewOutput } from './outputs';
import { Store } from './store';

/** Where a job stands. */
export type JobStatus = 'Ready' | 'Waiting' | 'Start' | 'Succeed' | 'Failed';

/** Why a job failed, as the row and the log say it. */
export interface Failure {
  /** The stable string code. */
  readonly code: string;
  /** The code of the product's numeric table. */
  readonly number: number;
  readonly message: string;
  /** Where it happened, in words; empty where nothing is known. */
  readonly place: string;
  /** What the user may do; may be empty. */
  readonly advice: string;
}

/** What the options panel says. */
export interface JobOptions {
  readonly targets: readonly Target[];
  /** `''` leaves the choice to each target. */
  readonly scheme: Scheme | '';
  /** `KID:KEY`, or empty for a random key per file. */
  readonly key: string;
  readonly segmentDuration: number;
  readonly encryption: boolean;
}

/** One file to package. */
export interface Job {
  readonly id: number;
  readonly file: File;
  readonly status: JobStatus;
  /** The output's folder below `outputs/`, once it has one. */
  readonly output: string | null;
  readonly progress: Progress | null;
  /** Bytes a second over the job so far; `null` until there is a rate. */
  readonly rate: number | null;
  readonly failure: Failure | null;
  readonly result: PackageResult | null;
  /** A word on what happened that is neither success nor failure, as after a cancel. */
  readonly note: string;
}

/** The files to package, in the order in which they were added. */
export const jobs = new Store<readonly Job[]>([]);

/** Whether the queue is being worked off. */
export const running = new Store(false);

let nextId = 1;
let abort: AbortController | null = null;

/** Adds files to the list. */
export function addFiles(files: Iterable<File>): void {
  const added = Array.from(files, (file): Job => ({
    id: nextId++,
    file,
    status: 'Ready',
    output: null,
    progress: null,
    rate: null,
    failure: null,
    result: null,
    note: '',
  }));
  jobs.value = [...jobs.value, ...added];
  for (const { file } of added) say(file.name, `Added, ${bytes(file.size)}.`);
}

/** Takes a job off the list. A running one has to be cancelled first; its output stays in the browser. */
export function removeJob(id: number): void {
  jobs.value = jobs.value.filter((job) => job.id !== id || job.status === 'Start');
}

/** Whether pressing Package would do anything. */
export function packageable(list: readonly Job[]): boolean {
  return list.some(isOpen);
}

/** Packages every file that hasn't been, one after another: a failure ends its own job only. */
export async function packageAll(options: JobOptions): Promise<void> {
  if (running.value) return;
  running.value = true;
  abort = new AbortController();
  const { signal } = abort;
  const queued = jobs.value.filter(isOpen).map((job) => job.id);
  for (const id of queued) change(id, { status: 'Waiting', failure: null, note: '', progress: null, rate: null });
  try {
    for (const id of queued) {
      if (signal.aborted) break;
      // A waiting job may have been taken off the list meanwhile.
      if (find(id)) await runJob(id, options, signal);
    }
  } finally {
    for (const id of queued) if (find(id)?.status === 'Waiting') change(id, { status: 'Ready' });
    // As long as a file failed they may be wanted for another go.
    if (queued.every((id) => (find(id)?.status ?? 'Succeed') === 'Succeed')) forgetCredentials();
    abort = null;
    running.value = false;
  }
}

/** Ends the running job and those that wait; nothing is kept of an unfinished output. */
export function cancelAll(): void {
  abort?.abort(new DOMException('Cancelled.', 'AbortError'));
}

/** Forgets an output that has been deleted, so that its file may be packaged again. */
export function outputDeleted(output: string): void {
  for (const job of jobs.value) {
    if (job.output === output) change(job.id, { status: 'Ready', output: null, result: null, progress: null, note: 'The output was deleted.' });
  }
}

async function runJob(id: number, options: JobOptions, signal: AbortSignal): Promise<void> {
  const job = find(id);
  if (!job) return;
  const { file } = job;
  change(id, { status: 'Start' });
  try {
    await withNewOutput(file.name, async (output) => {
      change(id, { output });
      say(file.name, `Packaging ${options.targets.join(', ')} into “${output}”.`);
      try {
        const packager = await core();
        const result = await packager.package(file, await packageOptions(id, file, options, output, signal));
        succeed(id, file, output, result);
      } catch (error) {
        // The sink discards the files it wrote; the folder that was made for the job is ours to remove.
        await deleteOutput(output);
        throw error;
      }
    });
  } catch (error) {
    if (signal.aborted) {
      change(id, { status: 'Ready', output: null, progress: null, rate: null, note: 'Cancelled. Nothing was kept of its output.' });
      say(file.name, 'Cancelled; its unfinished output was removed.', 'warning');
    } else {
      fail(id, file, failureOf(error), supportReport(error, file.name));
    }
  }
  await refreshOutputs().catch((error: unknown) => say('storage', message(error), 'warning'));
}

async function packageOptions(id: number, file: File, options: JobOptions, output: string, signal: AbortSignal): Promise<PackageOptions> {
  const started = performance.now();
  const form = keyServerForm.value;
  const index = jobs.value.findIndex((job) => job.id === id) + 1;
  const server = options.encryption ? await keyServerFor(form, file.name, index) : undefined;
  return {
    output: opfs(`${OUTPUTS}/${output}`),
    targets: options.targets,
    segmentDuration: options.segmentDuration,
    encryption: options.encryption,
    ...(options.encryption && options.scheme ? { scheme: options.scheme } : {}),
    ...(options.encryption && options.key && server === undefined ? { key: options.key } : {}),
    ...server,
    ...(server !== undefined && form.clearKeyUrl.trim() !== '' ? { clearKeyLicenseUrl: form.clearKeyUrl.trim() } : {}),
    signal,
    onProgress: (progress) => {
      const elapsed = (performance.now() - started) / 1000;
      const rate = elapsed > 0.25 && progress.bytesDone > 0 ? progress.bytesDone / elapsed : null;
      change(id, { progress, rate });
    },
    onLog: (line) => say(file.name, line),
  };
}

function succeed(id: number, file: File, output: string, result: PackageResult): void {
  rememberKeys(output, result.keys);
  change(id, { status: 'Succeed', result });
  const { outputBytes, seconds: time } = result.report;
  say(file.name, `Done: ${count(result.files.length, 'file')}, ${bytes(outputBytes)}, in ${seconds(time)}.`, 'success');
}

function fail(id: number, file: File, failure: Failure, report: string): void {
  change(id, { status: 'Failed', output: null, progress: null, rate: null, failure });
  say(file.name, failureText(failure), 'error');
  say(file.name, `Support report:\n${report}`, 'error');
}

/** A failure as one line of text. */
export function failureText({ code, number, message: what, place, advice }: Failure): string {
  return [`${code} (${number}): ${what}`, place && `At ${place}.`, advice].filter(Boolean).join(' ');
}

function failureOf(error: unknown): Failure {
  if (error instanceof TabpackError) {
    return { code: error.code, number: error.number, message: sentence(error.message), place: placeText(error), advice: error.advice };
  }
  if (error instanceof DOMException && error.name === 'QuotaExceededError') {
    return { code: 'OUTPUT_NO_SPACE', number: 1205, message: 'The browser’s storage is full.', place: '', advice: 'Delete outputs that you no longer need and try again.' };
  }
  return { code: 'INTERNAL', number: -1, message: message(error), place: '', advice: '' };
}

/** What is known of the place and isn't in the message's words already. */
function placeText({ message: said, place: { boxes, offset, option } }: TabpackError): string {
  const parts = [
    boxes === undefined ? '' : `box ${boxes}`,
    offset === undefined ? '' : `byte ${offset}`,
    option === undefined ? '' : `option ${option}`,
  ];
  return parts.filter((part) => part !== '' && !said.includes(part)).join(', ');
}

function isOpen(job: Job): boolean {
  return job.status === 'Ready' || job.status === 'Failed';
}

function find(id: number): Job | undefined {
  return jobs.value.find((job) => job.id === id);
}

function change(id: number, part: Partial<Job>): void {
  jobs.value = jobs.value.map((job) => (job.id === id ? { ...job, ...part } : job));
}
