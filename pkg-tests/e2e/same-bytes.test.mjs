/** The package itself, without the app: what a tab writes equals what Node writes, byte for byte. */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { memory, Packager } from 'tabpack';
import { fixture, openApp, serve } from './support.mjs';

const DIST = fileURLToPath(new URL('../../dist', import.meta.url));

/**
 * Packages in Node and gives the SHA-256 of each file by its path.
 *
 * @param {string} name
 * @param {Options} options
 */
async function inNode(name, options) {
  const packager = await Packager.create();
  const output = memory();
  await packager.package(fixture(name), { ...options, output });
  return Object.fromEntries(
    [...output.files].map(([file, bytes]) => [file, createHash('sha256').update(bytes).digest('hex')]),
  );
}

/**
 * Packages in the page with the file that an input element holds, into the origin private file system or memory.
 *
 * @param {Page} page
 * @param {string} url
 * @param {string} sink
 * @param {Options} options
 * @returns {Promise<Record<string, string>>}
 */
function inTab(page, url, sink, options) {
  return page.evaluate(
    async ([url, sink, options]) => {
      const { Packager, memory, opfs } = await import(`${url}browser.js`);
      const packager = await Packager.create({ workers: 2 });
      const folder = `same-bytes-${crypto.randomUUID()}`;
      const output = sink === 'opfs' ? opfs(folder) : memory();
      const file = document.querySelector('input').files?.[0];
      const result = await packager.package(file, { ...options, output });
      packager.close();
      const read = async (/** @type {string} */ path) => {
        if (sink === 'memory') return output.files.get(path);
        let handle = await (await navigator.storage.getDirectory()).getDirectoryHandle(folder);
        const names = path.split('/');
        for (const name of names.slice(0, -1)) handle = await handle.getDirectoryHandle(name);
        return (await (await handle.getFileHandle(names.at(-1))).getFile()).arrayBuffer();
      };
      /** @type {Record<string, string>} */
      const hashes = {};
      for (const { path } of result.files) {
        const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await read(path)));
        hashes[path] = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
      }
      return hashes;
    },
    /** @type {const} */ ([url, sink, options]),
  );
}

test('a tab and Node give the same bytes for the same input, options and seed', async (t) => {
  const { page } = await openApp(t);
  const server = await serve(DIST);
  t.after(() => server.close());
  await page.goto(`${server.url}nothing-here`);
  await page.setContent('<input type="file">');
  for (const [index, name] of ['bframes-1080p.mp4', 'two-stsd.mp4', 'audio-only.m4a'].entries()) {
    await page.setInputFiles('input', fixture(name));
    /** @type {Options} */
    const options = {
      targets: ['cmaf', 'dash', 'hls'],
      segmentDuration: 2,
      seed: `000102030405060708090a0b0c0d0e0${index}`,
    };
    const expected = await inNode(name, options);
    assert.ok(Object.keys(expected).length >= 8, path.basename(name));
    for (const sink of ['opfs', 'memory']) {
      assert.deepEqual(await inTab(page, server.url, sink, options), expected, `${name} into ${sink}`);
    }
  }
});

test('a tab downloads one wasm file once, whatever it is asked to do', async (t) => {
  const { page } = await openApp(t);
  const server = await serve(DIST);
  t.after(() => server.close());
  /** @type {string[]} */
  const asked = [];
  page.context().on('request', (request) => asked.push(path.basename(new URL(request.url()).pathname)));
  await page.goto(`${server.url}nothing-here`);
  await page.setContent('<input type="file" multiple>');
  await page.setInputFiles('input', [fixture('bframes-1080p.mp4'), fixture('inputs/vp9-opus.webm')]);
  const options = /** @satisfies {Options & { key: string }} */ ({
    targets: ['cmaf', 'hls'],
    scheme: 'cenc',
    segmentDuration: 2,
    seed: '000102030405060708090a0b0c0d0e0f',
    key: '00112233445566778899aabbccddeeff:0123456789abcdef0123456789abcdef',
  });
  // A seed is for one input: another one would be encrypted with the same counters.
  const other = { seed: 'f0e1d2c3' };
  const { findings, hashes } = await page.evaluate(
    async ({ url, options, other }) => {
      const { Packager, filesOf, memory } = await import(`${url}browser.js`);
      const packager = await Packager.create({ workers: 2 });
      const files = document.querySelector('input').files ?? [];
      const output = memory();
      await packager.package(files[0], { ...options, output });
      const webm = memory();
      await packager.package(files[1], { ...options, ...other, output: webm });
      const report = await packager.verify({ files: filesOf(output.files), keys: [options.key] });
      await packager.fetchKeys({ service: 'cpix', url: 'nothing' }).catch(() => undefined);
      const preview = await packager.preview(files[0], options);
      preview.close();
      /** @type {Record<string, string>} */
      const hashes = {};
      for (const [path, bytes] of webm.files) {
        const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
        hashes[path] = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
      }
      const isError = (/** @type {{ severity: string }} */ { severity }) => severity === 'error';
      return { findings: report.findings.filter(isError), hashes };
    },
    { url: server.url, options, other },
  );
  assert.deepEqual(hashes, await inNode('inputs/vp9-opus.webm', { ...options, ...other }));
  assert.deepEqual(findings, []);
  // `media-types.js` is what the page's own service worker loads.
  const once = [...new Set(asked)].filter((name) => /\.(js|wasm)$/.test(name) && name !== 'media-types.js').sort();
  assert.deepEqual(once, ['browser.js', 'tabpack_bg.wasm', 'worker.js']);
  assert.equal(asked.filter((name) => name === 'tabpack_bg.wasm').length, 1);
});

test('the wasm file may have any media type, or be given as its address, its bytes or a module', async (t) => {
  const { page } = await openApp(t);
  const server = await serve(DIST);
  t.after(() => server.close());
  const wasm = path.join(DIST, 'tabpack_bg.wasm');
  await page.route('**/untyped.wasm', (route) => route.fulfill({ path: wasm, contentType: 'text/plain' }));
  await page.route('**/damaged.wasm', (route) => route.fulfill({ body: 'no wasm', contentType: 'application/wasm' }));
  await page.goto(`${server.url}nothing-here`);
  const outcome = (/** @type {string} */ wasm) =>
    page.evaluate(
      async ([url, wasm]) => {
        const { Packager } = await import(`${url}browser.js`);
        const bytes = async () => (await fetch(`${url}tabpack_bg.wasm`)).arrayBuffer();
        const module = async () => WebAssembly.compile(await bytes());
        const given = wasm === 'bytes' ? await bytes() : wasm === 'module' ? await module() : wasm;
        try {
          const packager = await Packager.create({ workers: 1, wasm: given });
          await packager.randomKey();
          packager.close();
          return 'loaded';
        } catch (thrown) {
          const error = /** @type {{ code: string, message: string }} */ (thrown);
          return `${error.code}: ${error.message}`;
        }
      },
      [server.url, wasm],
    );
  for (const given of ['untyped.wasm', 'bytes', 'module']) assert.equal(await outcome(given), 'loaded', given);
  assert.match(await outcome('missing.wasm'), /^INTERNAL: .*missing\.wasm.*404/);
  assert.match(await outcome('damaged.wasm'), /^INTERNAL: .*damaged\.wasm/);
});
