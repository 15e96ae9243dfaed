// @ts-check
/// <reference lib="webworker" />

/**
 * Serves packaged outputs to the player: `GET <scope>out/<job>/<path>` is answered from the origin private
 * file system's `outputs/<job>/<path>`, with byte ranges (RFC 9110 clause 14), so that every output file has
 * a plain URL. Nothing else is touched, nothing is cached. A plain script, since it must keep one address.
 */

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

/** Media types by file name ending. @type {Readonly<Record<string, string>>} */
const TYPES = {
  mpd: 'application/dash+xml',
  m3u8: 'application/vnd.apple.mpegurl',
  mp4: 'video/mp4',
  m4v: 'video/mp4',
  m4a: 'audio/mp4',
  m4s: 'video/iso.segment',
  ts: 'video/mp2t',
  aac: 'audio/aac',
  vtt: 'text/vtt',
  json: 'application/json',
};

worker.addEventListener('install', () => void worker.skipWaiting());
worker.addEventListener('activate', (event) => event.waitUntil(worker.clients.claim()));
// A page loaded past the worker (Shift+Reload) asks to be taken over.
worker.addEventListener('message', (event) => {
  if (event.data === 'claim') event.waitUntil(worker.clients.claim());
});

worker.addEventListener('fetch', (event) => {
  const parts = outputPath(event.request.url);
  if (parts) event.respondWith(answer(event.request, parts));
});

/**
 * The decoded path below `outputs/`, or null where the address isn't one of ours.
 * @param {string} address
 * @returns {string[] | null}
 */
function outputPath(address) {
  const prefix = new URL('out/', worker.registration.scope);
  const url = new URL(address);
  if (url.origin !== prefix.origin || !url.pathname.startsWith(prefix.pathname)) return null;
  return url.pathname.slice(prefix.pathname.length).split('/');
}

/**
 * @param {Request} request
 * @param {string[]} parts
 * @returns {Promise<Response>}
 */
async function answer(request, parts) {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return text(405, 'Only GET and HEAD are answered here.', { Allow: 'GET, HEAD' });
  }
  let file;
  try {
    file = await open(parts.map(decodeURIComponent));
  } catch (error) {
    return text(404, reason(error));
  }
  const name = parts.at(-1) ?? '';
  const headers = new Headers({
    'Content-Type': mediaType(parts, name),
    'Accept-Ranges': 'bytes',
    'Cache-Control': 'no-store',
  });
  const body = (/** @type {Blob} */ blob) => (request.method === 'HEAD' ? null : blob);

  const asked = request.headers.get('Range');
  const range = asked === null ? null : parseRange(asked, file.size);
  if (range === null) {
    headers.set('Content-Length', String(file.size));
    return new Response(body(file), { status: 200, headers });
  }
  if (range === 'unsatisfiable') {
    return text(416, `No such range in a file of ${file.size} bytes.`, {
      'Content-Range': `bytes */${file.size}`,
      'Accept-Ranges': 'bytes',
    });
  }
  headers.set('Content-Range', `bytes ${range.start}-${range.end - 1}/${file.size}`);
  headers.set('Content-Length', String(range.end - range.start));
  return new Response(body(file.slice(range.start, range.end)), { status: 206, headers });
}

/**
 * One byte range as a half-open interval. Null, meaning the whole file, for what a server may ignore:
 * other units, several ranges, bad syntax.
 * @param {string} header
 * @param {number} size
 * @returns {{ start: number, end: number } | 'unsatisfiable' | null}
 */
function parseRange(header, size) {
  const match = /^bytes=\s*(\d*)\s*-\s*(\d*)\s*$/.exec(header);
  if (!match) return null;
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return null;
  if (first === '') {
    const length = Math.min(Number(last), size);
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return null;
  if (start >= size) return 'unsatisfiable';
  return { start, end: last === '' ? size : Math.min(Number(last) + 1, size) };
}

/**
 * @param {string[]} parts
 * @returns {Promise<File>}
 */
async function open(parts) {
  let folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('outputs');
  for (const part of parts.slice(0, -1)) folder = await folder.getDirectoryHandle(part);
  return (await folder.getFileHandle(parts.at(-1) ?? '')).getFile();
}

/**
 * @param {string[]} parts
 * @param {string} name
 * @returns {string}
 */
function mediaType(parts, name) {
  const ending = name.slice(name.lastIndexOf('.') + 1).toLowerCase();
  // Track folders are named by their kind, as in `audio-1/init.mp4`.
  if (ending === 'mp4' && parts.at(-2)?.startsWith('audio-')) return 'audio/mp4';
  return TYPES[ending] ?? 'application/octet-stream';
}

/**
 * @param {unknown} error
 * @returns {string}
 */
function reason(error) {
  const name = error instanceof Error ? error.name : '';
  if (name === 'NotFoundError' || name === 'TypeMismatchError') return 'There is no such file among the outputs in this browser.';
  if (name === 'NoModificationAllowedError' || name === 'InvalidStateError') return 'The file is still being written.';
  return `The file can't be read: ${name || 'unknown reason'}.`;
}

/**
 * @param {number} status
 * @param {string} message
 * @param {Record<string, string>} [headers]
 * @returns {Response}
 */
function text(status, message, headers = {}) {
  return new Response(`${message}\n`, {
    status,
    headers: { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store', ...headers },
  });
}
