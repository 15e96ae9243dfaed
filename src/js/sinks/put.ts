/** Files sent to a server, a request each. */

import { failures } from '../api/errors';
import type { Sink } from '../api/types';
import { sleep } from '../net/sleep';
import { mediaType } from './media-type';
import type { HandedFile } from './streams';

/** Where a file is sent: an address, or one with the headers that its signature covers. */
export type PutTarget =
  | string
  | URL
  | {
      readonly url: string | URL;
      readonly headers?: Readonly<Record<string, string>>;
      readonly method?: 'PUT' | 'POST';
    };

/** How files are sent. */
export interface PutOptions {
  /** How many requests are under way at one time, 1 to 64; 4 by default. So many files are in memory. */
  concurrency?: number;
  /** How often one file is tried, at least 1; 5 by default. */
  attempts?: number;
  /** The first pause before trying again, in milliseconds; 500 by default. It doubles each time, up to 30 s. */
  retryDelay?: number;
  /** How long one request may take, in seconds; 300 by default. */
  timeout?: number;
  /** Headers of every request, such as `Authorization`. They stay in memory and are in no error. */
  headers?: Readonly<Record<string, string>>;
  /** Whether a browser sends cookies; `omit` by default. */
  credentials?: RequestCredentials;
}

/**
 * Makes a sink that sends each file by an HTTP `PUT` (S3 and its kin, WebDAV, a CDN's ingest), a bounded number at
 * one time. Manifests are sent when all that they name has arrived, one after the other.
 *
 * A request that fails on the network, or is answered by 408, 425, 429 or 5xx (but 501 and 505), is made again after
 * a pause, or when `Retry-After` says so, if that is within a minute. Otherwise the job ends: `OUTPUT_SERVER_ERROR`
 * with the file's path and the status, or `OUTPUT_SERVER_UNREACHABLE`. No error has an address beyond the host, or a
 * header. Files come whole and once, so `singleFile` is refused (`OPTION_INVALID`).
 *
 * An abort ends what is under way. What has arrived by then stays on the server, but no manifest names it.
 *
 * @param target The folder's address, below which paths are put; a query stays at the end. A user and password in it
 *   are sent as `Authorization`. Or a function that gives each file's own address, such as a presigned one: it is
 *   asked again for each attempt.
 */
export function put(
  target: string | URL | ((file: HandedFile) => PutTarget | Promise<PutTarget>),
  options: PutOptions = {},
): Sink {
  const concurrency = inRange(options.concurrency ?? 4, 1, 64, 'concurrency');
  const attempts = inRange(options.attempts ?? 5, 1, 100, 'attempts');
  const placeOf = typeof target === 'function' ? target : below(target);
  const controller = new AbortController();
  const { signal } = controller;
  const underWay = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;

  const send = async (file: HandedFile, bytes: Uint8Array): Promise<void> => {
    for (let attempt = 1; ; attempt += 1) {
      const problem = await request(await placeOf(file), file, bytes, options, signal);
      if (problem === undefined) return;
      signal.throwIfAborted();
      if (!problem.transient || attempt === attempts) throw problem.error;
      await sleep(problem.wait ?? backOff(options.retryDelay ?? 500, attempt), signal);
    }
  };
  const start = (file: HandedFile, bytes: Uint8Array): void => {
    const sending = send(file, bytes)
      .catch((error: unknown) => {
        failure ??= { error };
        controller.abort(error);
      })
      .finally(() => underWay.delete(sending));
    underWay.add(sending);
  };
  const check = (): void => {
    if (failure !== undefined) throw failure.error;
    signal.throwIfAborted();
  };
  const settle = async (): Promise<void> => {
    while (underWay.size > 0) await Promise.all(underWay);
    check();
  };
  return {
    write: async (path, bytes) => {
      const file = { path, size: bytes.length, type: mediaType(path) };
      const isManifest = /\.(mpd|m3u8)$/.test(path);
      if (isManifest) await settle();
      while (underWay.size >= concurrency) await Promise.race(underWay);
      check();
      start(file, bytes);
      if (isManifest) await settle();
    },
    finish: settle,
    discard: async () => {
      controller.abort(new DOMException('The job has ended.', 'AbortError'));
      await Promise.all(underWay);
    },
  };
}

