/** Keys from a key server in the page: each service's keys play with a license, each fault ends in its sentence. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { createDeliveryKey } from 'tabpack';
import { licenseToken } from 'tabpack/license-token';
import { CREDENTIALS, start, titleKey } from '../key-server/server.mjs';
import {
  fixture,
  openApp,
  openPlayer,
  packageFile,
  playback,
  playsBeyond,
  row,
  rowStatus,
  setOptions,
  storedOutputs,
} from './support.mjs';

const CLIP = 'ladder-360p.mp4';
const { token, user, password, keyId, signer, signingKey, signingIv, siteId, siteKey, accessKey, kek } = CREDENTIALS;

/**
 * @param {TestContext} t
 */
async function keyServer(t) {
  const server = await start();
  t.after(() => server.close());
  return server;
}

/**
 * Fills in the key server panel.
 *
 * @param {Page} page
 * @param {string} service
 * @param {ServerFields} [fields]
 */
async function setKeyServer(page, service, fields = {}) {
  await page.getByTestId('key-server').selectOption(service);
  const details = page.locator('details:has([data-testid="key-server-clearKeyUrl"])');
  if (!(await details.evaluate((element) => element instanceof HTMLDetailsElement && element.open)))
    await details.locator('summary').click();
  for (const [name, value] of Object.entries(fields)) {
    const field = page.getByTestId(`key-server-${name}`);
    if (typeof value === 'boolean') await field.setChecked(value);
    else if (await field.evaluate((element) => element.tagName === 'SELECT')) await field.selectOption(String(value));
    else {
      await field.fill(String(value));
      await field.blur();
    }
  }
}

/**
 * Plays the row's output in a page that has forgotten the keys, so that only a license can open it.
 *
 * @param {Page} page
 * @param {{ url?: string; requests: any; answers?: string[]; issued?: Map<string, Buffer>; close?: () => Promise<unknown> }} server
 * @param {Locator} finished
 */
async function playsByLicense(page, server, finished, { distinct = 1, rotates = false } = {}) {
  await openPlayer(page, finished, 'cmaf/stream.mpd');
  await page.reload();
  await page.locator('[data-testid="play"]:enabled').waitFor();
  assert.equal(await page.getByTestId('player-key').inputValue(), '', 'the key is forgotten');
  const before = server.requests.length;
  await page.getByTestId('play').click();
  await playsBeyond(page, 0.3);
  if (rotates) await playsAt(page, 6); // under another key
  const licenses = server.requests
    .slice(before)
    .filter((/** @type {{ path: string }} */ { path }) => path === '/clearkey');
  const kids = new Set(licenses.flatMap((/** @type {{ body: string }} */ { body }) => JSON.parse(body).kids));
  assert.ok(kids.size >= distinct, `licenses for ${kids.size} keys were fetched, not ${distinct}`);
}

/**
 * Seeks and waits until it plays on there.
 *
 * @param {Page} page
 * @param {number} time
 */
async function playsAt(page, time) {
  const { frames } = await playback(page);
  await page.evaluate((to) => {
    document.querySelector('video').currentTime = to;
  }, time);
  await playsBeyond(page, time + 0.3, frames);
}

/**
 * What is filled in of the panel of key servers.
 *
 * @typedef {Record<string, string | number | boolean>} ServerFields
 */

const FIVE = { tracks: 'AUDIO SD HD UHD1 UHD2' };
const ROTATION = { tracks: 'SD AUDIO', periods: 2, periodSeconds: 4 };
const ENCRYPTED = { encrypted: true };

