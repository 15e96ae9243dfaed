/** The command line's options for key servers. Secrets come from files or the environment: arguments are seen by every process. */

import { readFile } from 'node:fs/promises';
import { env } from 'node:process';

import { failures } from '../api/errors';
import type { KeyFlag } from '../generated/key-services';
import { importDeliveryKey, KEY_SERVICES, KEY_SETTINGS, type KeyField, type KeyServer } from '../host/node';
import { helpOf } from './help';

const FIELDS: readonly KeyField[] = [...KEY_SERVICES.flatMap(({ fields }) => fields), ...KEY_SETTINGS];

/** The fields that have a flag, each once. */
const FLAGGED = FIELDS.filter(
  ({ flag }, index) => flag !== undefined && FIELDS.findIndex((other) => other.flag === flag) === index,
);

/** The names of those that come from the file of credentials. */
const CREDENTIALS = [
  ...new Set(
    [...KEY_SERVICES.flatMap(({ fields }) => fields), ...KEY_SETTINGS.filter(({ secret }) => secret)]
      .filter(({ flag }) => flag === undefined)
      .map(({ name }) => name),
  ),
];

/** For `parseArgs`. */
export const KEY_OPTIONS = {
  'key-server': { type: 'string' },
  'key-server-timeout': { type: 'string' },
  credentials: { type: 'string' },
  'kms-token-env': { type: 'string' },
  'delivery-certificate': { type: 'string' },
  'delivery-key': { type: 'string' },
  ...(Object.fromEntries(FLAGGED.map(({ flag }) => [flag, { type: 'string' }])) as Record<KeyFlag, { type: 'string' }>),
} as const;

/** For the usage. */
export const KEY_USAGE = `
Keys from a key server:
${helpOf([
  ['key-server KIND', `${KEY_SERVICES.map(({ name }) => name).join(', ')}`],
  ['credentials FILE', `JSON with what the server wants of ${CREDENTIALS.join(', ')}; readable by you alone`],
  ['kms-token-env NAME', 'take the token from this environment variable'],
  ...FLAGGED.map((field): [string, string] => [`${field.flag} ${formOf(field)}`, saidOf(field)]),
  ['delivery-certificate FILE', 'PEM: have the keys encrypted for this certificate'],
  ['delivery-key FILE', 'PEM: the key that opens them'],
  ['key-server-timeout S', 'seconds in all, retries included (default: 30)'],
])}Without --key-server, --content-id is the id in the data of DRM systems.
`;

/** What stands for the value of a flag. */
function formOf({ kind, choices = [] }: KeyField): string {
  if (kind === 'choice') return choices.length > 3 ? 'NAME' : choices.join('|');
  return { text: 'TEXT', document: 'FILE', number: 'N', list: 'LIST' }[kind];
}

function saidOf({ help, kind, choices = [], default: usual }: KeyField): string {
  const of = kind === 'choice' && choices.length > 3 ? `: ${choices.join(', ')}` : '';
  // The address has a default for each service.
  return `${help.replace(/\.$/, '')}${of}${usual === undefined || /^https?:/.test(usual) ? '' : ` (default: ${usual})`}`;
}

/** What `parseArgs` gives for {@link KEY_OPTIONS}. */
export type KeyValues = { readonly [K in keyof typeof KEY_OPTIONS]?: string | undefined };

/** The key server that the options describe; `undefined` for none. */
export async function keyServerOf(values: KeyValues): Promise<KeyServer | undefined> {
  const given = Object.keys(KEY_OPTIONS).filter((name) => values[name as keyof KeyValues] !== undefined);
  const service = values['key-server'];
  if (service === undefined) {
    const stray = given.find((name) => name !== 'content-id');
    if (stray !== undefined)
      throw failures.optionMissing('--{option} goes with --key-server', '--key-server', { option: stray });
    return undefined;
  }
  const info = KEY_SERVICES.find(({ name }) => name === service);
  const fields = [...(info?.fields ?? []), ...KEY_SETTINGS];
  const stray = FLAGGED.find(({ flag = '' }) => given.includes(flag) && !fields.some((field) => field.flag === flag));
  if (info !== undefined && stray !== undefined)
    throw failures.optionInvalid('{service} does not take --{option}', `--${stray.flag}`, {
      service: info.title,
      option: stray.flag ?? '',
    });
  const server = {
    service,
    ...(await settingsOf(fields, values)),
    timeout: whole(values['key-server-timeout'], '--key-server-timeout'),
    deliveryKey: await deliveryKeyOf(values),
  };
  // What is wrong with it, the core says.
  return Object.fromEntries(Object.entries(server).filter(([, value]) => value !== undefined)) as unknown as KeyServer;
}

/** The fields by their names, from flags and the file of credentials. */
async function settingsOf(fields: readonly KeyField[], values: KeyValues): Promise<Record<string, unknown>> {
  const credentials = values.credentials === undefined ? {} : await readCredentials(values.credentials);
  const tokenName = values['kms-token-env'];
  if (tokenName !== undefined) {
    const token = env[tokenName];
    if (token === undefined || token === '')
      throw failures.optionMissing('the environment variable {name} is not set', '--kms-token-env', {
        name: tokenName,
      });
    credentials.token = token;
  }
  const settings: Record<string, unknown> = {};
  const groups: Record<string, Record<string, unknown>> = {};
  for (const field of fields) {
    const { name, within, flag } = field;
    const text = flag === undefined ? credentials[name] : values[flag as KeyFlag];
    if (text === undefined) continue;
    const value = await settingOf(field, text);
    if (within === undefined) settings[name] = value;
    else groups[within] = { ...groups[within], [name]: value };
    // A group is asked for by one of its flags, not by what a file of credentials has besides.
    if (within !== undefined && flag !== undefined) settings[within] = {};
  }
  for (const within of Object.keys(groups)) if (within in settings) settings[within] = groups[within];
  return settings;
}

async function settingOf({ kind, flag }: KeyField, text: string): Promise<unknown> {
  if (kind === 'document' && flag !== undefined) return read(text);
  if (kind === 'number') return whole(text, `--${flag}`);
  if (kind !== 'list') return text;
  return text
    .split(',')
    .map((word) => word.trim())
    .filter(Boolean);
}

async function deliveryKeyOf(values: KeyValues): Promise<KeyServer['deliveryKey']> {
  const certificate = values['delivery-certificate'];
  const key = values['delivery-key'];
  if (certificate === undefined && key === undefined) return undefined;
  if (certificate === undefined || key === undefined)
    throw failures.optionMissing('--delivery-certificate and --delivery-key go together', '--delivery-key');
  return importDeliveryKey(await read(certificate), await read(key));
}

async function readCredentials(path: string): Promise<Record<string, string>> {
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
  return Object.fromEntries(entries) as Record<string, string>;
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
