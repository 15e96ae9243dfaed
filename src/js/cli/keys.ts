/** The command line's options for key servers. Secrets come from files or the environment: arguments are seen by every process. */

import { readFile } from 'node:fs/promises';
import { env } from 'node:process';

import { failures } from '../api/errors';
import { importDeliveryKey, type KeyServer, type KeyService } from '../host/node';

/** For `parseArgs`. */
export const KEY_OPTIONS = {
  'key-server': { type: 'string' },
  'key-server-url': { type: 'string' },
  'key-server-version': { type: 'string' },
  'key-server-timeout': { type: 'string' },
  credentials: { type: 'string' },
  'kms-token-env': { type: 'string' },
  'content-id': { type: 'string' },
  'cid-page': { type: 'string' },
  'cid-page-form': { type: 'string' },
  tracks: { type: 'string' },
  'video-preset': { type: 'string' },
  'audio-preset': { type: 'string' },
  systems: { type: 'string' },
  periods: { type: 'string' },
  'first-period': { type: 'string' },
  'cpix-file': { type: 'string' },
  'delivery-certificate': { type: 'string' },
  'delivery-key': { type: 'string' },
} as const;

/** For the usage. */
export const KEY_USAGE = `
Keys from a key server:
      --key-server KIND     doverunner, speke, speke2, widevine, axinom, ezdrm, keyos, or cpix (a file)
      --key-server-url URL  its address, where it isn't the published one
      --credentials FILE    JSON with what the server wants of token, user, password, keyId, signer,
                            signingKey, signingIv, siteKey; readable by you alone
      --kms-token-env NAME  take the token from this environment variable
      --content-id ID       the content id; {name}, {index} and {date} are filled in.
                            Without a key server: the id in the data of DRM systems
      --cid-page URL        ask this page for the content id (siteKey in the credentials)
      --cid-page-form FORM  json (the default) or xml
      --tracks LIST         a key for each of SD,HD,UHD1,UHD2,AUDIO (default: one for all)
      --video-preset NAME   SPEKE 2: PRESET_VIDEO_1 … in place of --tracks; likewise --audio-preset.
                            Tracks of the one that isn't given stay clear
      --systems LIST        widevine,playready,fairplay,wiseplay,hls-ncg-aes,hls-ncg-sample-aes or UUIDs
      --periods N           keys for N crypto periods, with --crypto-period; --first-period M
      --cpix-file FILE      the CPIX document for --key-server cpix
      --delivery-certificate FILE, --delivery-key FILE
                            PEM: have the keys encrypted for this certificate
      --key-server-version 2.0|2.1   SPEKE 2's version
      --key-server-timeout S         seconds in all, retries included (default: 30)
`;

/** What `parseArgs` gives for {@link KEY_OPTIONS}. */
export type KeyValues = { readonly [K in keyof typeof KEY_OPTIONS]?: string | undefined };

/** The key server that the options describe; `undefined` for none. */
export async function keyServerOf(values: KeyValues): Promise<KeyServer | undefined> {
  const service = values['key-server'];
  if (service === undefined) {
    const stray = Object.keys(KEY_OPTIONS).find(
      (name) => name !== 'content-id' && values[name as keyof KeyValues] !== undefined,
    );
    if (stray !== undefined)
      throw failures.optionMissing('--{option} goes with --key-server', '--key-server', { option: stray });
    return undefined;
  }
  const { siteKey, ...credentials } =
    values.credentials === undefined ? ({} as Credentials) : await readCredentials(values.credentials);
  const tokenName = values['kms-token-env'];
  const token = tokenName === undefined ? credentials.token : env[tokenName];
  if (tokenName !== undefined && (token === undefined || token === '')) {
    throw failures.optionMissing('the environment variable {name} is not set', '--kms-token-env', { name: tokenName });
  }
  const list = (text: string | undefined): string[] | undefined =>
    text
      ?.split(',')
      .map((word) => word.trim())
      .filter(Boolean);
  const page = values['cid-page'];
  const certificate = values['delivery-certificate'];
  const key = values['delivery-key'];
  if ((certificate === undefined) !== (key === undefined)) {
    throw failures.optionMissing('--delivery-certificate and --delivery-key go together', '--delivery-key');
  }
  const server = {
    ...credentials,
    service: service as KeyService, // checked by the core
    token,
    url: values['key-server-url'],
    version: values['key-server-version'] as KeyServer['version'],
    timeout: whole(values['key-server-timeout'], '--key-server-timeout'),
    contentId: values['content-id'],
    contentIdPage:
      page === undefined
        ? undefined
        : {
            url: page,
            siteKey: siteKey ?? '',
            ...(values['cid-page-form'] === undefined ? {} : { form: values['cid-page-form'] as 'json' | 'xml' }),
          },
    tracks: list(values.tracks),
    videoPreset: values['video-preset'],
    audioPreset: values['audio-preset'],
    systems: list(values.systems),
    periods: whole(values.periods, '--periods'),
    firstPeriod: whole(values['first-period'], '--first-period'),
    document: values['cpix-file'] === undefined ? undefined : await read(values['cpix-file']),
    deliveryKey:
      certificate === undefined || key === undefined
        ? undefined
        : await importDeliveryKey(await read(certificate), await read(key)),
  };
  return Object.fromEntries(Object.entries(server).filter(([, value]) => value !== undefined)) as unknown as KeyServer;
}

type Credentials = Partial<
  Record<'token' | 'user' | 'password' | 'keyId' | 'signer' | 'signingKey' | 'signingIv' | 'siteKey', string>
>;

const CREDENTIALS = ['token', 'user', 'password', 'keyId', 'signer', 'signingKey', 'signingIv', 'siteKey'];

async function readCredentials(path: string): Promise<Credentials> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(await read(path));
  } catch (error) {
    if (error instanceof SyntaxError) throw failures.optionInvalid("{path} isn't JSON", '--credentials', { path }); // its own words repeat the text
    throw error;
  }
  const entries = typeof parsed === 'object' && parsed !== null ? Object.entries(parsed) : [];
  const wrong = entries.find(([name, value]) => !CREDENTIALS.includes(name) || typeof value !== 'string');
  if (entries.length === 0 || wrong !== undefined) {
    throw wrong === undefined
      ? failures.optionInvalid('{path} has no credentials in it', '--credentials', { path })
      : failures.optionInvalid('{path} has a member {name:?} that is unknown or not text', '--credentials', {
          path,
          name: wrong[0],
        });
  }
  return Object.fromEntries(entries) as Credentials;
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw missing
      ? failures.inputNotFound(path)
      : failures.inputReadFailed(path, error instanceof Error ? error.message : String(error));
  }
}

function whole(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw failures.optionInvalid('{text:?} is not a whole number', option, { text });
  return Number(text);
}