/** What each service gives, by its documentation: KeyOS's says nothing of rotation, SPEKE 1, EZDRM and SKM have one key a title. */
const CASES = (/** @type {string} */ url) => {
  /** @type {Record<string, object>} */
  const services = {
    doverunner: { url: `${url}/v2/cpix/doverunner/getKey/`, token },
    speke2: { url: `${url}/SpekeV2`, user, password },
    axinom: { url: `${url}/SpekeV2`, user, password },
    widevine: { url: `${url}/cenc/getcontentkey`, signer, signingKey, signingIv },
    keyos: { url: `${url}/keyos/getKeysNoEncryption`, token },
    speke: { url: `${url}/speke/copyProtection`, user, password },
    ezdrm: { url: `${url}/ezdrm/cpix.aspx`, keyId, user, password },
    skm: { url: `${url}/keystore/keys`, token, kek },
  };
  const given = (/** @type {string} */ service, /** @type {ServerFields[]} */ ...more) =>
    Object.assign({}, services[service], ...more);
  /** @type {Record<string, [service: string, fields: ServerFields, expected?: { distinct: number, rotates?: boolean }]>} */
  const cases = {};
  for (const service of Object.keys(services)) cases[`${service}, one key`] = [service, given(service)];
  for (const service of ['doverunner', 'widevine', 'keyos', 'speke2'])
    cases[`${service}, five keys by track type`] = [service, given(service, FIVE), { distinct: 2 }];
  cases['axinom, six keys by presets, in version 2.1'] = [
    'axinom',
    given('axinom', { version: '2.1', videoPreset: 'PRESET_VIDEO_5', audioPreset: 'PRESET_AUDIO_1' }),
    { distinct: 2 },
  ];
  for (const service of ['doverunner', 'widevine', 'speke2', 'axinom'])
    cases[`${service}, rotation`] = [service, given(service, ROTATION), { distinct: 4, rotates: true }];
  for (const service of ['speke2', 'axinom', 'speke'])
    cases[`${service}, encrypted delivery`] = [service, given(service, ENCRYPTED)];
  cases['doverunner, a content id from an issue page'] = [
    'doverunner',
    given('doverunner', { pageUrl: `${url}/cid/json`, siteKey }),
  ];
  cases['doverunner, from an issue page of 2014'] = [
    'doverunner',
    given('doverunner', { pageUrl: `${url}/cid/xml`, siteKey, pageForm: 'xml' }),
  ];
  return cases;
};

test('keys of each service are packaged with, and a ClearKey license from the MPD’s address plays the result', async (t) => {
  const server = await keyServer(t);
  const { page, url } = await openApp(t);
  for (const [name, [service, fields, expected]] of Object.entries(CASES(server.url))) {
    await t.test(name, async () => {
      await page.goto('about:blank'); // nothing is left of the case before
      await page.goto(url);
      await setOptions(page, { targets: ['cmaf'], segmentDuration: 2 });
      await setKeyServer(page, service, { ...fields, clearKeyUrl: `${server.url}/clearkey` });
      const before = server.requests.length;
      const finished = await packageFile(page, fixture(CLIP));
      if (fields.encrypted)
        assert.match(server.requests.slice(before).at(-1).body, /<ds:X509Certificate>/, 'encryption was asked for');
      await playsByLicense(page, server, finished, expected);
    });
  }
});

test('a job of several keys plays at once with all of them', async (t) => {
  const server = await keyServer(t);
  const { page, url } = await openApp(t);
  for (const [name, fields, keys] of /** @type {[name: string, fields: ServerFields, keys: number][]} */ ([
    ['five keys', FIVE, 2],
    ['rotation', ROTATION, 4],
  ])) {
    await t.test(name, async () => {
      await page.goto('about:blank');
      await page.goto(url);
      await setOptions(page, { targets: ['cmaf'], segmentDuration: 2 });
      await setKeyServer(page, 'doverunner', { url: `${server.url}/v2/cpix/doverunner/getKey/`, token, ...fields });
      await openPlayer(page, await packageFile(page, fixture(CLIP)), 'cmaf/stream.mpd');
      await playsBeyond(page, 0.3);
      assert.equal((await page.getByTestId('player-key').inputValue()).split(' ').length, keys);
      await playsAt(page, 6);
      assert.equal(server.requests.filter(({ path }) => path === '/clearkey').length, 0, 'without a license');
    });
  }
});

/**
 * Each fault with the code and the sentence that it is told by. The first two outlast the page's patience.
 *
 * @type {Record<string, [code: string, number: number, sentence: RegExp]>}
 */
