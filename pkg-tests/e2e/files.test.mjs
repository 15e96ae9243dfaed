/** How outputs leave the browser's storage: by URL through the service worker, and as a ZIP. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import test from 'node:test';
import { listening } from '../listening.mjs';
import { fixture, openApp, packageFile, setOptions, storedOutputs } from './support.mjs';

const CLIP = 'bframes-1080p.mp4';
const JOB = 'bframes-1080p';

test('the service worker answers whole files, ranges, and what it can’t answer', async (t) => {
  const { page, url } = await openApp(t);
  await setOptions(page, { targets: ['cmaf'], segmentDuration: 2 });
  await packageFile(page, fixture(CLIP));
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);

  const ask = (
    /** @type {string} */ path,
    /** @type {{ method?: string, range?: string }} */ { method = 'GET', range } = {},
  ) =>
    page.evaluate(
      async ([address, init]) => {
        const response = await fetch(address, init);
        return {
          status: response.status,
          type: response.headers.get('Content-Type'),
          length: response.headers.get('Content-Length'),
          range: response.headers.get('Content-Range'),
          accepts: response.headers.get('Accept-Ranges'),
          cache: response.headers.get('Cache-Control'),
          body: Array.from(new Uint8Array(await response.arrayBuffer())),
        };
      },
      /** @type {[string, RequestInit]} */ ([
        `${url}out/${JOB}/${path}`,
        { method, headers: range ? { Range: range } : {} },
      ]),
    );
  const stored = async (/** @type {string} */ path) =>
    page.evaluate(
      async ([job, name]) => {
        let folder = await navigator.storage.getDirectory();
        const parts = `outputs/${job}/${name}`.split('/');
        for (const part of parts.slice(0, -1)) folder = await folder.getDirectoryHandle(part);
        const file = await (await folder.getFileHandle(parts.at(-1))).getFile();
        return Array.from(new Uint8Array(await file.arrayBuffer()));
      },
      [JOB, path],
    );

  const segment = 'cmaf/video-1/1.m4s';
  const bytes = await stored(segment);
  const whole = await ask(segment);
  assert.equal(whole.status, 200);
  assert.equal(whole.type, 'video/mp4');
  assert.equal(whole.length, String(bytes.length));
  assert.equal(whole.accepts, 'bytes');
  assert.equal(whole.cache, 'no-store');
  assert.deepEqual(whole.body, bytes);

  const RANGES = [
    { range: 'bytes=0-99', start: 0, end: 100 },
    { range: 'bytes=100-', start: 100, end: bytes.length },
    { range: 'bytes=-7', start: bytes.length - 7, end: bytes.length },
    { range: `bytes=8-${bytes.length + 1000}`, start: 8, end: bytes.length },
    { range: `bytes=-${bytes.length + 1000}`, start: 0, end: bytes.length },
  ];
  for (const { range, start, end } of RANGES) {
    const part = await ask(segment, { range });
    assert.equal(part.status, 206, range);
    assert.equal(part.range, `bytes ${start}-${end - 1}/${bytes.length}`, range);
    assert.equal(part.length, String(end - start), range);
    assert.deepEqual(part.body, bytes.slice(start, end), range);
  }

  for (const range of [`bytes=${bytes.length}-`, 'bytes=-0']) {
    const none = await ask(segment, { range });
    assert.equal(none.status, 416, range);
    assert.equal(none.range, `bytes */${bytes.length}`, range);
  }
  // RFC 9110 clause 14.2: a range that isn't understood is ignored.
  for (const range of ['bytes=9-3', 'lines=1-2', 'bytes=a-b'])
    assert.equal((await ask(segment, { range })).status, 200, range);

  const head = await ask(segment, { method: 'HEAD' });
  assert.equal(head.status, 200);
  assert.equal(head.length, String(bytes.length));
  assert.deepEqual(head.body, []);

  for (const path of ['cmaf/video-1/9999.m4s', 'cmaf', 'nothing', '..%2F..%2Fzips']) {
    const missing = await ask(path);
    assert.equal(missing.status, 404, path);
    assert.match(missing.type ?? '', /^text\/plain/);
    assert.ok(missing.body.length > 0, 'it says why');
  }

  assert.equal((await ask('cmaf/stream.mpd')).type, 'application/dash+xml');
  assert.equal((await ask('cmaf/master.m3u8')).type, 'application/vnd.apple.mpegurl');
  assert.equal((await ask('cmaf/video-1/init.mp4')).type, 'video/mp4');
  assert.equal((await ask('cmaf/audio-1/init.mp4')).type, 'audio/mp4');
});

