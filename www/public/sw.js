// @ts-check
/// <reference lib="webworker" />

/**
 * Serves packaged outputs to the player: `GET <scope>out/<job>/<path>` is answered from the origin private
 * file system's `outputs/<job>/<path>`, with byte ranges (RFC 9110 clause 14), so that every output file has
 * a plain URL. Nothing else is touched, nothing is cached. A plain script, since it must keep one address.
 */

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

worker.importScripts('media-types.js');

/**
 * Media types by file name ending; of some files it depends on what they hold.
 *
 * @type {Readonly<Record<string, string | Readonly<Record<'video' | 'audio' | 'text', string>>>>}
 */
const TYPES = Reflect.get(worker, 'MEDIA_TYPES');

worker.addEventListener('install', () => void worker.skipWaiting());
worker.addEventListener('activate', (event) => event.waitUntil(worker.clients.claim()));
// A page loaded past the worker (Shift+Reload) asks to be taken over.
worker.addEventListener('message', (event) => {
  if (event.data === 'claim') event.waitUntil(worker.clients.claim());
});

worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const stored = pathBelow('out/', request.url);
  const preview = pathBelow('__preview/', request.url);
  if (stored) event.respondWith(answer(request, () => openStored(stored)));
  if (preview) event.respondWith(answer(request, () => askPages(preview)));
});

/**
 * The parts of a path below a folder of ours, or null where the address is elsewhere.
 * @param {string} folder
 * @param {string} address
 * @returns {string[] | null}
 */
function pathBelow(folder, address) {
  const prefix = new URL(folder, worker.registration.scope);
  const url = new URL(address);
  if (url.origin !== prefix.origin || !url.pathname.startsWith(prefix.pathname)) return null;
  return url.pathname.slice(prefix.pathname.length).split('/');
}

/** Why a file can't be had. */
class Refusal extends Error {
  /**
   * @param {number} status
   * @param {string} message
   */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** @typedef {{ file: Blob, type: string }} Found */

/**
 * @param {Request} request
 * @param {() => Promise<Found>} find
 * @returns {Promise<Response>}
 */
async function answer(request, find) {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return text(405, 'Only GET and HEAD are answered here.', { Allow: 'GET, HEAD' });
  }
  let found;
  try {
    found = await find();
  } catch (error) {
    return error instanceof Refusal ? text(error.status, error.message) : text(404, reason(error));
  }
  const { file, type } = found;
  const headers = new Headers({
    'Content-Type': type,
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
 * @param {string[]} encoded
 * @returns {Promise<Found>}
 */
async function openStored(encoded) {
  const parts = encoded.map(decodeURIComponent);
  let folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('outputs');
  for (const part of parts.slice(0, -1)) folder = await folder.getDirectoryHandle(part);
  const name = parts.at(-1) ?? '';
  return { file: await (await folder.getFileHandle(name)).getFile(), type: mediaType(parts, name) };
}

/** How long a page may take to say whether it holds a preview, and then to render a file; milliseconds. */
const PATIENCE = { sign: 5_000, file: 60_000 };

/**
 * Asks every page of ours for a file of a preview: one may hold it.
 * @param {string[]} encoded
 * @returns {Promise<Found>}
 */
async function askPages(encoded) {
  const [id = '', ...parts] = encoded.map(decodeURIComponent);
  // Pages loaded past this worker (Shift+Reload) can answer too.
  const pages = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const path = parts.join('/');
  const answers = pages.map(async (page) => (await askPage(page, id, path)) ?? Promise.reject());
  const found = await Promise.any(answers).catch(() => null);
  if (found === null)
    throw new Refusal(404, 'This preview isn’t open any more: it was closed, or the page that held it was.');
  if (found instanceof Refusal) throw found;
  return found;
}

/**
 * What a page has to say; null where it doesn't hold the preview, or says nothing.
 * @param {Client} page
 * @param {string} id
 * @param {string} path
 * @returns {Promise<Found | Refusal | null>}
 */
function askPage(page, id, path) {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    let timer = setTimeout(() => end(null), PATIENCE.sign);
    const end = (/** @type {Found | Refusal | null} */ outcome) => {
      clearTimeout(timer);
      port1.close();
      resolve(outcome);
    };
    port1.onmessage = ({ data }) => {
      if (data.is === 'unknown') end(null);
      else if (data.is === 'file') end({ file: new Blob([data.bytes]), type: data.type });
      else if (data.is === 'refused') end(new Refusal(data.status, data.message));
      else {
        clearTimeout(timer);
        timer = setTimeout(
          () => end(new Refusal(503, 'The page that holds this preview doesn’t answer.')),
          PATIENCE.file,
        );
      }
    };
    page.postMessage({ preview: id, path }, [port2]);
  });
}

/**
 * @param {string[]} parts
 * @param {string} name
 * @returns {string}
 */
function mediaType(parts, name) {
  const type = TYPES[name.slice(name.lastIndexOf('.') + 1).toLowerCase()] ?? 'application/octet-stream';
  if (typeof type === 'string') return type;
  // Track folders are named by their kind, as in `audio-1/init.mp4`.
  const folder = parts.at(-2) ?? '';
  if (folder.startsWith('text-')) return type.text;
  return folder.startsWith('audio-') ? type.audio : type.video;
}

/**
 * @param {unknown} error
 * @returns {string}
 */
function reason(error) {
  const name = error instanceof Error ? error.name : '';
  if (name === 'NotFoundError' || name === 'TypeMismatchError')
    return 'There is no such file among the outputs in this browser.';
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
