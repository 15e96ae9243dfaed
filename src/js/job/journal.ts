/**
 * The journal of a job: a line of JSON for the job, and one for each step when its files are written. An interrupted
 * job goes on from it. It holds key ids and what IVs are drawn from, which are in the output as well, and no key
 * unless the caller wants made-up ones kept.
 */

import { failures, TabpackError, toError } from '../api/errors';
import { type Message, message } from '../api/message';
import type { PackageOptions, Sink, Store } from '../api/types';
import { CORE_OPTIONS, HOST_OPTIONS, SECRET_OPTIONS } from '../generated/options';
import { JOURNAL } from '../sinks/storage';
import type { CoreOptions, PlanInfo, Port, Written } from './engine';

/** The version, put in by the build: another one may write other bytes. */
declare const TABPACK_VERSION: string;

/** The key of a job that was interrupted, without the key. */
export interface UnfinishedKey {
  /** The label of the tracks it is for; `null` for a key of all tracks. */
  readonly label: string | null;
  /** The crypto period from 0. */
  readonly period: number;
  /** The key id, 32 hexadecimal digits. */
  readonly kid: string;
}

/** A job that was interrupted, as its journal tells. */
export interface Unfinished {
  /** The inputs, which have to be given again. Sizes are in bytes. */
  readonly inputs: readonly { readonly name: string; readonly size: number }[];
  /** The options that it ran with, but for secrets. */
  readonly options: Omit<PackageOptions, (typeof HOST_OPTIONS | typeof SECRET_OPTIONS)[number] | 'thumbnails'> & {
    /** Whether it had thumbnails. */
    readonly thumbnails: boolean;
  };
  /** The ids of its keys; none for a clear job. */
  readonly keys: readonly UnfinishedKey[];
  /** Whether the keys have to be given to go on: they have, unless random ones were kept in the journal. */
  readonly keysNeeded: boolean;
  /** Bytes of media that were packaged, of `bytesTotal`. */
  readonly bytesDone: number;
  readonly bytesTotal: number;
}

/** The first line. */
interface Head extends Unfinished {
  readonly tabpack: typeof FORMAT;
  readonly digest: string;
  /** What IVs are drawn from; the caller's own seed isn't kept. */
  readonly seed?: string;
  /** What random keys are drawn from, where they are to be kept. */
  readonly keySeed?: string;
}

/** A step that is done. */
interface Line {
  readonly step: number;
  readonly bytes: number;
  readonly written: Written;
}

const FORMAT = 1;

/** What an interrupted job left. */
interface Before {
  readonly head: Head;
  readonly lines: readonly Line[];
  /** The size in bytes of what can be read: behind it lies a line that was cut short. */
  readonly size: number;
}

/**
 * What is known of a job that was interrupted in this output, or `undefined` where there is none. `package()` goes on
 * with it, given the same inputs, options and keys, and `resume: true`.
 */
export async function unfinished(output: Sink): Promise<Unfinished | undefined> {
  const before = output.store === undefined ? undefined : await load(output.store);
  if (before === undefined) return undefined;
  const { inputs, options, keys, keysNeeded, bytesTotal } = before.head;
  const bytesDone = before.lines.reduce((sum, line) => sum + line.bytes, 0);
  return { inputs, options, keys, keysNeeded, bytesDone, bytesTotal };
}

/** Reads the journal, as far as it is whole. */
async function load(store: Store): Promise<Before | undefined> {
  const size = await store.size(JOURNAL);
  if (size === undefined) return undefined;
  const text = new TextDecoder().decode(await store.read(JOURNAL, 0, size));
  const [first, ...others] = text.split('\n').slice(0, -1); // what stands behind the last line's end was cut short
  const head = parse<Head>(first);
  if (first === undefined || head?.tabpack !== FORMAT) return undefined;
  const lines = new Map<number, Line>();
  let kept = first.length + 1;
  for (const other of others) {
    const line = parse<Line>(other);
    if (typeof line?.step !== 'number') break;
    lines.delete(line.step); // so that a step that was done again counts as the later one
    lines.set(line.step, line);
    kept += new TextEncoder().encode(other).length + 1;
  }
  return { head, lines: [...lines.values()], size: kept - first.length + new TextEncoder().encode(first).length };
}

function parse<T>(line: string | undefined): T | undefined {
  try {
    return JSON.parse(line ?? '') as T;
  } catch {
    return undefined;
  }
}