/** What was wrong with a request. */
interface Problem {
  readonly error: Error;
  readonly transient: boolean;
  /** Milliseconds to wait that the server asks for. */
  readonly wait?: number;
}

async function request(
  target: PutTarget,
  file: HandedFile,
  bytes: Uint8Array,
  options: PutOptions,
  signal: AbortSignal,
): Promise<Problem | undefined> {
  const { url, headers, method } =
    typeof target === 'string' || target instanceof URL
      ? { url: target, headers: {}, method: 'PUT' }
      : { method: 'PUT', ...target };
  const { address, authorization } = withoutUser(url);
  const either = AbortSignal.any([signal, AbortSignal.timeout((options.timeout ?? 300) * 1000)]);
  let response: Response;
  try {
    response = await fetch(address, {
      method,
      headers: { 'Content-Type': file.type, ...authorization, ...options.headers, ...headers },
      body: bytes as Uint8Array<ArrayBuffer>,
      credentials: options.credentials ?? 'omit',
      cache: 'no-store',
      referrerPolicy: 'no-referrer',
      signal: either,
    });
    await response.arrayBuffer(); // read to its end, so that the connection can be used again
  } catch {
    // What was thrown may quote the address, which may hold a signature.
    return { error: failures.outputServerUnreachable(address.host, file.path), transient: true };
  }
  if (response.ok) return undefined;
  const { status } = response;
  const transient = [408, 425, 429].includes(status) || (status >= 500 && status !== 501 && status !== 505);
  const wait = retryAfter(response);
  return {
    error: failures.outputServer(address.host, file.path, status),
    transient,
    ...(wait === undefined ? {} : { wait }),
  };
}

/** The address of a path below a folder's. */
function below(base: string | URL): (file: HandedFile) => URL {
  const root = parsed(base);
  if (!root.pathname.endsWith('/')) root.pathname += '/';
  return ({ path }) => {
    const url = new URL(root);
    url.pathname += path.split('/').map(encodeURIComponent).join('/');
    return url;
  };
}

/** An address can't be requested with a user in it. */
function withoutUser(url: string | URL): { address: URL; authorization: Record<string, string> } {
  const address = parsed(url);
  const { username, password } = address;
  if (username === '' && password === '') return { address, authorization: {} };
  address.username = address.password = '';
  const pair = new TextEncoder().encode(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`);
  return { address, authorization: { Authorization: `Basic ${btoa(String.fromCharCode(...pair))}` } };
}

function parsed(url: string | URL): URL {
  try {
    const address = new URL(url, globalThis.location?.href);
    if (address.protocol === 'http:' || address.protocol === 'https:') return address;
  } catch {
    // The platform's message would repeat the address.
  }
  throw failures.optionInvalid('files are sent to an http or https address', 'output');
}

/** Doubles from pause to pause; some chance keeps many clients from coming back at one time. */
function backOff(first: number, attempt: number): number {
  return Math.min(first * 2 ** (attempt - 1), 30_000) * (0.75 + Math.random() / 2);
}

/** The `Retry-After` of an answer in milliseconds, if it is within a minute. */
function retryAfter({ headers }: Response): number | undefined {
  const text = headers.get('Retry-After');
  if (text === null) return undefined;
  const milliseconds = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return milliseconds >= 0 && milliseconds <= 60_000 ? milliseconds : undefined;
}

function inRange(value: number, least: number, most: number, option: string): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw failures.optionInvalid('{value} is not between {least} and {most}', option, { value, least, most });
}
