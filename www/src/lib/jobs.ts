import type { KeyInfo, PackageOptions, PackageResult, PreviewOptions, Progress, Unfinished } from 'tabpack';
import { opfs, supportReport, TabpackError } from 'tabpack';
import { withoutIdle } from 'tabpack/options';
import { core } from './core';
import { bytes, count, message, seconds, sentence } from './format';
import { forgetCredentials, keyServerFor, keyServerForm } from './key-server';
import { rememberKeys } from './keys';
import { say } from './log';
import { withoutEnding } from './names';
import { chosenOptions, type JobOptions, targetsOf } from './options';
import { deleteOutput, OUTPUTS, refreshOutputs, unfinishedIn, withNewOutput, withOutput } from './outputs';
import { Store } from './store';
import { drawThumbnails } from './thumbnails';
import { chosenAgain, placeFiles, type Said, saying, type TitleFile, titleOf, trackSettings } from './titles';

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

/** One title to package: a file, or several that are its renditions, sound and subtitles. */
export interface Job {
  readonly id: number;
  readonly files: readonly TitleFile[];
  /** What the row and the log call it. */
  readonly title: string;
  /** Whether it is ticked, to be joined with others. */
  readonly ticked: boolean;
  readonly status: JobStatus;
  /** The output's folder below `outputs/`, once it has one. */
  readonly output: string | null;
  readonly progress: Progress | null;
  /** Bytes a second over the job so far; `null` until there is a rate. */
  readonly rate: number | null;
  readonly failure: Failure | null;
  readonly result: PackageResult | null;
  /** The keys that were made for it, from when they are known; they are shown while it runs. */
  readonly keys: readonly KeyInfo[];
  /** What it goes on with; `null` for a new job. */
  readonly resume: Resume | null;
  /** A word on what happened that is neither success nor failure, as after a cancel. */
  readonly note: string;
}

/** An unfinished output that a job goes on with. */
export interface Resume {
  readonly output: string;
  readonly options: JobOptions;
  /** The keys: as the user gives them, `[LABEL=]KID:KEY`, or as an earlier run in this visit had them. */
  readonly keys: readonly (string | KeyInfo)[];
}

/** The titles to package, in the order in which they were added. */
export const jobs = new Store<readonly Job[]>([]);

/** Whether the queue is being worked off. */
export const running = new Store(false);

let nextId = 1;
let abort: AbortController | null = null;

/** Adds files to the list. Those that belong together by their names are one title. */
export function addFiles(files: Iterable<File>): void {
  const open = jobs.value.filter(isEditable);
  const { joining, added } = placeFiles(
    [...files],
    open.map((job) => job.files),
  );
  for (const [index, guests] of joining) {
    const job = open[index];
    if (job === undefined) continue;
    say(job.title, `${named(guests)} added to it.`);
    replace([job], [newJob([...job.files, ...guests])]);
  }
  const made = added.map((title) => newJob(title));
  jobs.value = [...jobs.value, ...made];
  // Whoever adds a file will want the core: it loads meanwhile.
  if (made.length > 0) void core().catch(() => undefined); // told when it is needed
  for (const job of made)
    say(
      job.title,
      job.files.length === 1
        ? `Added, ${bytes(sizeOf(job))}.`
        : `Added as one title: ${named(job.files)}, ${bytes(sizeOf(job))}.`,
    );
}

function newJob(files: readonly TitleFile[], resume: Resume | null = null): Job {
  return {
    id: nextId++,
    files,
    title: titleOf(files),
    ticked: false,
    status: 'Ready',
    output: null,
    progress: null,
    rate: null,
    failure: null,
    result: null,
    keys: [],
    resume,
    note: '',
  };
}

/** The size of a job's files in bytes. */
export function sizeOf({ files }: Job): number {
  return files.reduce((sum, { file }) => sum + file.size, 0);
}

