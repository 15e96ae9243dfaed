/** Keys from a key server in the page: each service's keys play with a license, each fault ends in its sentence. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { CREDENTIALS, start, titleKey } from '../key-server/server.mjs';
import { fixture, openApp, openPlayer, packageFile, playsBeyond, row, rowStatus, setOptions, storedOutputs } from './support.mjs';

const CLIP = 'bframes-1080p.mp4';
const { token, user, password, keyId, signer, signingKey, signingIv, siteKey } = CREDENTIALS;

async function keyServer(t) {
  const server = await start();
  t.after(() => server.close());
  return server;
}

/** Fills in the key server panel. */
async function setKeyServer(page, service, fields = {}) {
  await page.getByTestId('key-server').selectOption(service);
  const details = page.locator('details:has([data-testid="key-server-periodSeconds"])');
  if (!(await details.evaluate((element) => element.open))) await details.locator('summary').click();
  for (const [name, value] of Object.entries(fields)) {
    const field = page.getByTestId(`key-server-${name}`);
    if (typeof value === 'boolean') await field.setChecked(value);
    else {
      await field.fill(String(value));
      await field.blur();
    }
  }
}

/** Plays the row's output in a page that has forgotten the keys, so that only a license can open it. */
async function playsByLicense(page, server, finished) {
  await openPlayer(page, finished, 'cmaf/stream.mpd');
  await page.reload();
  await page.locator('[data-testid="play"]:enabled').waitFor();
  assert.equal(await page.getByTestId('player-key').inputValue(), '', 'the key is forgotten');
  const before = server.requests.filter(({ path }) => path === '/clearkey').length;
  await page.getByTestId('play').click();
  await playsBeyond(page, 0.5);
  assert.ok(server.requests.filter(({ path }) => path === '/clearkey').length > before, 'a license was fetched');
}

const CASES = (url) => ({
  doverunner: ['doverunner', { url: `${url}/v2/cpix/doverunner/getKey/`, token }],
  'doverunner, a key a track': ['doverunner', { url: `${url}/v2/cpix/doverunner/getKey/`, token, tracks: 'AUDIO SD HD UHD1 UHD2' }],
  'doverunner, rotation': ['doverunner', { url: `${url}/v2/cpix/doverunner/getKey/`, token, tracks: 'HD AUDIO', periods: 3, periodSeconds: 4 }],
  'speke 2': ['speke2', { url: `${url}/SpekeV2`, user, password }],
  'speke 2, encrypted delivery': ['speke2', { url: `${url}/SpekeV2`, user, password, encrypted: true }],
  speke: ['speke', { url: `${url}/speke/copyProtection`, user, password }],
  widevine: ['widevine', { url: `${url}/cenc/getcontentkey`, signer, signingKey, signingIv }],
  axinom: ['axinom', { url: `${url}/SpekeV2`, user, password }],
  ezdrm: ['ezdrm', { url: `${url}/ezdrm/cpix.aspx`, keyId, user, password }],
  keyos: ['keyos', { url: `${url}/keyos/getKeysNoEncryption`, token }],
  'an issue page': ['doverunner', { url: `${url}/v2/cpix/doverunner/getKey/`, token, pageUrl: `${url}/cid/json`, siteKey }],
});

for (const name of Object.keys(CASES(''))) {
  test(`keys from ${name} are packaged with, and a ClearKey license plays the result`, async (t) => {
    const server = await keyServer(t);
    const { page } = await openApp(t);
    await setOptions(page, { targets: ['cmaf'], segmentDuration: 2 });
    const [service, fields] = CASES(server.url)[name];
    await setKeyServer(page, service, { ...fields, clearKeyUrl: `${server.url}/clearkey` });
    const finished = await packageFile(page, fixture(CLIP));
    await playsByLicense(page, server, finished);
  });
}

