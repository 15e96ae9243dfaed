/** Keys from a key server: the core says what is asked and reads the answers, this goes between. */

import { failures } from '../api/errors';
import type { KeyServer, ServerKeys } from '../api/key-server';
import type { DrmOptions, DrmSignal, PackageOptions, Scheme, TrackKey } from '../api/types';
import { DATA_IN_SMOOTH_HEADERS, DRM_SYSTEMS, KEYS_AS_URIS } from '../generated/drm';
import { KEY_HOST_LIMITS } from '../generated/key-services';
import { DEFAULT_SCHEMES, DEFAULT_TARGETS } from '../generated/options';
import { exchange, type HttpRequest, type Send } from '../net/exchange';
import { openSealed, type Sealed } from './delivery';

const { timeout: TIMEOUT, retries: RETRIES } = KEY_HOST_LIMITS;

/** The core's part of an exchange. */
export interface CoreClient {
  request(): unknown;
  response(host: string, status: number, headers: unknown, body: Uint8Array): void;
  sealed(): unknown;
  open(keys: Uint8Array): void;
  keys(): unknown;
  free(): void;
}

/** What an exchange needs of its host. */
export interface KeyHost {
  readonly client: new (settings: object) => CoreClient;
  readonly send: Send;
  readonly signal?: AbortSignal;
}

/** Goes through the steps of one exchange. */
export async function fetchKeys(server: KeyServer, host: KeyHost): Promise<ServerKeys> {
  const { deliveryKey, proxy, timeout = TIMEOUT.default, retries = RETRIES.default, ...settings } = server;
  // Parts of a second are few, and no less time.
  if (!(timeout > 0 && timeout <= TIMEOUT.most))
    throw failures.optionInvalid('{timeout} s are not more than 0 and at most {most}', 'keyServer.timeout', {
      timeout,
      most: TIMEOUT.most,
    });
  if (!(Number.isInteger(retries) && retries >= RETRIES.least && retries <= RETRIES.most))
    throw failures.optionInvalid('{retries} is not a whole number from {least} to {most}', 'keyServer.retries', {
      retries,
      least: RETRIES.least,
      most: RETRIES.most,
    });
  const client = new host.client({
    ...withoutUndefined(settings),
    ...(deliveryKey === undefined ? {} : { certificate: deliveryKey.certificate }),
    seed: Array.from(crypto.getRandomValues(new Uint8Array(32)), (byte) => byte.toString(16).padStart(2, '0')).join(''),
  });
  let where = 'the document';
  try {
    for (;;) {
      const request = client.request() as HttpRequest | undefined;
      if (request === undefined) break;
      checkAddress(request);
      where = `the answer of ${request.host}`;
      const sent = proxy === undefined || proxy === '' ? request : { ...request, url: proxied(request.url, proxy) };
      const { status, headers, body } = await exchange(
        host.send,
        sent,
        { timeout: timeout * 1000, retries },
        host.signal,
      );
      client.response(request.host, status, headers, body);
      body.fill(0);
    }
    const sealed = client.sealed() as Sealed | undefined;
    if (sealed !== undefined) {
      const opened = await openSealed(sealed, deliveryKey, where);
      client.open(opened);
      opened.fill(0);
    }
    return client.keys() as ServerKeys;
  } finally {
    client.free();
  }
}

function checkAddress({ url }: HttpRequest): void {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw failures.optionInvalid('the address of the key server is not an http or https address', 'keyServer.url');
  }
}

function proxied(url: string, proxy: string): string {
  const escaped = encodeURIComponent(url);
  return proxy.includes('{url}') ? proxy.replace('{url}', () => escaped) : proxy + escaped;
}