/** Writes the journal. Lines that come while others are being written wait and go together. */
export class Journal {
  readonly #store: Store;
  #size = 0;
  #waiting = '';
  #writing: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Begins a new journal. */
  async begin(options: PackageOptions, core: CoreOptions, plan: PlanInfo, inputs: Unfinished['inputs']): Promise<void> {
    const { thumbnails, seed, keySeed } = core;
    const generated = plan.keys.some((key) => key.generated);
    const keeps = generated && options.journal === 'with-keys' && keySeed !== undefined;
    const head: Head = {
      tabpack: FORMAT,
      digest: await digestOf(core, plan, inputs),
      ...(options.seed === undefined ? { seed } : {}),
      ...(keeps ? { keySeed } : {}),
      inputs,
      options: { ...withoutSecrets(core), thumbnails: thumbnails !== undefined },
      keys: keysOf(plan),
      keysNeeded: plan.keys.length > 0 && !keeps,
      bytesDone: 0,
      bytesTotal: plan.steps.reduce((sum, step) => sum + step.mediaBytes, 0),
    };
    await this.#append(`${JSON.stringify(head)}\n`);
  }

  /** Goes on with a journal, behind its last whole line. */
  async goOn({ size }: Before): Promise<void> {
    this.#size = size;
    await this.#append('');
  }

  /** Notes a step whose files are written; throws what went wrong with an earlier note. */
  note(step: number, bytes: number, written: Written): void {
    if (this.#failure !== undefined) throw this.#failure.error;
    this.#waiting += `${JSON.stringify({ step, bytes, written } satisfies Line)}\n`;
    this.#writing ??= this.#flush();
  }

  /** Writes no more. */
  async stop(): Promise<void> {
    this.#failure ??= { error: new DOMException('The job has ended.', 'AbortError') };
    this.#waiting = '';
    await this.#writing;
  }

  /** Removes the journal: the job is done. */
  async end(): Promise<void> {
    await this.#writing;
    if (this.#failure !== undefined) throw this.#failure.error;
    await this.#store.remove(JOURNAL);
  }

  async #flush(): Promise<void> {
    try {
      while (this.#waiting !== '') {
        const text = this.#waiting;
        this.#waiting = '';
        await this.#append(text);
      }
    } catch (error) {
      this.#failure = { error };
    }
    this.#writing = undefined;
  }

  async #append(text: string): Promise<void> {
    const bytes = new TextEncoder().encode(text);
    await this.#store.append(JOURNAL, this.#size, bytes).catch((thrown: unknown) => {
      const error = toError(thrown);
      if (error instanceof TabpackError || (error instanceof Error && error.name === 'AbortError')) throw error;
      throw failures.outputWriteFailed(JOURNAL, error instanceof Error ? error.message : String(error));
    });
    this.#size += bytes.length;
  }
}

/** What an earlier run of a job left, if there was one. */
export class Past {
  readonly before: Before | undefined;
  readonly #options: PackageOptions;
  readonly #store: Store;

  private constructor(options: PackageOptions, store: Store, before: Before | undefined) {
    this.#options = options;
    this.#store = store;
    this.before = before;
  }

  /** Reads the journal, where the job is to be resumed. */
  static async load(options: PackageOptions, store: Store): Promise<Past> {
    return new Past(options, store, options.resume === true ? await load(store) : undefined);
  }

  /** The seeds to go on with. */
  seeds(): { seed: string; keySeed?: string } | undefined {
    if (this.before === undefined) return undefined;
    const { head } = this.before;
    const { key, keys, seed: given, encryption } = this.#options;
    const seed = given ?? head.seed;
    if (seed === undefined) throw failures.optionMissing('the interrupted job had a seed: give it again', 'seed');
    if (key !== undefined || (keys ?? []).length > 0 || encryption === false || given !== undefined) return { seed };
    if (head.keySeed !== undefined) return { seed, keySeed: head.keySeed };
    if (!head.keysNeeded) return { seed };
    throw failures.keyMissing('the keys of the interrupted job are not stored (key id {kids})', {
      kids: head.keys.map(({ kid }) => kid).join(', '),
    });
  }

  /**
   * The steps that need not be done again: those whose files are there in their sizes. The first of them and the last
   * are rendered again and compared byte by byte, which proves input, options, seed and keys to be the same, and that
   * what was written last has arrived.
   */
  async checked(core: CoreOptions, plan: PlanInfo, inputs: Unfinished['inputs'], port: Port): Promise<readonly Line[]> {
    if (this.before === undefined) return [];
    const { head } = this.before;
    const store = this.#store;
    if (head.digest !== (await digestOf(core, plan, inputs)))
      throw failures.resumeMismatch(difference(head, plan, inputs));
    const lines =
      core.singleFile === true
        ? await leading(this.before.lines, port, store)
        : await present(this.before.lines, plan, store);
    while (lines.length > 0) {
      const last = lines.length - 1;
      if (await isSame(lines, last, port, store)) break;
      // A step that was cut off by a crash of the machine looks like this; all of them, like another key.
      if (last === 0)
        throw failures.resumeMismatch(
          message('what was written differs from what this job would write: its inputs or keys are different'),
        );
      lines.pop();
    }
    if (lines.length > 1 && !(await isSame(lines, 0, port, store)))
      throw failures.resumeMismatch(message('what was written first differs from what this job would write'));
    await port.resume(factsOf(lines));
    return lines;
  }