const FAULTS = {
  slow: ['KEY_SERVER_TIMEOUT', 2001, /within 1 s/],
  hang: ['KEY_SERVER_TIMEOUT', 2001, /within 1 s/],
  reset: ['KEY_SERVER_UNREACHABLE', 2001, /could not be reached/],
  401: ['KEY_SERVER_ERROR', 2002, /status 401/],
  '429-long': ['KEY_SERVER_ERROR', 2002, /status 429/],
  500: ['KEY_SERVER_ERROR', 2002, /status 500/],
  'json-error': ['KEY_SERVER_ERROR', 2002, /A1004 Site not found/],
  truncated: ['KEY_SERVER_ANSWER_INVALID', 2002, /can[’']t be used/],
  'wrong-kid': ['CPIX_KEY_MISSING', 1102, /eeeeeeee/],
  'wrong-hmac': ['CPIX_MAC_MISMATCH', 2002, /MAC .* is wrong/],
  huge: ['KEY_SERVER_ANSWER_INVALID', 2002, /larger than/],
  'no-cors': ['KEY_SERVER_BLOCKED', 2001, /CORS/],
};

test('each fault is told in the page while the queue goes on, without a credential, a key or a partial output', async (t) => {
  const server = await keyServer(t);
  const { page, context, url } = await openApp(t);
  /** @type {string[]} */
  const addresses = [];
  context.on('request', (request) => addresses.push(request.url()));
  for (const [fault, [code, number, sentence]] of Object.entries(FAULTS)) {
    await t.test(fault, async () => {
      await page.goto('about:blank');
      await page.goto(url);
      await setOptions(page, { targets: ['cmaf'] });
      const at = `${server.url}/fault/${fault}-for-audio-only`;
      const patience = fault === 'slow' || fault === 'hang' ? { timeout: 1 } : {};
      if (fault === 'wrong-hmac')
        await setKeyServer(page, 'speke2', { url: `${at}/SpekeV2`, user, password, encrypted: true });
      else await setKeyServer(page, 'doverunner', { url: `${at}/v2/cpix/doverunner/getKey/`, token, ...patience });
      await page.getByTestId('file-input').setInputFiles([fixture('audio-only.m4a'), fixture('video-only.mp4')]);
      await page.getByTestId('package').click();
      assert.equal(await rowStatus(page, 'audio-only.m4a', ['Failed', 'Succeed']), 'Failed');
      assert.equal(await rowStatus(page, 'video-only.mp4', ['Failed', 'Succeed']), 'Succeed', 'the other file goes on');
      const error = row(page, 'audio-only.m4a').getByTestId('job-error');
      const told = await error.innerText();
      assert.match(told, sentence);
      assert.ok(told.includes(new URL(server.url).host), `it names the server: ${told}`);
      assert.ok(
        told.includes(`${code} · ${number}`) && told.split('\n').filter(Boolean).length >= 3,
        `it says what to do: ${told}`,
      );
      await page.locator('[data-testid="cancel"]:disabled').waitFor();
      const { files, folders } = await storedOutputs(page);
      assert.deepEqual(
        folders.filter((folder) => !folder.includes('/') && !folder.startsWith('video-only')),
        [],
        'nothing of the failed file',
      );
      assert.ok(files.length > 0);
      const log = await page.getByTestId('log').innerText();
      assert.match(log, new RegExp(`<RESULT>${number}</RESULT>`), 'the support report is in the log');
      assert.match(log, /<STACKTRACE>\s*at /);

      const written = [
        log,
        page.url(),
        await page.evaluate(readEverything),
        await page.evaluate(() => document.body.innerText),
      ].join('\n');
      const secrets = [
        token,
        password,
        ...['audio-only', 'video-only'].map((title) => titleKey(title).key),
        titleKey('video-only', 'ALL').key,
      ];
      for (const secret of secrets)
        for (const form of forms(Buffer.from(secret)))
          assert.ok(!written.includes(form), `a secret is written: ${form}`);
    });
  }
  // A key is in no request at all; the token in those to its server alone.
  assert.ok(addresses.length > 50);
  const keys = ['audio-only', 'video-only'].map((title) => titleKey(title).key);
  for (const key of keys)
    for (const form of forms(key)) assert.ok(!addresses.some((address) => address.includes(form)));
  assert.ok(
    addresses
      .filter((address) => address.includes(encodeURIComponent(token)))
      .every((address) => address.startsWith(server.url)),
  );
});

test('where the browser blocks the server, a proxy or a pasted document gives the keys', async (t) => {
  const server = await keyServer(t);
  const { page, context, url } = await openApp(t);
  const clearKeyUrl = `${server.url}/clearkey`;
  const fresh = async () => {
    await page.goto('about:blank');
    await page.goto(url);
    await setOptions(page, { targets: ['cmaf'] });
  };
  await t.test('a proxy', async () => {
    const blocked = { url: `${server.url}/fault/no-cors/SpekeV2`, user, password, clearKeyUrl };
    await setOptions(page, { targets: ['cmaf'] });
    await setKeyServer(page, 'speke2', blocked);
    await page.getByTestId('file-input').setInputFiles(fixture(CLIP));
    await page.getByTestId('package').click();
    assert.equal(await rowStatus(page, CLIP, ['Failed', 'Succeed']), 'Failed');
    assert.match(
      await row(page, CLIP).getByTestId('job-error').innerText(),
      /CORS[\s\S]*set a proxy[\s\S]*paste it[\s\S]*KEY_SERVER_BLOCKED/,
    );
    await setKeyServer(page, 'speke2', { ...blocked, proxy: `${server.url}/proxy?url={url}` });
    await page.getByTestId('package').click();
    assert.equal(await rowStatus(page, CLIP, ['Failed', 'Succeed']), 'Succeed');
    await playsByLicense(page, server, row(page, CLIP));
  });
  const answer = () =>
    fetch(`${server.url}/ezdrm/cpix.aspx?${new URLSearchParams({ k: keyId, u: user, p: password, c: 'pasted' })}`).then(
      (response) => response.text(),
    );
  await t.test('a document from the clipboard', async () => {
    await fresh();
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await setKeyServer(page, 'cpix', { clearKeyUrl });
    await page.evaluate((text) => navigator.clipboard.writeText(text), await answer());
    await page.getByTestId('key-server-paste').click();
    await page.waitForFunction(() =>
      document.querySelector('[data-testid="key-server-document"]').value.includes('CPIX'),
    );
    await playsByLicense(page, server, await packageFile(page, fixture(CLIP)));
  });
  await t.test('a document from a file', async () => {
    await fresh();
    await setKeyServer(page, 'cpix', { clearKeyUrl });
    await page
      .getByTestId('key-server-file')
      .setInputFiles({ name: 'keys.xml', mimeType: 'application/xml', buffer: Buffer.from(await answer()) });
    await page.waitForFunction(() =>
      document.querySelector('[data-testid="key-server-document"]').value.includes('CPIX'),
    );
    await playsByLicense(page, server, await packageFile(page, fixture(CLIP)));
  });
  await t.test('raw keys', async () => {
    await fresh();
    const raw = ['SD', 'AUDIO'].map((label) => ({ label, ...titleKey('raw', label) }));
    for (const { kid, key } of raw) server.issued.set(kid.toString('hex'), key);
    await setKeyServer(page, 'raw', {
      keys: raw
        .map(({ label, kid, key }) => `label=${label}:key_id=${kid.toString('hex')}:key=${key.toString('hex')}`)
        .join('\n'),
      clearKeyUrl,
    });
    await playsByLicense(page, server, await packageFile(page, fixture(CLIP)), { distinct: 2 });
  });
});

test('a delivery certificate is made or imported, and opens a document that was encrypted for it', async (t) => {
  const server = await keyServer(t);
  const { page, url } = await openApp(t);
  /** The answer of a server that was told the certificate by other means. */
  const encrypted = async (/** @type {string} */ pem) => {
    const kid = '11111111-2222-4333-8444-555555555555';
    const certificate = pem.replace(/-----[^-]+-----|\s/g, '');
    const body = `<?xml version="1.0"?>\n<cpix:CPIX id="sealed" xmlns:cpix="urn:dashif:org:cpix" xmlns:pskc="urn:ietf:params:xml:ns:keyprov:pskc" xmlns:speke="urn:aws:amazon:com:speke" xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><cpix:DeliveryDataList><cpix:DeliveryData><cpix:DeliveryKey><ds:X509Data><ds:X509Certificate>${certificate}</ds:X509Certificate></ds:X509Data></cpix:DeliveryKey></cpix:DeliveryData></cpix:DeliveryDataList><cpix:ContentKeyList><cpix:ContentKey kid="${kid}"/></cpix:ContentKeyList></cpix:CPIX>`;
    const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    const response = await fetch(`${server.url}/speke/copyProtection`, {
      method: 'POST',
      body,
      headers: { authorization },
    });
    const text = await response.text();
    assert.match(text, /<enc:CipherValue>/);
    return text;
  };
  const packages = async (/** @type {string} */ document) => {
    await setOptions(page, { targets: ['cmaf'] });
    await setKeyServer(page, 'cpix', { document, clearKeyUrl: `${server.url}/clearkey` });
    await playsByLicense(page, server, await packageFile(page, fixture(CLIP)));
  };

  await t.test('made', async () => {
    await setKeyServer(page, 'cpix', { encrypted: true });
    await page.getByTestId('delivery-make').click();
    await page.locator('[data-testid="delivery"][data-state="made"]').waitFor();
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByTestId('delivery-save').click()]);
    const pem = await readFile(await download.path(), 'utf8');
    assert.ok(!pem.includes('PRIVATE'));
    await packages(await encrypted(pem));
  });

  await t.test('imported', async () => {
    await page.goto('about:blank');
    await page.goto(url);
    const { certificate, privateKey } = await pemPair();
    await setKeyServer(page, 'cpix', { encrypted: true });
    const file = (/** @type {string} */ name, /** @type {string} */ text) => ({
      name,
      mimeType: 'application/x-pem-file',
      buffer: Buffer.from(text),
    });
    await page.getByTestId('delivery-file').setInputFiles(file('certificate.pem', certificate));
    await page.getByTestId('delivery-problem').filter({ hasText: 'BEGIN PRIVATE KEY' }).waitFor();
    await page
      .getByTestId('delivery-file')
      .setInputFiles([file('certificate.pem', certificate), file('key.pem', privateKey)]);
    await page.locator('[data-testid="delivery"][data-state="imported"]').waitFor();
    await packages(await encrypted(certificate));
    assert.ok(!(await page.evaluate(readEverything)).includes(privateKey.split('\n')[3]), 'the private key isn’t kept');
  });
});

