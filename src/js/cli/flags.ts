/** Flags: what is typed, by a command's flags, and the options that it makes. */

import { type ParseArgsConfig, parseArgs } from 'node:util';
import { failures, TabpackError } from '../api/errors';
import type { Command, Flag, OwnFlag } from '../generated/flags';
import type { KeyFlag } from '../generated/key-services';
import { core } from '../host/node-core';
import { nearest } from '../wasm/tabpack.js';

/** Flags that have to do with key servers and no field of one. */
export type ServerFlag = 'key-server' | 'credentials' | 'kms-token-env' | 'delivery-certificate' | 'delivery-key';

/** The flags that the program reads by itself. */
export type Name = OwnFlag | KeyFlag | ServerFlag;

type Values = Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;

/** What was typed behind a command. */
export class Typed {
  /** The words that are no flags. */
  readonly words: readonly string[];
  readonly command: Command;
  readonly #values: Values;

  constructor(command: Command, values: Values, words: readonly string[]) {
    this.command = command;
    this.#values = values;
    this.words = words;
  }

  /** The value of a flag. */
  text(name: Name): string | undefined {
    const value = this.#values[name];
    return typeof value === 'string' ? value : undefined;
  }

  /** The values of a flag that may be repeated. */
  texts(name: Name): readonly string[] | undefined {
    const value = this.#values[name];
    return Array.isArray(value) ? value.map(String) : undefined;
  }

  /** Whether a flag without a value is there. */
  is(name: Name): boolean {
    return this.#values[name] === true;
  }

  /** The options that flags set, for the core to check. */
  options(): Record<string, unknown> {
    const options: Record<string, unknown> = {};
    for (const flag of this.command.flags) {
      const given = this.#values[flag.name];
      if (given !== undefined) set(options, flag, Array.isArray(given) ? given.map(String) : String(given));
    }
    return options;
  }
}

/** Reads what is typed behind the name of a command. */
export async function read(words: readonly string[], command: Command, all: readonly Command[]): Promise<Typed> {
  const options = accepted(command.flags);
  const { tokens } = parseArgs({ args: [...words], options, allowPositionals: true, strict: false, tokens: true });
  for (const token of tokens)
    if (token.kind === 'option' && !Object.hasOwn(options, token.name))
      throw await unknown(token.rawName, command, all);
  try {
    const { values, positionals } = parseArgs({ args: [...words], options, allowPositionals: true, strict: true });
    return new Typed(command, values, positionals);
  } catch (error) {
    // The platform's message names the option; it never repeats a value.
    const reason = error instanceof Error ? (error.message.split('. ')[0] ?? '') : String(error);
    const missing = reason.includes('argument missing');
    throw (missing ? failures.optionMissing : failures.optionInvalid)('{reason}', 'command line', { reason });
  }
}

/** Where the name of the command stands among the words; -1 if there is none. */
export function commandAt(words: readonly string[], all: readonly Command[]): number {
  const options = accepted(all.flatMap(({ flags }) => flags));
  const { tokens } = parseArgs({ args: [...words], options, allowPositionals: true, strict: false, tokens: true });
  return tokens.find((token) => token.kind === 'positional')?.index ?? -1;
}

/** Errors name options as the package has them: here by their flags. */
export function flagOf(option: string, command: Command): string {
  const found = flagsOf(option, command);
  return found.length === 0 ? option : found.map(({ name }) => `--${name}`).join(', ');
}

function flagsOf(option: string, { flags }: Command): readonly Flag[] {
  const path = option.replace(/\[\d+\]/g, '').split('.');
  const reached = (names: readonly string[]): number =>
    names.every((name, index) => name === path[index]) ? names.length : 0;
  const reach = (flag: Flag): number => Math.max(reached(flag.path), ...(flag.also ?? []).map(reached));
  const longest = Math.max(...flags.map(reach));
  return flags.filter((flag) => longest > 0 && reach(flag) === longest);
}

/** An error with flags where it names options: its place, and those that it says the option goes with or against. */
export function inFlags({ place, parameters, ...error }: TabpackError, command: Command): TabpackError {
  const { option = '' } = place;
  const { options } = parameters;
  const beside = typeof options === 'string' ? { options: besideOf(options, option, command) } : {};
  return new TabpackError({
    ...error,
    parameters: { ...parameters, ...beside },
    place: { ...place, option: flagOf(option, command) },
  });
}