  /** Begins the journal, or goes on with it. */
  async begin(
    core: CoreOptions,
    plan: PlanInfo,
    inputs: Unfinished['inputs'],
    done: readonly Line[],
  ): Promise<Journal> {
    const journal = new Journal(this.#store);
    if (this.before === undefined) {
      await journal.begin(this.#options, core, plan, inputs);
    } else {
      this.#store.adopt([JOURNAL, ...done.flatMap(({ written }) => written.files.map(({ path }) => path))]);
      await journal.goOn(this.before);
    }
    return journal;
  }
}

/** The steps all of whose files are there in their sizes. */
async function present(lines: readonly Line[], plan: PlanInfo, store: Store): Promise<Line[]> {
  const found: Line[] = [];
  for (const line of lines) {
    if (plan.steps[line.step] === undefined) continue;
    const sizes = await Promise.all(line.written.files.map((file) => store.size(file.path)));
    if (line.written.files.every((file, index) => sizes[index] === file.size)) found.push(line);
  }
  return found;
}

/** The steps from the first on whose parts single files hold: they were written in order. */
async function leading(lines: readonly Line[], port: Port, store: Store): Promise<Line[]> {
  const sorted = [...lines].sort((a, b) => a.step - b.step);
  const found = sorted.slice(0, sorted.findIndex((line, index) => line.step !== index) + 1 || undefined);
  if (found.at(-1)?.step !== found.length - 1) found.pop();
  while (found.length > 0) {
    const ends = await port.resume(factsOf(found));
    const sizes = await Promise.all(ends.map(([path]) => store.size(path)));
    if (ends.every(([, end], index) => (sizes[index] ?? 0) >= end)) break;
    found.pop();
  }
  return found;
}

async function isSame(lines: readonly Line[], index: number, port: Port, store: Store): Promise<boolean> {
  const line = lines[index];
  if (line === undefined) return false;
  await port.resume(factsOf(lines.slice(0, index)));
  for (const { path, offset, bytes } of await port.probe(line.step)) {
    const there = await store.read(path, offset, bytes.length);
    if (there.length !== bytes.length || there.some((byte, at) => byte !== bytes[at])) return false;
  }
  return true;
}

/** The facts of steps. */
function factsOf(lines: readonly Line[]): unknown[] {
  return lines.flatMap((line) => line.written.facts);
}

/** The options that are told again to go on. What is no option of the core's, as a seed of its own, isn't one either. */
function withoutSecrets(core: CoreOptions): Omit<Unfinished['options'], 'thumbnails'> {
  const kept = CORE_OPTIONS.filter((name) => !SECRET_OPTIONS.some((secret) => secret === name));
  return Object.fromEntries(Object.entries(core).filter(([name]) => kept.includes(name)));
}

function keysOf(plan: PlanInfo): UnfinishedKey[] {
  return plan.keys.map(({ label, period, kid }) => ({ label, period, kid: kid.hex }));
}

/** What is not the same, in words. */
function difference(head: Head, plan: PlanInfo, inputs: Unfinished['inputs']): Message {
  const named = (list: Unfinished['inputs']): string =>
    list.map(({ name, size }) => `${name} of ${size} bytes`).join(', ');
  const sizes = (list: Unfinished['inputs']): string => list.map(({ size }) => size).join();
  if (sizes(head.inputs) !== sizes(inputs))
    return message('the interrupted job packaged {before}, but this one {now}', {
      before: named(head.inputs),
      now: named(inputs),
    });
  const kids = (keys: readonly UnfinishedKey[]): string => keys.map(({ kid }) => kid).join(', ') || 'none';
  if (kids(head.keys) !== kids(keysOf(plan)))
    return message('the interrupted job has the key ids {before}, but this one {now}', {
      before: kids(head.keys),
      now: kids(keysOf(plan)),
    });
  return message('the interrupted job had other options or inputs, or was started by another version');
}

/** What segments don't depend on, or the journal says by itself. Thumbnails come last, and anew. */
const BESIDE_DIGEST: ReadonlySet<string> = new Set([
  ...HOST_OPTIONS,
  ...(['seed', 'keySeed', 'keys', 'decryptionKeys', 'multiKey', 'thumbnails'] satisfies (keyof CoreOptions)[]),
]);

/** A digest of all that segments depend on, but for the bytes of media and the keys. */
async function digestOf(core: CoreOptions, plan: PlanInfo, inputs: Unfinished['inputs']): Promise<string> {
  const options = Object.fromEntries(Object.entries(core).filter(([name]) => !BESIDE_DIGEST.has(name)));
  const { tracks, schemes, steps } = plan;
  const all = [TABPACK_VERSION, options, tracks, schemes, steps, keysOf(plan), inputs.map(({ size }) => size)];
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(JSON.stringify(all, sorted)));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Members in the order of their names: how options were written down makes no difference. */
function sorted(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