function withoutUndefined(settings: object): object {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

/** The key server of a job: its scheme is the job's, and its content id is made for this input. */
export function serverOf(options: PackageOptions, input: string): KeyServer | undefined {
  const server = options.keyServer;
  if (server === undefined || options.encryption === false) return undefined; // the core says that it does nothing
  const { key, keys = [], multiKey } = options;
  const useless = [key !== undefined && 'key', keys.length > 0 && 'keys', multiKey === true && 'multiKey'].find(
    Boolean,
  );
  if (useless) throw failures.optionInvalid('it does nothing beside {options}', useless, { options: 'keyServer' });
  const scheme = server.scheme ?? commonScheme(options);
  return {
    ...server,
    ...(scheme === undefined ? {} : { scheme }),
    ...(server.contentId === undefined ? {} : { contentId: contentIdOf(server.contentId, input) }),
    ...(server.contentIdPage === undefined
      ? {}
      : { contentIdPage: { ...server.contentIdPage, fileName: server.contentIdPage.fileName ?? input } }),
  };
}

/**
 * A content id from a template: `{name}` is the input's name without its ending, `{index}` its number in a list,
 * `{date}` the day as in 20261231. What isn't a letter, a digit, `.`, `-` or `_` becomes `-`.
 */
export function contentIdOf(template: string, input: string, index = 1, now: Date = new Date()): string {
  const words: Record<string, string> = {
    name: input
      .replace(/\.[^.]{1,5}$/, '')
      .normalize('NFKD')
      .replace(/\p{M}/gu, '')
      .replace(/[^A-Za-z0-9._-]+/g, '-'),
    index: String(index),
    date: now.toISOString().slice(0, 10).replaceAll('-', ''),
  };
  return template.replace(/\{(name|index|date)\}/g, (_, word: string) => words[word] ?? '');
}

/** The one scheme of all targets; `undefined` where they differ. */
function commonScheme({ scheme, targets = DEFAULT_TARGETS }: PackageOptions): Scheme | undefined {
  const schemes = new Set(targets.map((target) => scheme ?? DEFAULT_SCHEMES[target]));
  return schemes.size === 1 ? [...schemes][0] : undefined;
}

/** What a server says that the job's own options have precedence over. */
export interface OfServer {
  readonly serverIv?: string;
  readonly serverScheme?: string;
}

/**
 * The job's options with a server's keys in place of the server. This is where both meet.
 *
 * Which scheme it comes to, the core knows, and for which one the server's IV is.
 */
export function withKeys(options: PackageOptions, answer: ServerKeys): PackageOptions & OfServer {
  const { keys } = answer;
  const { keyServer, key: _key, ...rest } = options;
  const given = keys.map(
    ({ iv: _iv, scheme: _scheme, hdr, wideGamut, ...rest }): TrackKey => ({
      ...rest,
      ...(hdr === null ? {} : { hdr }),
      ...(wideGamut === null ? {} : { wideGamut }),
    }),
  );
  const iv = common(keys.map((key) => key.iv));
  const scheme = common(keys.map((key) => key.scheme));
  const drm = drmOf(options, answer);
  const clear = [...(options.clear ?? []), ...unencrypted(keyServer)];
  return {
    ...rest,
    keys: given,
    ...(clear.length === 0 ? {} : { clear }),
    ...(iv === undefined ? {} : { serverIv: iv }),
    ...(scheme === undefined ? {} : { serverScheme: scheme }),
    ...(drm === undefined ? {} : { drm }),
  };
}

/** What all say; `undefined` where some say nothing or something else. */
function common(said: readonly (string | null)[]): string | undefined {
  const [first, ...others] = new Set(said);
  return others.length === 0 ? (first ?? undefined) : undefined;
}

/** The labels that a pair of SPEKE 2's presets asks no key for: their tracks stay clear. */
function unencrypted({ videoPreset, audioPreset }: Partial<KeyServer> = {}): string[] {
  if (videoPreset === undefined && audioPreset === undefined) return [];
  const isClear = (preset = 'UNENCRYPTED'): boolean => preset === 'UNENCRYPTED';
  return [...(isClear(videoPreset) ? ['VIDEO'] : []), ...(isClear(audioPreset) ? ['AUDIO'] : [])];
}

/** What DRM systems are told: the caller's choice, and the server's data in place of what would be made. */
function drmOf({ drm }: PackageOptions, { contentId, systems }: ServerKeys): DrmOptions | undefined {
  const pssh = systems.flatMap(({ systemId, kid, pssh: box, protectionPayload, smoothHeader }) => {
    const data = box ?? protectionPayload ?? (DATA_IN_SMOOTH_HEADERS.includes(systemId) ? smoothHeader : null);
    return data === null ? [] : [{ kid, pssh: `${systemId}:${data}` }];
  });
  const signals = systems.flatMap((system): DrmSignal[] => {
    const { systemId, kid, protectionXml, hlsMedia, hlsMultivariant, keyUri, keyFormat } = system;
    // The caller's own URI wins over the server's.
    if (KEYS_AS_URIS.includes(systemId) || ownUriOf(systemId, kid, drm) !== undefined) return [];
    if ([protectionXml, hlsMedia, hlsMultivariant, keyUri].every((said) => said === null)) return [];
    return [
      {
        systemId,
        kid,
        ...(protectionXml === null ? {} : { contentProtection: protectionXml }),
        ...(hlsMedia === null ? {} : { hlsMedia }),
        ...(hlsMultivariant === null ? {} : { hlsMultivariant }),
        ...(keyUri === null ? {} : { keyUri }),
        ...(keyFormat === null ? {} : { keyFormat }),
      },
    ];
  });
  if (pssh.length === 0 && signals.length === 0) return drm;
  const id = drm?.contentId ?? contentId;
  return {
    ...drm,
    ...(id === null ? {} : { contentId: id }),
    ...(pssh.length === 0 ? {} : { pssh: [...(drm?.pssh ?? []), ...pssh] }),
    ...(signals.length === 0 ? {} : { signals: [...(drm?.signals ?? []), ...signals] }),
  };
}

/** The URI of a key that the caller gives a system, where it takes one for each. */
function ownUriOf(systemId: string, kid: string, drm: DrmOptions = {}): string | undefined {
  const { name } = DRM_SYSTEMS.find(({ ids }) => ids.includes(systemId)) ?? {};
  const settings = name === undefined ? undefined : drm[name];
  return settings !== undefined && 'uris' in settings ? settings.uris?.[kid] : undefined;
}
