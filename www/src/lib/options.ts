import type { PackageOptions } from 'tabpack';
import { OPTIONS, type OptionInfo, type OptionName, withoutIdle } from 'tabpack/options';
import { type KeyServerForm, keyServerForm } from './key-server';
import { Store } from './store';

/** What the page itself gives to each job. */
type PerJob = 'output' | 'keyServer' | 'tracks' | 'resume' | 'signal' | 'onPlan' | 'onProgress' | 'onLog';

/** What is chosen: options of the package by their names. What isn't there is left to its default. */
export type JobOptions = Omit<PackageOptions, PerJob | 'thumbnails'> & {
  /** The page draws them for each job. */
  thumbnails?: 'drawn';
};

/** What the options panel shows. In memory only: it may hold keys. */
export const options = new Store<JobOptions>({});

/** The options that pages offer, in their order. */
export const OFFERED: readonly OptionInfo<OptionName>[] = OPTIONS.filter(({ label }) => label !== '');

/** Chooses a value of an option; what is `undefined` or the default is as if it weren't chosen. */
export function setOption(name: OptionName, value: unknown): void {
  options.value = withMember(options.value, name, value, OPTIONS);
}

/** An object of options with another value of one. */
export function withMember<T extends object>(object: T, name: string, value: unknown, known: readonly OptionInfo[]): T {
  const info = known.find((one) => one.name === name);
  const others = Object.entries(object).filter(([other]) => other !== name);
  const isUsual = value === undefined || (info !== undefined && JSON.stringify(value) === JSON.stringify(info.default));
  return Object.fromEntries(isUsual ? others : [...others, [name, value]]) as T;
}

/** Leaves everything that `names` says to its default. */
export function resetOptions(names: readonly OptionName[]): void {
  for (const name of names) setOption(name, undefined);
}

/** What a job is told of what is chosen: all that does something. */
export function chosenOptions(): JobOptions {
  const { key = '', ...others } = options.value;
  const chosen = { ...others, ...(key.trim() === '' ? {} : { key: key.trim() }) };
  const { keyServer: _, ...told } = withoutIdle(givenOptions(chosen, keyServerForm.value));
  return told;
}

/** What is chosen of options, and whether a key server is. */
export function givenOptions(
  chosen: JobOptions,
  { service }: KeyServerForm,
): JobOptions & { readonly keyServer?: string } {
  return service === '' ? chosen : { ...chosen, keyServer: service };
}

/** The targets that are chosen, be it by default. */
export function targetsOf({ targets }: JobOptions): NonNullable<JobOptions['targets']> {
  return targets ?? (OPTIONS.find(({ name }) => name === 'targets')?.default as NonNullable<JobOptions['targets']>);
}