/** Whether a job's files and what is said of them may be changed. */
export function isEditable(job: Job): boolean {
  return isOpen(job) && job.resume === null;
}

/** Ticks a job to be joined with others. */
export function tick(id: number, ticked: boolean): void {
  change(id, { ticked });
}

/** Makes one title of the jobs that are ticked, in the place of the first. */
export function joinTicked(): void {
  const ticked = jobs.value.filter((job) => job.ticked && isEditable(job));
  if (ticked.length < 2) return;
  const files = ticked.flatMap((job) => job.files);
  const joined = newJob(files);
  replace(ticked, [joined]);
  say(joined.title, `One title now: ${named(files)}.`);
}

/** Makes titles of their own of a job's files, or of the one at `index`. */
export function split(id: number, index?: number): void {
  const job = find(id);
  if (!job || !isEditable(job) || job.files.length < 2) return;
  const out = job.files.filter((_, at) => index === undefined || at === index);
  const left = job.files.filter((file) => !out.includes(file));
  replace(
    [job],
    [...(left.length > 0 ? [left] : []), ...out.map((file) => [file])].map((files) => newJob(files)),
  );
  say(job.title, index === undefined ? `Split into ${count(out.length, 'title')}.` : `${named(out)} taken out of it.`);
}

/** Says something of a file's sound or text. */
export function sayOf(id: number, index: number, part: Said): void {
  const job = find(id);
  if (job && isEditable(job)) change(id, { files: saying(job.files, index, part) });
}

/** Puts jobs in the place of the first of others. */
function replace(old: readonly Job[], made: readonly Job[]): void {
  jobs.value = jobs.value.flatMap((job) => (job === old[0] ? made : old.includes(job) ? [] : [job]));
}

function named(files: readonly TitleFile[]): string {
  return files.map(({ file }) => file.name).join(', ');
}

/** The keys of this visit's jobs by their outputs: they are in memory and nowhere else. */
const keysOfOutputs = new Map<string, readonly KeyInfo[]>();

/** Whether the keys have to be asked for before an unfinished output is gone on with. */
export function needsKeys(output: string, { keysNeeded }: Unfinished): boolean {
  return keysNeeded && !keysOfOutputs.has(output);
}

/**
 * Goes on with an unfinished output, given its files in any order and, where it needs them, its keys with blanks
 * between. Gives the names of files that are missing: then nothing is begun.
 */
export async function resumeOutput(
  output: string,
  { inputs, options, keysNeeded }: Unfinished,
  files: Iterable<File>,
  keys: string,
): Promise<readonly string[]> {
  const { found, missing } = chosenAgain(inputs, options.tracks, [...files]);
  if (missing.length > 0) return missing;
  const given = keys.split(/\s+/).filter(Boolean);
  const { tracks: _, thumbnails, ...others } = options;
  const job = newJob(found, {
    output,
    keys: !keysNeeded ? [] : given.length > 0 ? given : (keysOfOutputs.get(output) ?? []),
    options: { ...others, ...secretsAgain(), ...(thumbnails ? { thumbnails: 'drawn' } : {}) },
  });
  jobs.value = [...jobs.value, job];
  say(job.title, `Going on with “${output}”.`);
  // Where the queue is being worked off, it is the next time.
  if (job.resume) await work([job.id], job.resume.options);
  return [];
}

/** What no journal keeps, and an interrupted job may have had: as the panel says it. */
function secretsAgain(): Pick<JobOptions, 'decryptionKeys' | 'seed'> {
  const { decryptionKeys, seed } = chosenOptions();
  return { ...(decryptionKeys === undefined ? {} : { decryptionKeys }), ...(seed === undefined ? {} : { seed }) };
}

/** Takes a job off the list. A running one has to be cancelled first; its output stays in the browser. */
export function removeJob(id: number): void {
  jobs.value = jobs.value.filter((job) => job.id !== id || job.status === 'Start');
}

