/** One exchange with a server: time limit, retries, abort. What carries a request is the host's. */

import { failures, TabpackError } from '../api/errors';
import { message } from '../api/message';
import { KEY_ANSWER_BYTES } from '../generated/key-services';
import { sleep } from './sleep';

/** A request as the core makes it. Its URL, headers and body may hold credentials. */
export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  /** The server's name and port, for messages. */
  readonly host: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
}

/** A whole answer. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
}

/** Carries a request. Rejects with what the platform says, with {@link tooLarge}, or with an error of ours. */
export type Send = (request: HttpRequest, limit: number, signal: AbortSignal) => Promise<HttpResponse>;

/** What `Send` throws when an answer is larger than the limit. */
export const tooLarge = 'tooLarge';

/** How long an exchange may take. */
export interface Patience {
  /** Milliseconds for everything, retries included. */
  readonly timeout: number;
  /** How often a request is sent again after 429, 5xx or a failure of the network. */
  readonly retries: number;
}

/** Sends a request until an answer comes that isn't worth a retry, or patience ends. */
export async function exchange(
  send: Send,
  request: HttpRequest,
  patience: Patience,
  signal?: AbortSignal,
): Promise<HttpResponse> {
  const timer = AbortSignal.timeout(patience.timeout);
  const either = signal === undefined ? timer : AbortSignal.any([signal, timer]);
  const end = performance.now() + patience.timeout;
  for (let attempt = 0; ; attempt += 1) {
    const last = attempt >= patience.retries;
    let pause = 250 * 2 ** attempt * (1 + Math.random() / 4);
    try {
      const response = await send(request, KEY_ANSWER_BYTES, either);
      if (last || !isTransient(response.status)) return response;
      const asked = retryAfter(response);
      // The server asks for more patience than there is: its answer says so.
      if (asked !== undefined && performance.now() + asked > end) return response;
      pause = Math.max(pause, asked ?? 0);
    } catch (thrown) {
      signal?.throwIfAborted();
      if (timer.aborted) throw failures.keyServerTimeout(request.host, patience.timeout);
      if (thrown === tooLarge)
        throw failures.keyServerAnswer(
          request.host,
          message('it is larger than {most} bytes', { most: KEY_ANSWER_BYTES }),
        );
      if (thrown instanceof TabpackError) throw thrown;
      if (last) throw failures.keyServerUnreachable(request.host);
    }
    if (performance.now() + pause > end) throw failures.keyServerTimeout(request.host, patience.timeout);
    await sleep(pause, either).catch(() => undefined); // the next turn says why
    signal?.throwIfAborted();
  }
}

function isTransient(status: number): boolean {
  return status === 429 || (status >= 500 && status !== 501);
}

/** The `Retry-After` of an answer in milliseconds, where it is seen: browsers show it only if the server exposes it. */
function retryAfter({ headers }: HttpResponse): number | undefined {
  const text = headers.find(([name]) => name.toLowerCase() === 'retry-after')?.[1];
  if (text === undefined) return undefined;
  const milliseconds = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isNaN(milliseconds) ? undefined : Math.max(0, milliseconds);
}

/** Carries requests by the platform's fetch: Node's. */
export const sendByFetch: Send = async (request, limit, signal) => {
  const { method, url, headers, body } = request;
  const response = await fetch(url, {
    method,
    headers: headers.map(([name, value]) => [name, value] as [string, string]),
    ...(method === 'GET' ? {} : { body: body as Uint8Array<ArrayBuffer> }),
    signal,
    cache: 'no-store',
    credentials: 'omit',
  });
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    const bytes = chunk as Uint8Array;
    size += bytes.length;
    if (size > limit) throw tooLarge; // leaving the loop cancels the stream
    chunks.push(bytes);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return { status: response.status, headers: [...response.headers], body: whole };
};

/**
 * Makes `send` tell a server that the browser blocks from one that isn't there: a request in `no-cors` mode to
 * the same address, whose answer no page may read, arrives all the same. `HEAD` asks for nothing.
 */
export function tellingCors(send: Send): Send {
  return async (request, limit, signal) => {
    try {
      return await send(request, limit, signal);
    } catch (thrown) {
      if (signal.aborted || thrown === tooLarge) throw thrown;
      const { origin, protocol } = new URL(request.url);
      if (
        protocol === 'http:' &&
        location.protocol === 'https:' &&
        !/^http:\/\/(localhost|127\.0\.0\.1)(:|$)/.test(origin)
      ) {
        throw failures.keyServerBlocked(
          request.host,
          message('this page is served over https, but the server over http'),
        );
      }
      // A failure in the middle of an answer isn't the browser's rule.
      const arrived = await fetch(request.url, {
        method: 'HEAD',
        mode: 'no-cors',
        credentials: 'omit',
        cache: 'no-store',
        referrerPolicy: 'no-referrer',
        signal,
      }).then(
        () => true,
        () => false,
      );
      if (arrived && !isMidway(thrown)) {
        throw failures.keyServerBlocked(request.host, message('it sends no CORS header that allows this page'));
      }
      throw thrown;
    }
  };
}

/** Chromium's and Firefox's word for an answer that broke off after it had begun. */
function isMidway(thrown: unknown): boolean {
  return thrown instanceof Error && /network error|input stream|body stream/i.test(thrown.message);
}