test('the ZIP holds every output file, byte for byte', async (t) => {
  const { page } = await openApp(t);
  await setOptions(page, { targets: ['cmaf', 'dash'] });
  const finished = await packageFile(page, fixture(CLIP));
  const [download] = await Promise.all([page.waitForEvent('download'), finished.getByTestId('result-zip').click()]);
  assert.equal(download.suggestedFilename(), `${JOB}.zip`);
  const archive = readZip(await readFile(await download.path()));

  const { files } = await storedOutputs(page);
  assert.ok(files.includes(`${JOB}/cmaf/stream.mpd`) && files.includes(`${JOB}/dash/stream.mpd`));
  assert.deepEqual([...archive.keys()].sort(), [...files].sort());
  for (const name of files) {
    const stored = await page.evaluate(async (path) => {
      let folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('outputs');
      const parts = path.split('/');
      for (const part of parts.slice(0, -1)) folder = await folder.getDirectoryHandle(part);
      const file = await (await folder.getFileHandle(parts.at(-1))).getFile();
      const digest = await crypto.subtle.digest('SHA-256', await file.arrayBuffer());
      return Array.from(new Uint8Array(digest));
    }, name);
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', archive.get(name)));
    assert.deepEqual(Array.from(digest), stored, name);
  }
});

test('the page sends an output to a server, manifests last, and neither address nor header is in the log', async (t) => {
  /** @type {{ path: string; size: number; authorization: string | undefined }[]} */
  const kept = [];
  let failing = 2;
  const server = http.createServer((request, response) => {
    const cors = {
      'Access-Control-Allow-Origin': '*',
      'Access-Control-Allow-Methods': 'PUT',
      'Access-Control-Allow-Headers': 'authorization, content-type',
    };
    if (request.method === 'OPTIONS') return void response.writeHead(204, cors).end();
    /** @type {Buffer[]} */
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      failing -= 1;
      if (failing === 0) return void response.writeHead(503, cors).end();
      kept.push({
        path: new URL(request.url ?? '/', 'http://localhost').pathname,
        size: Buffer.concat(chunks).length,
        authorization: request.headers.authorization,
      });
      response.writeHead(201, cors).end();
    });
  });
  const port = await listening(server);
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { page } = await openApp(t);
  await setOptions(page, { targets: ['cmaf'], segmentDuration: 2 });
  const finished = await packageFile(page, fixture(CLIP));
  await finished.getByText('Send to a server').click();
  await finished.getByTestId('result-send-address').fill(`http://127.0.0.1:${port}/films/?sig=s3cret`);
  await finished.getByTestId('result-send-authorization').fill('Bearer h1dden');
  await finished.getByTestId('result-send').click();
  const log = page.getByTestId('log');
  await log.getByText(/files sent to/).waitFor();
  const { files } = await storedOutputs(page);
  assert.deepEqual(kept.map(({ path }) => path.replace('/films/', `${JOB}/`)).sort(), [...files].sort());
  const first = kept.findIndex(({ path }) => /\.(mpd|m3u8)$/.test(path));
  assert.ok(
    kept.slice(first).every(({ path }) => /\.(mpd|m3u8)$/.test(path)),
    'manifests are last',
  );
  assert.ok(kept.every(({ authorization, size }) => authorization === 'Bearer h1dden' && size > 0));
  assert.ok(!/s3cret|h1dden/.test(await log.innerText()));
});

/**
 * The stored (not deflated) entries of a ZIP, by its central directory (APPNOTE 4.3.12, 4.3.16).
 *
 * @param {Buffer} zip
 */
function readZip(zip) {
  const end = zip.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  assert.ok(end >= 0, 'the archive has its end record');
  const entries = new Map();
  let at = zip.readUInt32LE(end + 16);
  for (let n = zip.readUInt16LE(end + 10); n > 0; n -= 1) {
    assert.equal(zip.readUInt32LE(at), 0x02014b50, 'a central directory header');
    assert.equal(zip.readUInt16LE(at + 10), 0, 'stored, not deflated');
    const size = zip.readUInt32LE(at + 24);
    const nameLength = zip.readUInt16LE(at + 28);
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength);
    const local = zip.readUInt32LE(at + 42);
    const data = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    entries.set(name, zip.subarray(data, data + size));
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return entries;
}