/** `hlsFormat: ts | targets: hls` of the core, in flags: `--hls-format ts | --hls`. They are beside the option. */
function besideOf(options: string, option: string, command: Command): string {
  const above = option.slice(0, option.lastIndexOf('.') + 1);
  let flags: readonly Flag[] = [];
  const said = options.split(' | ').map((part) => {
    const [name, word] = part.includes(': ') ? part.split(': ') : [undefined, part];
    const bare = name ?? (flagsOf(above + part, command).length > 0 ? part : undefined);
    if (bare !== undefined) flags = flagsOf(above + bare, command);
    if (flags.length === 0 || (name === undefined && bare !== undefined)) return flagOf(above + part, command);
    const ofWord = flags.find(({ as, name: flag }) => as === 'item' && flag === word);
    if (ofWord !== undefined) return `--${ofWord.name}`;
    const [first] = flags;
    // A flag that turns off is all that it says.
    if (first?.as === 'true' || first?.as === 'false') return `--${first.name}`;
    return name === undefined ? word : `${flags.map((flag) => `--${flag.name}`).join(', ')} ${word}`;
  });
  return said.join(' | ');
}

function accepted(flags: readonly Flag[]): NonNullable<ParseArgsConfig['options']> {
  return Object.fromEntries(
    flags.map(({ name, short, value, as }) => [
      name,
      {
        type: value === undefined ? ('boolean' as const) : ('string' as const),
        ...(short === undefined ? {} : { short }),
        ...(['texts', 'owns', 'list', 'numbers', 'members'].includes(as) ? { multiple: true } : {}),
      },
    ]),
  );
}

async function unknown(flag: string, command: Command, all: readonly Command[]): Promise<Error> {
  const others = all.filter(({ flags }) =>
    flags.some(({ name, short }) => flag === `--${name}` || flag === `-${short}`),
  );
  const said = { command: command.name, flag };
  if (others.length > 0)
    return failures.optionInvalid('tabpack {command} has no {flag}, which belongs to tabpack {others}', flag, {
      ...said,
      others: others.map(({ name }) => name).join(', '),
    });
  await core();
  const known = command.flags.map(({ name }) => `--${name}`);
  const meant = flag.startsWith('--') ? nearest(flag, known) : undefined;
  return meant === undefined
    ? failures.optionInvalid('tabpack {command} has no {flag}', flag, said)
    : failures.optionInvalid('tabpack {command} has no {flag}; did you mean {meant}?', flag, { ...said, meant });
}

type Tree = Record<string, unknown>;

/** Sets the option of a flag; those that the program reads by itself are left out. */
function set(options: Tree, flag: Flag, given: string | readonly string[]): void {
  const [last = '', ...above] = [...flag.path].reverse();
  const inner = (): Tree => above.reverse().reduce((tree, name) => child(tree, name), options);
  const texts = (): string[] => [given].flat().flatMap((text) => text.split(',').map((word) => word.trim()));
  switch (flag.as) {
    case 'own':
    case 'owns':
      return;
    case 'true':
    case 'false':
      inner()[last] = flag.as === 'true';
      return;
    case 'item': {
      const tree = inner();
      tree[last] = [...((tree[last] as unknown[] | undefined) ?? []), flag.name];
      return;
    }
    case 'number':
      inner()[last] = number(String(given), flag);
      return;
    case 'numbers':
      inner()[last] = texts().map((text) => number(text, flag));
      return;
    case 'list':
      inner()[last] = texts();
      return;
    case 'members': {
      const tree = child(inner(), last);
      for (const name of texts()) {
        // `__proto__` would be no member of its own.
        if (name === '' || name === '__proto__')
          throw failures.optionInvalid('{name:?} is not known', `--${flag.name}`, { name });
        child(tree, name);
      }
      return;
    }
    case 'text':
    case 'texts':
      inner()[last] = given;
  }
}

/** The object of this name in another; it is made if there is none. */
function child(tree: Tree, name: string): Tree {
  const found = Object.hasOwn(tree, name) ? (tree[name] as Tree) : {};
  tree[name] = found;
  return found;
}

function number(text: string, { name }: Flag): number {
  if (!/^-?\d+(\.\d+)?$/.test(text)) throw failures.optionInvalid('{text:?} is not a number', `--${name}`, { text });
  return Number(text);
}
