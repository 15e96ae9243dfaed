// The server: which service a path belongs to, CORS, faults, and what was asked (for tests).

import http from 'node:http';
import * as services from './services.mjs';

export { CREDENTIALS, titleKey } from './services.mjs';

/**
 * What came, and what was answered.
 *
 * @typedef {object} State
 * @property {{ method: string | undefined, path: string, headers: import('node:http').IncomingHttpHeaders, body: string }[]} requests
 * @property {string[]} answers
 * @property {Map<string, Buffer>} issued
 * @property {Map<string, StoredKey>} wrapped
 * @property {Map<string, number>} seen
 */

/**
 * Starts the server on this machine. `requests` lists what came, `answers` what was answered, `issued` the keys
 * handed out, `wrapped` those that are stored under a key.
 */
export async function start({ port = 0 } = {}) {
  /** @type {State} */
  const state = { requests: [], answers: [], issued: new Map(), wrapped: services.storedKeys(), seen: new Map() };
  const server = http.createServer((request, response) => {
    handle(request, response, state).catch((error) => {
      if (!response.headersSent) response.writeHead(500, { 'Content-Type': 'text/plain', ...cors(request) });
      response.end(`The development server failed: ${error.message}`);
    });
  });
  await new Promise((resolve, reject) =>
    server.once('error', reject).listen(port, '127.0.0.1', () => resolve(undefined)),
  );
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests: state.requests,
    answers: state.answers,
    issued: state.issued,
    wrapped: state.wrapped,
    /** @returns {Promise<unknown>} */
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}

/**
 * @param {IncomingMessage} request
 * @returns {Record<string, string>}
 */
const cors = (request) => ({
  'Access-Control-Allow-Origin': request.headers.origin ?? '*',
  'Access-Control-Expose-Headers': 'Retry-After, X-AxDRM-ErrorMessage, X-Speke-Version, X-Speke-User-Agent',
});

/**
 * @param {IncomingMessage} request
 * @param {ServerResponse} response
 * @param {State} state
 * @returns {Promise<unknown>}
 */
async function handle(request, response, state) {
  const address = request.url ?? '/';
  const url = new URL(address, 'http://key-server');
  /** @type {(string | null | undefined)[]} */
  let [, fault, only, path] = /^\/fault\/([\w-]+?)(?:-for-([\w.-]+))?(\/.*)$/.exec(url.pathname) ?? [
    null,
    null,
    undefined,
    url.pathname,
  ];
  // A preflight doesn't say which title it is for.
  let allowed = fault === 'no-cors' && only === undefined ? {} : cors(request);
  if (request.method === 'OPTIONS') {
    response.writeHead(204, {
      ...allowed,
      'Access-Control-Allow-Methods': 'GET, POST',
      'Access-Control-Allow-Headers': request.headers['access-control-request-headers'] ?? '',
    });
    return response.end();
  }
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  state.requests.push({ method: request.method, path: path ?? '', headers: request.headers, body: body.toString() });
  // A fault for one title: its content id stands in the request. What has no body is for any.
  if (only !== undefined && body.length > 0 && !body.includes(`"${only}"`)) fault = null;
  if (fault === 'no-cors') allowed = {};
  if (path === '/proxy') return proxy(request, url.searchParams.get('url') ?? '', body, response, allowed);
  const times = (state.seen.get(address) ?? 0) + 1;
  state.seen.set(address, times);

  /**
   * @param {number} status
   * @param {Record<string, string>} headers
   * @param {string | Buffer} content
   */
  const send = (status, headers, content) => {
    response.writeHead(status, { ...allowed, ...headers });
    response.end(content);
  };
  switch (fault) {
    case 'slow':
      await new Promise((resolve) => setTimeout(resolve, 1500));
      break;
    case 'hang':
      return undefined;
    case 'reset':
      return request.socket.destroy();
    case '401':
      return send(
        401,
        { 'Content-Type': 'text/plain' },
        `Not authorised: ${request.url} ${request.headers.authorization ?? ''}`,
      );
    case '429':
      if (times === 1) return send(429, { 'Retry-After': '1' }, 'Too many requests');
      break;
    case '429-long':
      return send(429, { 'Retry-After': '3600' }, 'Too many requests');
    case '500':
      return send(500, { 'Content-Type': 'text/html' }, '<html><body>Internal error</body></html>');
    case '500-once':
      if (times === 1) return send(500, {}, '');
      break;
    case 'json-error':
      return send(
        200,
        { 'Content-Type': 'application/json' },
        JSON.stringify({ errorCode: 'A1004', message: `Site not found for ${decodeURIComponent(address)}` }),
      );
    case 'huge':
      return huge(response, allowed);
  }
  const answer = await services.answer({
    method: request.method ?? '',
    path: path ?? '',
    query: url.searchParams,
    headers: request.headers,
    body,
    fault: fault ?? undefined,
    issued: state.issued,
    wrapped: state.wrapped,
  });
  const whole = Buffer.from(answer.body ?? '');
  state.answers.push(whole.toString());
  const content = fault === 'truncated' ? whole.subarray(0, whole.length * 0.6) : whole;
  return send(answer.status ?? 200, answer.headers ?? {}, content);
}

/**
 * Passes a request on, for pages whose browser blocks the server: `/proxy?url=ADDRESS`.
 *
 * @param {IncomingMessage} request
 * @param {string} address
 * @param {Buffer} body
 * @param {ServerResponse} response
 * @param {Record<string, string>} allowed
 */
async function proxy(request, address, body, response, allowed) {
  const { host, origin, referer, connection, 'content-length': _, ...headers } = request.headers;
  const answer = await fetch(address, {
    method: request.method ?? 'GET',
    headers: Object.entries(headers).map(([name, value]) => [name, String(value)]),
    ...(request.method === 'GET' ? {} : { body: new Uint8Array(body) }),
  });
  response.writeHead(answer.status, { ...allowed, 'Content-Type': answer.headers.get('content-type') ?? 'text/plain' });
  response.end(Buffer.from(await answer.arrayBuffer()));
}

/**
 * 100 MB of something that begins like an answer; stops when the client has had enough.
 *
 * @param {ServerResponse} response
 * @param {Record<string, string>} headers
 */
async function huge(response, headers) {
  response.setMaxListeners(0); // one for each wait
  response.writeHead(200, { ...headers, 'Content-Type': 'application/xml' });
  const block = Buffer.alloc(1 << 20, ' ');
  for (let sent = 0; sent < 100 && !response.destroyed; sent += 1) {
    if (!response.write(block))
      await Promise.race([
        new Promise((r) => response.once('drain', r)),
        new Promise((r) => response.once('close', r)),
      ]);
  }
  response.end();
}
