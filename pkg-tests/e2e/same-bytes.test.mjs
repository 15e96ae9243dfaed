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

test('a tab loads the full build for WebM and not for MP4, and both builds give the same bytes', async (t) => {
  const { page } = await openApp(t);
  const server = await serve(DIST);
  t.after(() => server.close());
  /** @type {string[]} */
  const asked = [];
  page.context().on('request', (request) => asked.push(path.basename(new URL(request.url()).pathname)));
  await page.goto(`${server.url}nothing-here`);
  await page.setContent('<input type="file" multiple>');
  await page.setInputFiles('input', [fixture('bframes-1080p.mp4'), fixture('inputs/vp9-opus.webm')]);
  /** @type {Options} */
  const options = {
    targets: ['cmaf', 'hls'],
    scheme: 'cenc',
    segmentDuration: 2,
    seed: '000102030405060708090a0b0c0d0e0f',
  };
  await page.evaluate(async (url) => {
    const { Packager, memory } = await import(`${url}browser.js`);
    window.packager = await Packager.create({ workers: 2 });
    window.run = async (/** @type {number} */ index, /** @type {Options} */ options) => {
      const output = memory();
      await window.packager.package(document.querySelector('input').files?.[index], { ...options, output });
      /** @type {Record<string, string>} */
      const hashes = {};
      for (const [path, bytes] of output.files) {
        const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
        hashes[path] = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
      }
      return hashes;
    };
  }, server.url);
  // A seed is for one input: another one would be encrypted with the same counters.
  const others = { ...options, seed: 'f0e1d2c3' };
  const run = (/** @type {number} */ index, /** @type {Options} */ options) =>
    page.evaluate(([index, options]) => window.run(index, options), /** @type {const} */ ([index, options]));

  const small = await run(0, options);
  assert.ok(asked.includes('tabpack_bg.wasm'));
  assert.ok(!asked.includes('tabpack_full_bg.wasm') && !asked.includes('full.js'), 'an MP4 needs the small build only');
  const webm = await run(1, others);
  assert.ok(asked.includes('tabpack_full_bg.wasm') && asked.includes('full.js'), 'WebM needs the full one');
  assert.deepEqual(webm, await inNode('inputs/vp9-opus.webm', others));
  // Once loaded, the full build takes all jobs.
  assert.deepEqual(await run(0, options), small);
  assert.ok(Object.keys(small).length > 8);
});