/** A certificate and its private key in PEM: the key is caught on its way into WebCrypto. */
async function pemPair() {
  const { importKey } = crypto.subtle;
  let pkcs8 = Buffer.alloc(0);
  crypto.subtle.importKey = function (format, data, ...rest) {
    if (format === 'pkcs8') pkcs8 = Buffer.from(/** @type {ArrayBuffer} */ (data));
    return importKey.call(this, /** @type {any} */ (format), /** @type {any} */ (data), ...rest);
  };
  try {
    const { certificate } = await createDeliveryKey({ bits: 2048 });
    const pem = (/** @type {string} */ label, /** @type {string} */ base64) =>
      `-----BEGIN ${label}-----\n${base64.match(/.{1,64}/g).join('\n')}\n-----END ${label}-----\n`;
    return { certificate: pem('CERTIFICATE', certificate), privateKey: pem('PRIVATE KEY', pkcs8.toString('base64')) };
  } finally {
    crypto.subtle.importKey = importKey;
  }
}

test('of a queue the file whose keys are refused fails, and the other one is packaged', async (t) => {
  const server = await keyServer(t);
  const { page } = await openApp(t);
  await setOptions(page, { targets: ['cmaf'] });
  await setKeyServer(page, 'doverunner', {
    url: `${server.url}/fault/json-error-for-audio-only/v2/cpix/doverunner/getKey/`,
    token,
  });
  await page.getByTestId('file-input').setInputFiles([fixture('audio-only.m4a'), fixture('video-only.mp4')]);
  await page.getByTestId('package').click();
  assert.equal(await rowStatus(page, 'audio-only.m4a', ['Failed', 'Succeed']), 'Failed');
  assert.equal(await rowStatus(page, 'video-only.mp4', ['Failed', 'Succeed']), 'Succeed');
  assert.match(await row(page, 'audio-only.m4a').getByTestId('job-error').innerText(), /A1004/);
  const { files, folders } = await storedOutputs(page);
  assert.deepEqual(
    folders.filter((folder) => !folder.includes('/')),
    ['video-only'],
    'no folder of the failed file',
  );
  assert.ok(files.every((file) => file.startsWith('video-only/')) && files.includes('video-only/cmaf/stream.mpd'));
  assert.equal(await page.getByTestId('key-server-token').inputValue(), token, 'the credentials stay for another go');
});

