import shaka from 'shaka-player/dist/shaka-player.compiled-es2021.js';
import { message } from '../lib/format';
import { LicenseRefusal } from './license';

/** What the codes that this player meets mean, by Shaka Player's code (its `lib/util/error.js`). */
const WORDS: Readonly<Record<number, (data: readonly unknown[]) => string>> = {
  1000: ([uri]) =>
    `The key’s URI in the playlist, ${shown(uri)}, can’t be fetched: players have no use for its scheme. A key has to be given`,
  1001: ([uri, status, text]) =>
    isOwn(uri)
      ? shown(text).trim().replace(/\.$/, '')
      : `The address ${shown(uri)} answered ${shown(status)}${isKeyUri(uri) ? '; the key can’t be fetched from there' : ''}`,
  1002: ([uri]) => `The address ${shown(uri)} can’t be reached`,
  3014: () => 'The browser refused a media segment',
  3015: () => 'The browser refused a media segment',
  3016: ([, , detail]) =>
    `The browser’s decoder gave up${detail ? `: ${shown(detail)}` : ''}. With encrypted media that is what a wrong key leads to`,
  4012: ([info]) => restriction(info),
  4032: () => 'This browser can’t play the codecs of this output',
  4036: () => 'This browser can play none of the variants',
  4040: () => 'Encrypted MPEG-2 TS can’t be played by Media Source Extensions; play the fMP4 output instead',
  6000: () => 'The manifest names no key system that this browser has',
  6001: () =>
    'This browser has none of the key systems that the manifest names, or not for these codecs and this scheme',
  6003: () => 'The key system couldn’t be attached to the video element',
  6007: ([inner]) => `The license request failed${inner instanceof shaka.util.Error ? `: ${innerWords(inner)}` : ''}`,
  6008: () => 'The key system found no usable key in what the manifest leads to',
  6010: () => 'The media is encrypted and no key system was set up for it',
  6012: () => 'The stream is encrypted, no key was given, and its manifest names no license server',
  6020: () => 'This browser has no Encrypted Media Extensions here: they need a secure address (https, or localhost)',
};

/** Why playing failed, as a sentence with Shaka Player's code at its end. */
export function reason(error: unknown): string {
  const refusal = refusalIn(error);
  if (refusal !== null) return message(refusal);
  if (!(error instanceof shaka.util.Error)) return message(error);
  const code = Number(error.code);
  const data: readonly unknown[] = Array.isArray(error.data) ? error.data : [];
  const name = codeName(code);
  const words = WORDS[code]?.(data) ?? 'The player gave up';
  return `${words} (Shaka Player ${code}${name ? `, ${name}` : ''}).`;
}

/** The words of the network's error that a failed license request wraps. */
function innerWords(error: shaka.util.Error): string {
  const words = WORDS[Number(error.code)]?.(Array.isArray(error.data) ? error.data : []);
  return words === undefined ? `code ${error.code}` : words.charAt(0).toLowerCase() + words.slice(1);
}

/** A license server's own words, wherever the player wrapped them. */
function refusalIn(error: unknown): LicenseRefusal | null {
  if (error instanceof LicenseRefusal) return error;
  if (!(error instanceof shaka.util.Error) || !Array.isArray(error.data)) return null;
  return error.data.map(refusalIn).find((found) => found !== null) ?? null;
}

/** Whether the error only says that something was stopped on purpose. */
export function isInterruption(error: unknown): boolean {
  if (!(error instanceof shaka.util.Error)) return false;
  const { LOAD_INTERRUPTED, OPERATION_ABORTED, OBJECT_DESTROYED } = shaka.util.Error.Code;
  return [LOAD_INTERRUPTED, OPERATION_ABORTED, OBJECT_DESTROYED].includes(error.code as shaka.util.Error.Code);
}

function codeName(code: number): string {
  return Object.entries(shaka.util.Error.Code).find(([, value]) => Number(value) === code)?.[0] ?? '';
}

function restriction(info: unknown): string {
  const missing = typeof info === 'object' && info !== null && 'missingKeys' in info ? info.missingKeys : [];
  return Array.isArray(missing) && missing.length > 0
    ? `There is no key for key id ${missing.join(', ')}`
    : 'No variant may be played';
}

function isKeyUri(uri: unknown): boolean {
  return typeof uri === 'string' && !/\.(mpd|m3u8|mp4|m4s|ts)(\?|$)/.test(uri);
}

/** Whether the service worker answered, in words of its own. */
function isOwn(uri: unknown): boolean {
  return (
    typeof uri === 'string' &&
    (['out', '__preview'] as const).some((from) => uri.startsWith(new URL(`${from}/`, document.baseURI).href))
  );
}

function shown(value: unknown): string {
  const text = String(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
