/** A content key stays in the page's memory: not in an address, a storage, the log, a request or an output. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { fixture, KEY, openApp, openPlayer, packageFile, playsBeyond, setOptions } from './support.mjs';

const bytes = Buffer.from(KEY.key, 'hex');

/** The key as it might be written somewhere. */
const NOTATIONS = [
  KEY.key,
  KEY.key.toUpperCase(),
  KEY.key.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
  bytes.toString('base64').replace(/=+$/, ''),
  bytes.toString('base64url'),
];

const shows = (/** @type {string | string[]} */ text) => NOTATIONS.some((notation) => text.includes(notation));

test('the key of a job is nowhere to be found', async (t) => {
  const { page, context } = await openApp(t);
  /** @type {string[]} */
  const addresses = [];
  context.on('request', (request) => addresses.push(request.url()));
  await setOptions(page, { targets: ['cmaf', 'dash'], key: `${KEY.kid}:${KEY.key}` });
  const finished = await packageFile(page, fixture('bframes-1080p.mp4'));
  const log = await page.getByTestId('log').innerText();
  assert.match(log, /Done/);
  assert.ok(!shows(log), 'the log');
  // Shut until it is asked for.
  assert.ok(!shows(await page.evaluate(() => document.body.outerHTML.replace(/value="[^"]*"/g, ''))), 'the document');

  for (const manifest of ['cmaf/stream.mpd', 'cmaf/master.m3u8', 'dash/stream.mpd']) {
    await openPlayer(page, finished, manifest);
    await playsBeyond(page, 0.5);
    assert.ok(!shows(page.url()), 'the address');
    await page.goBack();
    await finished.waitFor();
  }
  assert.ok(addresses.length > 0);
  assert.deepEqual(addresses.filter(shows), [], 'requests');

  const stored = await page.evaluate(readStorage);
  assert.ok(!shows(stored), 'local storage, session storage, IndexedDB, caches, cookies, history');

  const outputs = await page.evaluate(readOutputs);
  assert.ok(outputs.length > 10);
  for (const { path, latin1 } of outputs) {
    assert.ok(!shows(latin1), `${path} has the key as text`);
    assert.ok(!latin1.includes(bytes.toString('latin1')), `${path} has the key’s bytes`);
  }
  // The test itself can see: the key id is in each init segment.
  const init = outputs.find(({ path }) => path.endsWith('video-1/init.mp4'));
  assert.ok(init.latin1.includes(Buffer.from(KEY.kid, 'hex').toString('latin1')));
});

/** Runs in the page: everything that a site can keep, as one text. */
async function readStorage() {
  const kept = [
    JSON.stringify({ ...localStorage }),
    JSON.stringify({ ...sessionStorage }),
    document.cookie,
    JSON.stringify(history.state),
  ];
  for (const { name } of await indexedDB.databases()) {
    const database = await new Promise((resolve, reject) => {
      const request = indexedDB.open(name ?? '');
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    for (const store of database.objectStoreNames) {
      const rows = await new Promise((resolve, reject) => {
        const request = database.transaction(store).objectStore(store).getAll();
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
      kept.push(JSON.stringify(rows));
    }
    database.close();
  }
  for (const name of await caches.keys()) {
    for (const request of await (await caches.open(name)).keys()) kept.push(request.url);
  }
  return kept.join('\n');
}

/** Runs in the page: each file of the origin private file system, a character a byte. */
async function readOutputs() {
  /** @type {{ path: any; latin1: string }[]} */
  const found = [];
  const visit = async (/** @type {any[] | FileSystemDirectoryHandle} */ folder, /** @type {string} */ prefix) => {
    for await (const handle of folder.values()) {
      const path = prefix + handle.name;
      if (handle.kind === 'directory') {
        await visit(handle, `${path}/`);
        continue;
      }
      const content = new Uint8Array(await (await handle.getFile()).arrayBuffer());
      let latin1 = '';
      for (let at = 0; at < content.length; at += 8192)
        latin1 += String.fromCharCode(...content.subarray(at, at + 8192));
      found.push({ path, latin1 });
    }
  };
  await visit(await navigator.storage.getDirectory(), '');
  return found;
}
