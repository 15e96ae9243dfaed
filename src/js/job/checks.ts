/** What the core can't check, since it stays on this side: what a job is called with, before anything is read. */

import { failure, failures } from '../api/errors';
import { type Message, message } from '../api/message';
import type { Input, PackageOptions, VerifyOptions } from '../api/types';
import type { HOST_OPTIONS } from '../generated/options';

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const has = (value: unknown, ...methods: readonly string[]): boolean =>
  isObject(value) && methods.every((name) => typeof value[name] === 'function');

const isFunction = (value: unknown): boolean => typeof value === 'function';

const A_FUNCTION = message('a function is expected');
const TRUE_OR_FALSE = message('true or false is expected');

/** What each option of this side is, and how that is said. A new one without its line doesn't compile. */
const IS: Readonly<Record<(typeof HOST_OPTIONS)[number], readonly [is: (value: unknown) => boolean, said: Message]>> = {
  // The browser's own storage writes in workers.
  output: [
    (value) => has(value, 'discard') && (has(value, 'write') || has(value, 'open')),
    message('a sink is expected, as memory(), directory() or zip() makes one'),
  ],
  keyServer: [
    (value) => isObject(value) && typeof value.service === 'string',
    message('an object that names a service is expected'),
  ],
  journal: [
    (value) => typeof value === 'boolean' || value === 'with-keys',
    message("true, false or 'with-keys' is expected"),
  ],
  resume: [(value) => typeof value === 'boolean', TRUE_OR_FALSE],
  signal: [
    (value) => has(value, 'addEventListener') && typeof (value as { aborted?: unknown }).aborted === 'boolean',
    message('an AbortSignal is expected'),
  ],
  onPlan: [isFunction, A_FUNCTION],
  onProgress: [isFunction, A_FUNCTION],
  onLog: [isFunction, A_FUNCTION],
};

/**
 * Refuses options of this side that aren't what they have to be. Gives all without those of the core's that are `null`:
 * the core takes that for nothing, and so does this side.
 */
export function checkedOptions<T extends object>(options: T): T {
  if (options !== undefined && (!isObject(options) || Array.isArray(options)))
    throw failures.optionInvalid('an object with options is expected', 'options');
  const given: Readonly<Record<string, unknown>> = options ?? {};
  for (const [name, [is, said]] of Object.entries(IS))
    if (given[name] !== undefined && !is(given[name])) throw failure('OPTION_INVALID', said, { option: name });
  const { thumbnails } = given;
  if (thumbnails !== undefined && thumbnails !== null && !(isObject(thumbnails) && Array.isArray(thumbnails.images)))
    throw failures.optionInvalid('an object with a list of images is expected', 'thumbnails');
  const images = (thumbnails as { images: readonly unknown[] } | null | undefined)?.images ?? [];
  if (!images.every((image) => image instanceof Blob || image instanceof Uint8Array))
    throw failures.optionInvalid('Files, Blobs or bytes (Uint8Array) are expected', 'thumbnails.images');
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null)) as T;
}

/** Refuses what the sink can't do, besides; gives the same. */
export function checkedJob(options: PackageOptions): PackageOptions {
  const checked = checkedOptions(options);
  const { output, singleFile, journal, resume } = checked as Partial<PackageOptions>;
  if (output === undefined) throw failures.optionMissing('nothing says where the files go', 'output');
  if (singleFile === true && output.writeAt === undefined && !('open' in output))
    throw failures.optionInvalid("this sink can't take single files", 'singleFile');
  if ((journal || resume) && output.store === undefined)
    throw failures.optionInvalid('this sink keeps nothing that a job could resume from', resume ? 'resume' : 'journal');
  return checked;
}

/** The inputs as a list: what can be none is refused. */
export function inputsOf(input: Input | readonly Input[]): readonly Input[] {
  const inputs: readonly unknown[] = Array.isArray(input) ? input : input === undefined ? [] : [input];
  if (inputs.length === 0) throw failures.optionMissing('no input is given', 'input');
  const isInput = (one: unknown): boolean =>
    typeof one === 'string' ||
    one instanceof Blob ||
    one instanceof Uint8Array ||
    (has(one, 'read') &&
      typeof (one as { size?: unknown }).size === 'number' &&
      typeof (one as { name?: unknown }).name === 'string');
  for (const [index, one] of inputs.entries())
    if (!isInput(one))
      throw failures.optionInvalid(
        'input {number} is no File, Blob, bytes (Uint8Array), path or object with a name, a size and read()',
        'input',
        { number: index + 1 },
      );
  return inputs as readonly Input[];
}

/** What a verification compares with; refuses what can't be verified. */
export function sourcesOf(options: VerifyOptions): readonly Input[] {
  if (!has((options as VerifyOptions | undefined)?.files, 'list', 'size', 'read'))
    throw failures.optionMissing('nothing says which files are verified: filesOf() makes them', 'files');
  const { source = [] } = options;
  return Array.isArray(source) && source.length === 0 ? [] : inputsOf(source);
}

/** Bytes that a caller's `read()` gives, or promises; anything else is refused. */
export async function bytesRead(name: string, given: unknown): Promise<Uint8Array> {
  const bytes = await given;
  if (bytes instanceof Uint8Array) return bytes;
  throw failure('INPUT_READ_FAILED', message("its read() doesn't give bytes (a Uint8Array)"), { input: name });
}