const FAULTS = {
  hang: null, // the page's patience is half a minute: Node's tests have the shorter one
  401: ['KEY_SERVER_ERROR', /status 401/],
  500: ['KEY_SERVER_ERROR', /status 500/],
  'json-error': ['KEY_SERVER_ERROR', /A1004 Site not found/],
  truncated: ['KEY_SERVER_ANSWER_INVALID', /can[’']t be used/],
  'wrong-kid': ['CPIX_KEY_MISSING', /eeeeeeee/],
  reset: ['KEY_SERVER_UNREACHABLE', /could not be reached/],
  huge: ['KEY_SERVER_ANSWER_INVALID', /larger than/],
  'no-cors': ['KEY_SERVER_BLOCKED', /CORS/],
};

test('each fault is told in the page, without a credential, a key or a partial output', async (t) => {
  const server = await keyServer(t);
  const { page, context } = await openApp(t);
  const addresses = [];
  context.on('request', (request) => addresses.push(request.url()));
  await setOptions(page, { targets: ['cmaf'] });
  await page.getByTestId('file-input').setInputFiles([fixture('audio-only.m4a'), fixture('video-only.mp4')]);
  for (const [fault, expected] of Object.entries(FAULTS)) {
    if (expected === null) continue;
    await t.test(fault, async () => {
      await setKeyServer(page, 'doverunner', { url: `${server.url}/fault/${fault}/v2/cpix/doverunner/getKey/`, token });
      await page.getByTestId('package').click();
      await page.locator('[data-testid="package"]:enabled').waitFor();
      for (const name of ['audio-only.m4a', 'video-only.mp4']) {
        assert.equal(await rowStatus(page, name, ['Failed', 'Succeed']), 'Failed');
        const error = row(page, name).getByTestId('job-error');
        assert.equal(await error.getByTestId('job-error-code').innerText(), expected[0]);
        assert.match(await error.innerText(), expected[1]);
      }
    });
  }
  const log = await page.getByTestId('log').innerText();
  assert.match(log, /<RESULT>2002<\/RESULT>/, 'the support report is in the log');
  assert.match(log, /<RESULT>2001<\/RESULT>/);
  // The other way out: once the server answers, both files are packaged.
  await setKeyServer(page, 'doverunner', { url: `${server.url}/v2/cpix/doverunner/getKey/`, token });
  assert.deepEqual((await storedOutputs(page)).files, []);
  await page.getByTestId('package').click();
  for (const name of ['audio-only.m4a', 'video-only.mp4']) assert.equal(await rowStatus(page, name, ['Failed', 'Succeed']), 'Succeed');

  const stored = await page.evaluate(readEverything);
  const written = [await page.getByTestId('log').innerText(), page.url(), stored, await page.evaluate(() => document.body.innerText)].join('\n');
  const secrets = [Buffer.from(token), titleKey('audio-only').key, titleKey('video-only').key];
  for (const secret of secrets) for (const form of forms(secret)) assert.ok(!written.includes(form), `a secret is written: ${form}`);
  // A key is in no request at all; the token in those to its server alone.
  for (const key of secrets.slice(1)) for (const form of forms(key)) assert.ok(!addresses.some((address) => address.includes(form)));
  assert.ok(addresses.filter((address) => address.includes(encodeURIComponent(token))).every((address) => address.startsWith(server.url)));
});

test('where the browser blocks the server, a proxy or a pasted document gives the keys', async (t) => {
  const server = await keyServer(t);
  const { page } = await openApp(t);
  await setOptions(page, { targets: ['cmaf'] });
  const response = await fetch(`${server.url}/ezdrm/cpix.aspx?${new URLSearchParams({ k: keyId, u: user, p: password, c: 'pasted' })}`);
  await setKeyServer(page, 'cpix', { document: await response.text(), clearKeyUrl: `${server.url}/clearkey` });
  const finished = await packageFile(page, fixture(CLIP));
  await playsByLicense(page, server, finished);
});

function forms(bytes) {
  return [bytes.toString('latin1'), bytes.toString('hex'), bytes.toString('hex').toUpperCase(), bytes.toString('base64').replace(/=+$/, ''), bytes.toString('base64url')];
}

/** Runs in the page: what the site keeps, and every output, a character a byte. */
async function readEverything() {
  const kept = [JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage }), document.cookie, JSON.stringify(history.state)];
  for (const { name } of await indexedDB.databases()) {
    const database = await new Promise((resolve, reject) => {
      const request = indexedDB.open(name);
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
  const visit = async (folder) => {
    for await (const handle of folder.values()) {
      if (handle.kind === 'directory') await visit(handle);
      else {
        const content = new Uint8Array(await (await handle.getFile()).arrayBuffer());
        for (let at = 0; at < content.length; at += 8192) kept.push(String.fromCharCode(...content.subarray(at, at + 8192)));
      }
    }
  };
  await visit(await navigator.storage.getDirectory());
  return kept.join('');
}
