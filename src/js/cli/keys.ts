/** The command line's flags for key servers. Secrets come from files or the environment: arguments are seen by every process. */

import { readFile, stat } from 'node:fs/promises';
import { env, platform } from 'node:process';

import { failures } from '../api/errors';
import type { Flag } from '../generated/flags';
import type { KeyFlag } from '../generated/key-services';
import {
  importDeliveryKey,
  KEY_HOST_SETTINGS,
  KEY_SERVICES,
  KEY_SETTINGS,
  type KeyField,
  type KeyServer,
} from '../host/node';
import type { Name, ServerFlag, Typed } from './flags';

/** The settings that go with every service. */
const SETTINGS: readonly KeyField[] = [...KEY_SETTINGS, ...KEY_HOST_SETTINGS];

const FIELDS: readonly KeyField[] = [...KEY_SERVICES.flatMap(({ fields }) => fields), ...SETTINGS];

/** The fields that have a flag, each once. */
const FLAGGED = FIELDS.filter(
  ({ flag }, index) => flag !== undefined && FIELDS.findIndex((other) => other.flag === flag) === index,
);

/** Those that come from the file of credentials, each name once. */
const CREDENTIALS = [...KEY_SERVICES.flatMap(({ fields }) => fields), ...KEY_SETTINGS.filter(({ secret }) => secret)]
  .filter(({ flag }) => flag === undefined)
  .filter(({ name }, index, all) => all.findIndex((other) => other.name === name) === index);

const serverFlag = (name: ServerFlag, value: string, said: string, ...options: readonly string[][]): Flag => ({
  name,
  value,
  path: ['keyServer', ...(options[0] ?? [])],
  also: options.slice(1).map((option) => ['keyServer', ...option]),
  as: 'own',
  group: 'Keys from a key server',
  help: [said],
});

/** The flags of `package` that have to do with key servers: their fields are in the table of services. */
export const KEY_FLAGS: readonly Flag[] = [
  serverFlag('key-server', 'KIND', KEY_SERVICES.map(({ name }) => name).join(', '), [], ['service']),
  serverFlag(
    'credentials',
    'FILE',
    `JSON with what the server wants of ${CREDENTIALS.map(({ name }) => name).join(', ')}; readable by you alone`,
    ...CREDENTIALS.map(({ name, within }) => (within === undefined ? [name] : [within, name])),
  ),
  serverFlag('kms-token-env', 'NAME', 'take the token from this environment variable', ['token']),
  ...FLAGGED.map(
    (field): Flag => ({
      name: field.flag ?? '',
      value: formOf(field),
      path: ['keyServer', ...(field.within === undefined ? [] : [field.within]), field.name],
      as: 'own',
      group: 'Keys from a key server',
      help: [saidOf(field)],
    }),
  ),
  serverFlag('delivery-certificate', 'FILE', 'PEM: have the keys encrypted for this certificate', ['certificate']),
  serverFlag('delivery-key', 'FILE', 'PEM: the key that opens them', ['deliveryKey']),
];

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

/** The key server that flags describe; `undefined` for none. */
export async function keyServerOf(typed: Typed): Promise<KeyServer | undefined> {
  const given = KEY_FLAGS.map(({ name }) => name as Name).filter((name) => typed.text(name) !== undefined);
  const service = typed.text('key-server');
  if (service === undefined) {
    const stray = given.find((name) => name !== 'content-id');
    if (stray !== undefined)
      throw failures.optionMissing('--{option} goes with --key-server', '--key-server', { option: stray });
    return undefined;
  }
  const info = KEY_SERVICES.find(({ name }) => name === service);
  const fields = [...(info?.fields ?? []), ...SETTINGS];
  const stray = FLAGGED.find(
    ({ flag = '' }) => given.includes(flag as KeyFlag) && !fields.some((field) => field.flag === flag),
  );
  if (info !== undefined && stray !== undefined)
    throw failures.optionInvalid('{service} does not take --{option}', `--${stray.flag}`, {
      service: info.title,
      option: stray.flag ?? '',
    });
  const server = {
    service,
    ...(await settingsOf(fields, typed)),
    deliveryKey: await deliveryKeyOf(typed),
  };
  // What is wrong with it, the core says.
  return Object.fromEntries(Object.entries(server).filter(([, value]) => value !== undefined)) as unknown as KeyServer;
}

/** The fields by their names, from flags and the file of credentials. */
async function settingsOf(fields: readonly KeyField[], typed: Typed): Promise<Record<string, unknown>> {
  const file = typed.text('credentials');
  const credentials = file === undefined ? {} : await readCredentials(file);
  const tokenName = typed.text('kms-token-env');
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
    const text = flag === undefined ? credentials[name] : typed.text(flag as KeyFlag);
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

async function deliveryKeyOf(typed: Typed): Promise<KeyServer['deliveryKey']> {
  const certificate = typed.text('delivery-certificate');
  const key = typed.text('delivery-key');
  if (certificate === undefined && key === undefined) return undefined;
  if (certificate === undefined || key === undefined)
    throw failures.optionMissing('--delivery-certificate and --delivery-key go together', '--delivery-key');
  return importDeliveryKey(await read(certificate), await read(key));
}

async function readCredentials(path: string): Promise<Record<string, string>> {
  let parsed: unknown;
  try {
    const text = await read(path);
    // Where a file has no such rights, as on Windows, nothing is known of its readers.
    if (platform !== 'win32' && ((await stat(path)).mode & 0o077) !== 0)
      throw failures.optionInvalid('others can read {path}: take their rights away, as by chmod 600', '--credentials', {
        path,
      });
    parsed = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw failures.optionInvalid("{path} isn't JSON", '--credentials', { path }); // its own words repeat the text
    throw error;
  }
  const entries = typeof parsed === 'object' && parsed !== null ? Object.entries(parsed) : [];
  const wrong = entries.find(
    ([name, value]) => !CREDENTIALS.some((known) => known.name === name) || typeof value !== 'string',
  );
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
