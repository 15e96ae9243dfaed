/**
 * What is known of the options of a job, for whoever draws controls for them or checks a request: their names, kinds,
 * ranges and words, what they are called, and which of them do something beside others. It needs neither the core nor the
 * packager. `tabpack/options.schema.json` is the same as a JSON Schema.
 *
 * @module tabpack/options
 */

import { OPTIONS, type OptionInfo, type OptionName } from '../generated/option-table';

export { OPTIONS, type OptionInfo, type OptionName } from '../generated/option-table';

/** Options of a job by their names; values are taken as they are. */
export type GivenOptions = { readonly [name in OptionName]?: unknown };

/** An option that does nothing beside the others. */
export interface IdleOption {
  /** The option. */
  readonly option: OptionName;
  /** Whether it is given and asks for something. The packager refuses it then (`OPTION_INVALID`). */
  readonly given: boolean;
  /** `without`: it goes with one of `others`, and none is there. `beside`: one of them stands in its way. */
  readonly reason: 'without' | 'beside';
  /** The other options, each with the words of which it has to be one; none where it is enough that it is given. */
  readonly others: readonly (readonly [option: OptionName, words: readonly string[]])[];
}

const known: ReadonlyMap<OptionName, OptionInfo<OptionName>> = new Map(OPTIONS.map((info) => [info.name, info]));

/**
 * Whether an option would do nothing beside those that are given, and why; `undefined` where it does something. Options
 * that do nothing themselves count as not given.
 */
export function idleOption(name: OptionName, given: GivenOptions): IdleOption | undefined {
  return idle(name, given, []);
}

/** All options that would do nothing beside those that are given, in the order of {@link OPTIONS}. */
export function idleOptions(given: GivenOptions): readonly IdleOption[] {
  return OPTIONS.flatMap(({ name }) => idleOption(name, given) ?? []);
}

/** The same options without those that would do nothing, which the packager would refuse. */
export function withoutIdle<T extends GivenOptions>(given: T): T {
  const left = Object.entries(given).filter(([name]) => idleOption(name as OptionName, given) === undefined);
  return Object.fromEntries(left) as T;
}

/** `asked` are the options whose rules are being looked at: none is asked for the sake of itself. */
function idle(name: OptionName, given: GivenOptions, asked: readonly OptionName[]): IdleOption | undefined {
  const info = known.get(name);
  if (info === undefined) return undefined;
  const told = { option: name, given: asks(info, given[name]) };
  const counts = ([other, words]: readonly [OptionName, readonly string[]]): boolean =>
    is(other, words, given, [...asked, name]);
  const { goesWith = [], notBeside = [] } = info;
  const hindering = notBeside.filter(counts);
  if (hindering.length > 0) return { ...told, reason: 'beside', others: hindering };
  if (goesWith.length > 0 && !goesWith.some(counts)) return { ...told, reason: 'without', others: goesWith };
  return undefined;
}

/** Whether an option has one of these words, be it by default, or is given where there are none. */
function is(name: OptionName, words: readonly string[], given: GivenOptions, asked: readonly OptionName[]): boolean {
  const info = known.get(name);
  if (info === undefined) return false;
  const counts = asks(info, given[name]) && (asked.includes(name) || idle(name, given, asked) === undefined);
  if (words.length === 0) return counts;
  const value = counts ? given[name] : info.default;
  return (Array.isArray(value) ? value : [value]).some((one) => words.includes(String(one)));
}

/** Whether a value asks for something: `false`, what is empty and what is the default don't. */
function asks(info: OptionInfo, value: unknown): boolean {
  if (value === undefined || value === null || value === false) return value === false && info.default === true;
  if (Array.isArray(value)) return value.length > 0 && !isSame(value, info.default);
  if (typeof value === 'object') return Object.values(value).some((one) => one !== undefined && one !== null);
  return value !== info.default;
}

function isSame(value: readonly unknown[], other: OptionInfo['default']): boolean {
  return Array.isArray(other) && other.length === value.length && other.every((one, index) => one === value[index]);
}
