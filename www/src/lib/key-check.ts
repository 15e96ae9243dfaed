import type { KeyInfo } from 'tabpack';
import { core } from './core';
import { message } from './format';
import { Store } from './store';

/** What is known about the text in a key field. */
export type KeyState =
  | { readonly is: 'empty' }
  | { readonly is: 'reading' }
  | { readonly is: 'valid'; readonly info: KeyInfo }
  | { readonly is: 'invalid'; readonly problem: string };

/** The state of the packager page's key field. */
export const keyState = new Store<KeyState>({ is: 'empty' });

/** Reads `KID:KEY` in any notation. Never throws: what is wrong is part of the answer. */
export async function readKey(text: string): Promise<KeyState> {
  if (text.trim() === '') return { is: 'empty' };
  try {
    return { is: 'valid', info: await (await core()).describeKey(text.trim()) };
  } catch (error) {
    return { is: 'invalid', problem: message(error) };
  }
}

/** What is known about the text in a field of several keys. */
export type KeysState =
  | { readonly is: 'empty' }
  | { readonly is: 'valid'; readonly infos: readonly KeyInfo[] }
  | { readonly is: 'invalid'; readonly problem: string };

/** Reads any number of `KID:KEY`, with blanks or commas between. Never throws, likewise. */
export async function readKeys(text: string): Promise<KeysState> {
  const states = await Promise.all(
    text
      .split(/[\s,]+/)
      .filter(Boolean)
      .map(readKey),
  );
  const wrong = states.find((state) => state.is === 'invalid');
  if (wrong?.is === 'invalid') return wrong;
  const infos = states.flatMap((state) => (state.is === 'valid' ? [state.info] : []));
  return infos.length === 0 ? { is: 'empty' } : { is: 'valid', infos };
}

let latest = 0;

/** Reads the key field's text into `keyState`, and answers whether a job may start with it. */
export async function checkKey(text: string): Promise<boolean> {
  const mine = ++latest;
  keyState.value = text.trim() === '' ? { is: 'empty' } : { is: 'reading' };
  const state = await readKey(text);
  // Typing went on meanwhile: a later reading has the word.
  if (mine === latest) keyState.value = state;
  return state.is !== 'invalid';
}