test('credentials are forgotten once all files are packaged, unless they are to be kept', async (t) => {
  const server = await keyServer(t);
  const { page } = await openApp(t);
  await setOptions(page, { targets: ['cmaf'] });
  const settings = { url: `${server.url}/SpekeV2`, user, password };
  for (const keep of [false, true]) {
    await setKeyServer(page, 'speke2', { ...settings, keep });
    await page.getByTestId('file-input').setInputFiles(fixture('audio-only.m4a'));
    await page.getByTestId('package').click();
    await page.locator('[data-testid="package"]:disabled').waitFor(); // nothing is left to package
    const done = page.getByTestId('job-row').and(page.locator('[data-status="Succeed"]'));
    await done.nth(keep ? 1 : 0).waitFor();
    await page.locator('[data-testid="cancel"]:disabled').waitFor();
    assert.equal(await page.getByTestId('key-server-password').inputValue(), keep ? password : '');
  }
  const kept = await page.evaluate(readEverything);
  assert.ok(!forms(Buffer.from(password)).some((form) => kept.includes(form)), 'kept in memory only');
  await page.reload();
  await page.getByTestId('key-server').selectOption('speke2');
  assert.equal(await page.getByTestId('key-server-password').inputValue(), '');
  assert.equal(await page.getByTestId('key-server-keep').isChecked(), false);
});

