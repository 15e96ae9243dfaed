/** What is said to a person: a template in English and its parameters, so that a page can say it in another language. */

import { PLACES } from '../generated/codes';

/** A parameter: words or a number that are the same in every language, or messages. */
export type Parameter = string | readonly Message[];

/** One sentence without the full stop. */
export interface Message {
  /** The sentence in English. */
  readonly message: string;
  /** The same with placeholders `{name}`, and `{name:?}` for what is put into quotes: its name in a {@link Catalogue}. */
  readonly template: string;
  /** What is put into the placeholders. */
  readonly parameters: Readonly<Record<string, Parameter>>;
}

/**
 * Translations: from a template, or from advice, to the same in another language. A translated template may name the
 * parameters in another order.
 */
export type Catalogue = Readonly<Record<string, string>>;

type Name<T> = T extends `${infer N}:?` ? N : T;
type Names<T> = T extends `${string}{${infer N}}${infer Rest}` ? Name<N> | Names<Rest> : never;

/** A template that is written where it is used, not put together. */
export type Literal<T extends string> = string extends T ? never : T;

/** The parameters that a template names; none for one without placeholders. */
export type Given<T extends string> = [Names<T>] extends [never]
  ? []
  : [parameters: Readonly<Record<Names<T>, string | number | readonly Message[]>>];

/** Makes a message. No parameter ever holds a key or a credential. */
export function message<T extends string>(template: Literal<T>, ...[given]: Given<T>): Message {
  const entries = Object.entries<string | number | readonly Message[]>(given ?? {});
  const parameters = Object.fromEntries(
    entries.map(([name, value]) => [name, typeof value === 'number' ? String(value) : value]),
  );
  return { message: fill(template, parameters), template, parameters };
}

/** Fills a template's placeholders; what it names that isn't among the parameters stays as it is. */
export function fill(template: string, parameters: Message['parameters'], catalogue: Catalogue = {}): string {
  return (catalogue[template] ?? template).replace(/\{(\w+)(:\?)?\}/g, (whole, name: string, quoted?: string) => {
    const value = parameters[name];
    if (value === undefined) return whole;
    const text = typeof value === 'string' ? value : value.map((inner) => say(inner, catalogue)).join('; ');
    return quoted === undefined ? text : JSON.stringify(text);
  });
}

/** The sentence, in the catalogue's language as far as it knows it. */
export function say(said: Pick<Message, 'template' | 'parameters'>, catalogue?: Catalogue): string {
  return fill(said.template, said.parameters, catalogue);
}

/** Where an error happened: whatever of it is known. */
export interface ErrorPlace {
  /** The input's name. */
  readonly input?: string;
  /** The path of boxes, as in `moov/trak/mdia/mdhd`. */
  readonly boxes?: string;
  /** The byte offset in the input. */
  readonly offset?: number;
  /** The option that is at fault. */
  readonly option?: string;
}

/** A place in words, in parentheses after a space; empty where nothing is known. */
export function placeWords(
  place: Readonly<Partial<Record<(typeof PLACES)[number][0], string | number | null>>>,
  catalogue?: Catalogue,
): string {
  const known = PLACES.flatMap(([name, words]) => {
    const value = place[name];
    return value === undefined || value === null ? [] : [fill(words, { [name]: String(value) }, catalogue)];
  });
  return known.length === 0 ? '' : ` (${known.join(', ')})`;
}