/** Whether pressing Package would do anything. */
export function packageable(list: readonly Job[]): boolean {
  return list.some(isOpen);
}

/** Packages every title that hasn't been, one after another: a failure ends its own job only. */
export async function packageAll(options: JobOptions): Promise<void> {
  await work(
    jobs.value.filter(isOpen).map((job) => job.id),
    options,
  );
}

async function work(queued: readonly number[], options: JobOptions): Promise<void> {
  if (running.value) return;
  running.value = true;
  abort = new AbortController();
  const { signal } = abort;
  for (const id of queued)
    change(id, { status: 'Waiting', ticked: false, failure: null, note: '', progress: null, rate: null, keys: [] });
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

/** Forgets an output that has been deleted, so that its files may be packaged again. */
export function outputDeleted(output: string): void {
  for (const job of jobs.value) {
    if (job.output === output)
      change(job.id, { status: 'Ready', output: null, result: null, progress: null, note: 'The output was deleted.' });
  }
}

async function runJob(id: number, chosen: JobOptions, signal: AbortSignal): Promise<void> {
  const job = find(id);
  if (!job) return;
  const { title, files, resume } = job;
  const options = resume?.options ?? chosen;
  const run = async (output: string): Promise<void> => {
    change(id, { output });
    say(title, `Packaging ${targetsOf(options).join(', ')} into “${output}”.`);
    try {
      const packager = await core();
      const result = await packager.package(
        files.map(({ file }) => file),
        await packageOptions(job, options, output, signal),
      );
      succeed(job, output, result);
    } catch (error) {
      // The sink keeps what can be gone on with. Else the folder that was made for the job is ours to remove.
      if (signal.aborted || !(await unfinishedIn(output).catch(() => null))) await deleteOutput(output);
      else change(id, { note: KEPT });
      throw error;
    }
  };
  change(id, { status: 'Start' });
  try {
    await (resume
      ? withOutput(resume.output, () => run(resume.output))
      : withNewOutput(files.length === 1 ? withoutEnding(title) : title, run));
  } catch (error) {
    if (signal.aborted) {
      change(id, {
        status: 'Ready',
        output: null,
        progress: null,
        rate: null,
        keys: [],
        resume: null,
        note: 'Cancelled. Nothing was kept of its output.',
      });
      say(title, 'Cancelled; its unfinished output was removed.', 'warning');
    } else {
      fail(job, failureOf(error), supportReport(error, title));
    }
  }
  await refreshOutputs().catch((error: unknown) => say('storage', message(error), 'warning'));
}

/** What a row says of a failed job that can be gone on with. */
const KEPT = 'What was written is kept: the job can be resumed below.';

async function packageOptions(
  job: Job,
  options: JobOptions,
  output: string,
  signal: AbortSignal,
): Promise<PackageOptions> {
  let started = 0;
  let before = 0;
  const { id, title, resume } = job;
  return {
    ...(await mediaOptions(job, options)),
    output: opfs(`${OUTPUTS}/${output}`),
    ...(resume ? { resume: true } : {}),
    ...(options.thumbnails === 'drawn' ? await thumbnailsOf(job, signal) : {}),
    journal: options.journal ?? true,
    signal,
    onProgress: (progress) => {
      if (progress.bytesTotal > 0 && started === 0) {
        started = performance.now();
        before = progress.bytesDone; // what an earlier run did isn't this one's rate
      }
      const elapsed = started === 0 ? 0 : (performance.now() - started) / 1000;
      const rate = elapsed > 0.25 && progress.bytesDone > before ? (progress.bytesDone - before) / elapsed : null;
      change(id, { progress, rate });
    },
    onPlan: ({ keys }) => {
      keysOfOutputs.set(output, keys);
      change(id, { keys: keys.filter((key) => key.generated) });
    },
    onLog: (line) => say(title, line),
  };
}

/** Thumbnails of a title's first video. Without the browser's help there are none, which doesn't hinder the job. */
async function thumbnailsOf(
  { id, title, files }: Job,
  signal: AbortSignal,
): Promise<Pick<PackageOptions, 'thumbnails'>> {
  const video = files.find(({ kind }) => kind === 'video');
  if (video === undefined) return {};
  const others = files.filter((file) => file !== video && file.kind !== 'text').map(({ file }) => file);
  try {
    const thumbnails = await drawThumbnails(video.file, others, signal, (done, all) =>
      change(id, { note: `Drawing thumbnails: ${done} of ${all}.` }),
    );
    say(title, `Thumbnails drawn: ${count(thumbnails.images.length, 'sheet')}.`);
    return { thumbnails };
  } catch (error) {
    signal.throwIfAborted();
    say(title, `No thumbnails: ${message(error)}`, 'warning');
    return {};
  } finally {
    change(id, { note: '' });
  }
}

/** What is told of a job's media and keys, be it to package them or to preview them. */
async function mediaOptions(
  { id, title, files, resume }: Job,
  options: JobOptions,
): Promise<Omit<PackageOptions, 'output' | 'thumbnails'>> {
  const form = keyServerForm.value;
  const index = jobs.value.findIndex((job) => job.id === id) + 1;
  const asks = options.encryption !== false && !(resume && resume.keys.length > 0);
  const server = asks ? await keyServerFor(form, title, index) : undefined;
  const { journal: _, thumbnails: __, ...chosen } = options;
  return withoutIdle({
    ...chosen,
    ...(resume ? { keys: resume.keys } : {}),
    ...trackSettings(files),
    ...server,
    ...(server !== undefined && form.clearKeyUrl.trim() !== '' ? { clearKeyLicenseUrl: form.clearKeyUrl.trim() } : {}),
  });
}

/** What a preview of a job is told: a job that runs has its keys already, and the preview shows them. */
export async function previewOptions(job: Job, chosen: JobOptions): Promise<PreviewOptions> {
  // Segments are rendered one by one, whether they would lie in one file or not.
  const { singleFile: _, ...media } = await mediaOptions(job, job.resume?.options ?? chosen);
  const running = job.output === null ? undefined : keysOfOutputs.get(job.output);
  if (running === undefined || media.keyServer !== undefined) return media;
  const { key: __, ...rest } = media;
  return withoutIdle({ ...rest, keys: running });
}

function succeed({ id, title }: Job, output: string, result: PackageResult): void {
  rememberKeys(output, result.keys);
  keysOfOutputs.delete(output);
  change(id, { status: 'Succeed', result, resume: null });
  const { outputBytes, seconds: time } = result.report;
  say(title, `Done: ${count(result.files.length, 'file')}, ${bytes(outputBytes)}, in ${seconds(time)}.`, 'success');
}

function fail({ id, title }: Job, failure: Failure, report: string): void {
  change(id, { status: 'Failed', output: null, progress: null, rate: null, keys: [], resume: null, failure });
  say(title, failureText(failure), 'error');
  say(title, `Support report:\n${report}`, 'error');
}

/** A failure as one line of text. */
export function failureText({ code, number, message: what, place, advice }: Failure): string {
  return [`${code} (${number}): ${what}`, place && `At ${place}.`, advice].filter(Boolean).join(' ');
}

/** What a row says of an error. */
export function failureOf(error: unknown): Failure {
  if (error instanceof TabpackError) {
    return {
      code: error.code,
      number: error.number,
      message: sentence(error.message),
      place: placeText(error),
      advice: error.advice,
    };
  }
  if (error instanceof DOMException && error.name === 'QuotaExceededError') {
    return {
      code: 'OUTPUT_NO_SPACE',
      number: 1205,
      message: 'The browser’s storage is full.',
      place: '',
      advice: 'Delete outputs that you no longer need and try again.',
    };
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