/**
 * Runs in the page: gives ClearKey out for a DRM system that this browser doesn't have. The license server gets
 * ClearKey's challenge for the key ids that the system's data names.
 *
 * @param {[string, string[]]} options
 */
function passOff([name, kids]) {
  const capabilities = navigator.mediaCapabilities;
  const decodingInfo = capabilities.decodingInfo.bind(capabilities);
  capabilities.decodingInfo = async (configuration) => {
    const wanted = configuration.keySystemConfiguration;
    if (wanted?.keySystem !== name) return decodingInfo(configuration);
    const plain = (/** @type {MediaCapabilitiesKeySystemConfiguration['audio']} */ track) =>
      track && { encryptionScheme: 'encryptionScheme' in track ? track.encryptionScheme : null };
    /** @type {any} */
    const keySystemConfiguration = { keySystem: 'org.w3.clearkey', initDataType: 'keyids' };
    for (const kind of /** @type {const} */ (['audio', 'video']))
      if (wanted[kind]) keySystemConfiguration[kind] = plain(wanted[kind]);
    const info = await decodingInfo({ ...configuration, keySystemConfiguration });
    const { supported, smooth, powerEfficient, keySystemAccess } = info;
    return { supported, smooth, powerEfficient, keySystemAccess: keySystemAccess && posing(keySystemAccess) };
  };
  const posing = (/** @type {MediaKeySystemAccess} */ access) => ({
    keySystem: name,
    getConfiguration: () => access.getConfiguration(),
    createMediaKeys: async () => {
      const keys = await access.createMediaKeys();
      const create = keys.createSession.bind(keys);
      keys.createSession = (/** @type {any} */ type) => {
        const session = create(type);
        const generate = session.generateRequest.bind(session);
        session.generateRequest = () => generate('keyids', new TextEncoder().encode(JSON.stringify({ kids })));
        return session;
      };
      return keys;
    },
  });
}

/**
 * Waits until the player says this.
 *
 * @param {Page} page
 * @param {RegExp} words
 */
async function told(page, words) {
  const problem = page.getByTestId('player-problem');
  await problem
    .filter({ hasText: words })
    .waitFor({ timeout: 10_000 })
    .catch(async () => {
      assert.match((await problem.count()) ? await problem.innerText() : 'nothing', words);
    });
}

test('a license token opens what was packaged, and a refusal is told in words', async (t) => {
  const server = await keyServer(t);
  for (const [drmType, keySystem] of [
    ['Widevine', 'com.widevine.alpha'],
    ['PlayReady', 'com.microsoft.playready'],
    ['FairPlay', 'com.apple.fps'],
  ]) {
    await t.test(drmType, async (t) => {
      const { page, context } = await openApp(t);
      /** @type {string[]} */
      const addresses = [];
      context.on('request', (request) => addresses.push(request.url()));
      await setOptions(page, { targets: ['cmaf'], segmentDuration: 2 });
      await setKeyServer(page, 'doverunner', { url: `${server.url}/v2/cpix/doverunner/getKey/`, token });
      const finished = await packageFile(page, fixture(CLIP));
      await page.addInitScript(
        passOff,
        /** @type {[string, string[]]} */ ([keySystem, [titleKey('ladder-360p').kid.toString('base64url')]]),
      );
      await openPlayer(page, finished, 'cmaf/stream.mpd');
      await page.reload();
      await page.locator('[data-testid="play"]:enabled').waitFor();
      await page.getByTestId('license').locator('summary').click();
      const site = { siteKey, accessKey, siteId, contentId: 'ladder-360p', drmType };
      const plays = async (/** @type {string} */ finishedToken) => {
        await page.getByTestId('license-token').fill(finishedToken);
        await page.getByTestId('play').click();
      };
      await page.getByTestId('license-url').fill(`${server.url}/ri/licenseManager.do`);
      await page.getByTestId('play').click();
      await told(page, /no token/);
      for (const [options, words] of /** @type {[options: object, words: RegExp][]} */ ([
        [{ timestamp: new Date(Date.now() - 3_600_000) }, /code 7011: the license token has expired/],
        [{ accessKey: 'another' }, /code 7019: .*hash/],
        [{ contentId: 'another' }, /code 7012: the license token is for another content id/],
        [{ siteId: 'NONE' }, /code 1003: there is no such site/],
        [{ drmType: drmType === 'FairPlay' ? 'Widevine' : 'FairPlay' }, /code 7018: .*another DRM system/],
      ])) {
        await plays(licenseToken({ ...site, ...options }));
        await told(page, words);
      }
      await plays('no token at all');
      await told(page, /code 7016/);
      const good = licenseToken(site);
      await plays(good);
      await playsBeyond(page, 0.3);
      assert.equal(server.requests.at(-1).headers['pallycon-customdata-v2'], good);
      await page.getByTestId('facts').filter({ hasText: keySystem }).waitFor();
      // Nowhere but in that header.
      const kept = [page.url(), await page.evaluate(readEverything), ...addresses].join('\n');
      assert.ok(!kept.includes(good) && !kept.includes(encodeURIComponent(good)));
      await page.reload();
      await page.locator('[data-testid="play"]:enabled').waitFor();
      await page.getByTestId('license').locator('summary').click();
      assert.equal(await page.getByTestId('license-token').inputValue(), '');
    });
  }
});

/**
 * @param {Buffer<ArrayBuffer>} bytes
 */
function forms(bytes) {
  return [
    bytes.toString('latin1'),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
  ];
}

/** Runs in the page: what the site keeps, and every output, a character a byte. */
async function readEverything() {
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
  const visit = async (/** @type {any[] | FileSystemDirectoryHandle} */ folder) => {
    for await (const handle of folder.values()) {
      if (handle.kind === 'directory') await visit(handle);
      else {
        const content = new Uint8Array(await (await handle.getFile()).arrayBuffer());
        for (let at = 0; at < content.length; at += 8192)
          kept.push(String.fromCharCode(...content.subarray(at, at + 8192)));
      }
    }
  };
  await visit(await navigator.storage.getDirectory());
  return kept.join('');
}
