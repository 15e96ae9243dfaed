// Keys from the development key server, through Node and the command line: every service, every fault.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createDecipheriv, createHash, createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createDeliveryKey, importDeliveryKey, memory, Packager, supportReport, TabpackError } from 'tabpack';
import { licenseToken } from 'tabpack/license-token';
import { schema } from '../key-server/cpix.mjs';
import { CREDENTIALS, start, titleKey } from '../key-server/server.mjs';
import { fixture, packaged, run, tabpack, temporaryFolder, validMpd } from './support.mjs';

const { token, user, password, keyId, siteKey, signer, signingKey, signingIv, kek } = CREDENTIALS;
const LABELS = ['AUDIO', 'SD', 'HD', 'UHD1', 'UHD2'];

/** @type {{ close: any; url: any; requests: any; answers: any; issued: Map<string, Buffer>; wrapped: Map<string, any> }} */
let server;
/** @type {Packager} */
let packager;
before(async () => {
  server = await start();
  packager = await Packager.create();
});
after(() => server.close());

/**
 * Settings of each service, without what is asked.
 *
 * @type {Record<string, () => import('tabpack').KeyServer>}
 */
const SERVICES = {
  doverunner: () => ({ service: 'doverunner', url: `${server.url}/v2/cpix/doverunner/getKey/`, token }),
  'doverunner, older path': () => ({ service: 'doverunner', url: `${server.url}/cpix/getKey?enc-token=`, token }),
  speke: () => ({ service: 'speke', url: `${server.url}/speke/copyProtection`, user, password }),
  'speke 2.0': () => ({ service: 'speke2', url: `${server.url}/SpekeV2`, user, password, scheme: 'cbcs' }),
  'speke 2.1': () => ({
    service: 'speke2',
    version: '2.1',
    url: `${server.url}/SpekeV2`,
    user,
    password,
    scheme: 'cbcs',
  }),
  axinom: () => ({ service: 'axinom', url: `${server.url}/SpekeV2`, user, password, scheme: 'cbcs' }),
  widevine: () => ({ service: 'widevine', url: `${server.url}/cenc/getcontentkey`, signer, signingKey, signingIv }),
  ezdrm: () => ({ service: 'ezdrm', url: `${server.url}/ezdrm/cpix.aspx`, keyId, user, password }),
  keyos: () => ({ service: 'keyos', url: `${server.url}/keyos/getKeysNoEncryption`, token }),
};

/** Settings of the SKM API, which gives a key and nothing else; of a title that is new to it the client's key. */
const skm = () =>
  /** @type {import('tabpack').KeyServer} */ ({ service: 'skm', url: `${server.url}/keystore/keys`, token, kek });

/** @param {{ kid: Buffer, key: Buffer }} options */
const hex = ({ kid, key }) => ({ kid: kid.toString('hex'), key: key.toString('hex') });
/** @param {{ kid: string, key: string }} pair */
const pick = ({ kid, key }) => ({ kid, key });

describe('a single key', () => {
  for (const [name, settings] of Object.entries(SERVICES)) {
    test(`from ${name}`, async () => {
      const answer = await packager.fetchKeys({ ...settings(), contentId: 'single-1' });
      assert.equal(answer.keys.length, 1);
      const [key] = answer.keys;
      assert.deepEqual([key.label, key.period], [null, 0]);
      const all = name.startsWith('speke 2') || name === 'axinom';
      assert.equal(key.key, titleKey('single-1', all ? 'ALL' : 'HD').key.toString('hex'));
      const widevine = answer.systems.find(({ systemId }) => systemId === 'edef8ba9-79d6-4ace-a3c8-27dcd51d21ed');
      assert.ok((widevine.pssh?.length ?? 0) > 40);
      assert.equal(widevine.kid, key.kid);
    });
  }
});

describe('the SKM API', () => {
  const sha1 = (/** @type {string} */ text) => createHash('sha1').update(text).digest('hex').slice(0, 32);
  test('a new key is drawn, stored under the key-encryption key, and answered from then on', async () => {
    const settings = { ...skm(), contentId: 'new-film', info: 'a note' };
    const [first] = (await packager.fetchKeys(settings)).keys;
    const { method, headers, body } = server.requests.at(-1);
    const asked = JSON.parse(body);
    assert.deepEqual(
      [method, headers['content-type'], asked.contentId, asked.info],
      ['POST', 'application/json', 'new-film', 'a note'],
    );
    assert.deepEqual([asked.kid, first.kid, first.label], [sha1('new-film'), sha1('new-film'), null]);
    // Node's own RFC 3394 opens it.
    const cipher = createDecipheriv('aes128-wrap', Buffer.from(kek, 'hex'), Buffer.alloc(8, 0xa6));
    const key = Buffer.concat([cipher.update(Buffer.from(asked.ek, 'hex')), cipher.final()]);
    assert.equal(key.toString('hex'), first.key);
    assert.equal(asked.kekId, '#1.afe008a381bdac03b412a92d54b92ddf'); // of the API's examples
    const [again] = (await packager.fetchKeys(settings)).keys;
    assert.notEqual(JSON.parse(server.requests.at(-1).body).ek, asked.ek, 'another key is drawn');
    assert.equal(again.key, first.key);
    const [got] = (await packager.fetchKeys({ ...settings, mode: 'get' })).keys;
    assert.deepEqual(
      [server.requests.at(-1).method, server.requests.at(-1).path],
      ['GET', `/keystore/keys/${first.kid}`],
    );
    assert.equal(got.key, first.key);
    const [other] = (await packager.fetchKeys({ ...skm(), contentId: 'other-film' })).keys;
    assert.notEqual(other.key, first.key);
  });
  test('a stored key is got, also by a key id of its own', async () => {
    const expected = titleKey('stored-1').key.toString('hex');
    assert.equal((await packager.fetchKeys({ ...skm(), contentId: 'stored-1' })).keys[0].key, expected);
    const named = { ...skm(), contentId: 'whatever', mode: /** @type {const} */ ('get'), kid: '^stored-1' };
    assert.equal((await packager.fetchKeys(named)).keys[0].key, expected);
    const { key } = (await packager.fetchKeys({ ...named, kid: sha1('stored-2') })).keys[0];
    assert.equal(key, titleKey('stored-2').key.toString('hex'));
  });
  test('what is wrong is said without the keys', async () => {
    const at = (/** @type {string} */ fault) => ({ url: `${server.url}/fault/${fault}/keystore/keys` });
    const stored = { ...skm(), contentId: 'stored-1' };
    for (const [settings, code, message] of /** @type {[import('tabpack').KeyServer, string, RegExp][]} */ ([
      [{ ...stored, kek: kek.replace('0f', '10') }, 'KEY_SERVER_ANSWER_INVALID', /another key-encryption key/],
      [{ ...stored, kek: '0011' }, 'OPTION_INVALID', /kek is not 32 hexadecimal digits/],
      [{ ...stored, kek: undefined }, 'OPTION_MISSING', /under its key-encryption key only/],
      [{ ...skm(), contentId: 'unknown', mode: 'get' }, 'KEY_SERVER_ERROR', /Not Found/],
      [{ ...skm(), contentId: 'unknown', kek: undefined }, 'KEY_SERVER_ERROR', /ek required/],
      [{ ...stored, token: 'another token' }, 'KEY_SERVER_ERROR', /wrong customer authenticator/],
      [{ ...stored, ...at('wrong-kid') }, 'KEY_SERVER_ANSWER_INVALID', /it has the key 00000000-/],
      [{ ...stored, tracks: ['SD', 'HD'] }, 'KEY_REQUEST_INVALID', /one key a title/],
      [{ ...stored, kid: 'xyz!' }, 'KEY_INVALID', /key id/],
    ])) {
      const error = await packager.fetchKeys(settings).then(
        () => assert.fail(String(message)),
        (thrown) => thrown,
      );
      assert.equal(error.code, code, error.message);
      assert.match(error.message, message);
      const text = Buffer.from(said(error));
      for (const form of [kek, titleKey('stored-1').key].flatMap(forms)) assert.ok(!text.includes(form), error.message);
    }
  });
  test('packaged with it by the command line, decrypted with the key that it stored', async (t) => {
    const folder = await temporaryFolder(t);
    const [credentials, out] = [join(folder, 'credentials.json'), join(folder, 'out')];
    await writeFile(credentials, JSON.stringify({ token, kek }), { mode: 0o600 });
    const service = [
      '--key-server',
      'skm',
      '--key-server-url',
      `${server.url}/keystore/keys`,
      '--credentials',
      credentials,
    ];
    const result = await packaged(
      fixture('audio-only.m4a'),
      '-o',
      out,
      service,
      '--content-id',
      '{name}',
      '--skm-info',
      'by the command line',
    );
    const kid = sha1('audio-only');
    assert.equal(server.wrapped.get(kid)?.info, 'by the command line');
    const key = server.issued.get(kid);
    assert.ok(key !== undefined);
    for (const form of forms(Buffer.from(kek, 'hex'))) assert.ok(!Buffer.from(JSON.stringify(result)).includes(form));
    const { status, stdout: verified } = await tabpack(
      'verify',
      out,
      '--key',
      `${kid}:${key.toString('hex')}`,
      '--source',
      fixture('audio-only.m4a'),
    );
    assert.equal(status, 0, verified);
  });
});

describe('five keys by track type', () => {
  for (const name of ['doverunner', 'widevine', 'keyos']) {
    test(`from ${name}`, async () => {
      const { keys } = await packager.fetchKeys({ ...SERVICES[name](), contentId: 'five', tracks: LABELS });
      for (const label of LABELS)
        assert.deepEqual(pick(keys.find((key) => key.label === label)), hex(titleKey('five', label)), label);
    });
  }
  test('from speke 2, by presets', async () => {
    const { keys } = await packager.fetchKeys({
      ...SERVICES['speke 2.0'](),
      contentId: 'five',
      videoPreset: 'PRESET_VIDEO_8',
      audioPreset: 'PRESET_AUDIO_1',
    });
    assert.deepEqual(
      keys.map(({ label }) => label),
      ['SD+HD1', 'HD2', 'UHD1', 'UHD2', 'AUDIO'],
    );
  });
});

describe('rotation', () => {
  for (const name of ['doverunner', 'speke 2.1', 'widevine']) {
    test(`from ${name}`, async () => {
      const { keys } = await packager.fetchKeys({
        ...SERVICES[name](),
        contentId: 'rotating',
        tracks: ['HD', 'AUDIO'],
        periods: 3,
        firstPeriod: 1,
      });
      assert.equal(keys.length, 6);
      for (const { label, period, key } of keys)
        assert.equal(key, titleKey('rotating', label ?? '', period + 1).key.toString('hex'));
    });
  }
});

describe('encrypted delivery', () => {
  test('with a certificate that is made', async () => {
    const deliveryKey = await createDeliveryKey({ bits: 2048 });
    assert.equal(deliveryKey.privateKey.extractable, false);
    const certificate = new X509Certificate(Buffer.from(deliveryKey.certificate, 'base64'));
    assert.ok(certificate.verify(certificate.publicKey), 'self-signed');
    assert.ok(certificate.checkIssued(certificate) && new Date(certificate.validTo) > new Date());
    const { keys } = await packager.fetchKeys({
      ...SERVICES['speke 2.0'](),
      contentId: 'sealed',
      tracks: ['HD', 'AUDIO'],
      deliveryKey,
    });
    for (const { label, key } of keys) assert.equal(key, titleKey('sealed', label ?? '').key.toString('hex'));
    assert.ok(!server.requests.at(-1).body.includes('PRIVATE'));
  });

  test('with another certificate’s key nothing opens (2005), without one neither (2004), a wrong MAC is found first (2002)', async (t) => {
    const deliveryKey = await createDeliveryKey({ bits: 2048 });
    const other = await createDeliveryKey({ bits: 2048 });
    const settings = { ...SERVICES['speke 2.0'](), contentId: 'sealed' };
    const stranger = { ...deliveryKey, privateKey: other.privateKey };
    await fails(packager.fetchKeys({ ...settings, deliveryKey: stranger }), 'DELIVERY_KEY_INVALID', 2005);
    const url = `${server.url}/fault/wrong-hmac/SpekeV2`;
    const mismatch = await fails(packager.fetchKeys({ ...settings, url, deliveryKey }), 'CPIX_MAC_MISMATCH', 2002);
    assert.ok(mismatch.message.includes(new URL(url).host), mismatch.message);
    // A document that came encrypted, taken from a file.
    const request = server.requests.at(-1);
    const response = await fetch(`${server.url}/SpekeV2`, {
      method: 'POST',
      body: request.body,
      headers: { authorization: request.headers.authorization, 'x-speke-version': '2.0' },
    });
    const document = await response.text();
    await fails(packager.fetchKeys({ service: 'cpix', document }), 'DELIVERY_KEY_MISSING', 2004);
    const opened = await packager.fetchKeys({ service: 'cpix', document, deliveryKey });
    assert.equal(opened.keys[0].key, titleKey('sealed', 'ALL').key.toString('hex'));
    const folder = await temporaryFolder(t);
    const path = join(folder, 'keys.xml');
    await writeFile(path, document);
    const { status, stderr } = await tabpack(
      'package',
      fixture('audio-only.m4a'),
      '-o',
      join(folder, 'out'),
      '--key-server',
      'cpix',
      '--cpix-file',
      path,
    );
    assert.equal(status, 1);
    assert.match(stderr, /^DELIVERY_KEY_MISSING \(2004\)/);
  });

  test('an imported key is checked', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
    const { certificate } = await createDeliveryKey({ bits: 2048 });
    const certificatePem = `-----BEGIN CERTIFICATE-----\n${certificate}\n-----END CERTIFICATE-----\n`;
    assert.equal((await importDeliveryKey(certificatePem, pem)).certificate, certificate);
    await fails(importDeliveryKey(certificatePem, 'no key'), 'DELIVERY_KEY_INVALID', 2005);
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' });
    await fails(importDeliveryKey(certificatePem, String(ec)), 'DELIVERY_KEY_INVALID', 2005);
    assert.ok(createPublicKey(pem));
  });
});

describe('content ids from an issue page', () => {
  for (const form of /** @type {const} */ (['json', 'xml'])) {
    test(form, async () => {
      const page = { url: `${server.url}/cid/${form}`, siteKey, form, fileName: 'My film & more.mp4' };
      const answer = await packager.fetchKeys({ ...SERVICES.doverunner(), contentIdPage: page });
      assert.equal(answer.contentId, 'cid-My-film---more-mp4');
      assert.equal(answer.keys[0].key, titleKey('cid-My-film---more-mp4').key.toString('hex'));
    });
  }
  test('an old answer is refused', async () => {
    const page = { url: `${server.url}/fault/wrong-kid/cid/json`, siteKey, fileName: 'a.mp4' };
    const error = await fails(
      packager.fetchKeys({ ...SERVICES.doverunner(), contentIdPage: page }),
      'KEY_SERVER_ANSWER_INVALID',
      2002,
    );
    assert.match(error.message, /nonce/);
  });
});

/**
 * Each fault with its code, its number and what its sentence says.
 *
 * @type {Record<string, [code: string, number: number, sentence: RegExp]>}
 */
const FAULTS = {
  slow: ['KEY_SERVER_TIMEOUT', 2001, /within 1 s/],
  hang: ['KEY_SERVER_TIMEOUT', 2001, /within 1 s/],
  reset: ['KEY_SERVER_UNREACHABLE', 2001, /could not be reached/],
  401: ['KEY_SERVER_ERROR', 2002, /status 401/],
  '429-long': ['KEY_SERVER_ERROR', 2002, /status 429: Too many requests/],
  500: ['KEY_SERVER_ERROR', 2002, /status 500/],
  'json-error': ['KEY_SERVER_ERROR', 2002, /A1004 Site not found/],
  truncated: ['KEY_SERVER_ANSWER_INVALID', 2002, /can[’']t be used/],
  'wrong-kid': ['CPIX_KEY_MISSING', 1102, /eeeeeeee/],
  huge: ['KEY_SERVER_ANSWER_INVALID', 2002, /larger than/],
};

describe('faults', () => {
  for (const [fault, [code, number, sentence]] of Object.entries(FAULTS)) {
    test(fault, async () => {
      const url = `${server.url}/fault/${fault}/v2/cpix/doverunner/getKey/`;
      const began = performance.now();
      const timeout = fault === 'slow' || fault === 'hang' ? 1 : 10;
      const error = await fails(
        packager.fetchKeys({ ...SERVICES.doverunner(), url, contentId: 'faulty', timeout }),
        code,
        number,
      );
      assert.match(error.message, sentence);
      assert.ok(error.message.includes(new URL(server.url).host), error.message);
      assert.ok(error.advice.length > 20);
      assert.ok(performance.now() - began < timeout * 1000 + 500, 'within the timeout');
      assert.ok(!said(error).includes(token) && !said(error).includes(encodeURIComponent(token)), 'no credential');
    });
  }
  for (const fault of ['429', '500-once']) {
    test(`${fault} is over after a retry`, async () => {
      const url = `${server.url}/fault/${fault}/v2/cpix/doverunner/getKey/`;
      const { keys } = await packager.fetchKeys({ ...SERVICES.doverunner(), url, contentId: 'patient' });
      assert.equal(keys.length, 1);
    });
  }
  test('a server that isn’t there', async () => {
    await fails(
      packager.fetchKeys({ ...SERVICES.doverunner(), url: 'http://127.0.0.1:9/', contentId: 'a', timeout: 5 }),
      'KEY_SERVER_UNREACHABLE',
      2001,
    );
  });
  test('an abort ends it at once', async () => {
    const controller = new AbortController();
    const url = `${server.url}/fault/hang/v2/cpix/doverunner/getKey/`;
    setTimeout(() => controller.abort(new Error('enough')), 200);
    await assert.rejects(
      packager.fetchKeys({ ...SERVICES.doverunner(), url, contentId: 'a' }, controller.signal),
      /enough/,
    );
  });
  test('a job that gets no key writes nothing', async () => {
    const output = memory();
    const keyServer = {
      ...SERVICES.doverunner(),
      url: `${server.url}/fault/500/v2/cpix/doverunner/getKey/`,
      contentId: 'a',
      retries: 0,
    };
    const bytes = new Uint8Array(await readFile(fixture('audio-only.m4a')));
    await fails(packager.package(bytes, { output, keyServer }), 'KEY_SERVER_ERROR', 2002);
    assert.equal(output.files.size, 0);
  });
});

test('requests are valid by the schema of CPIX', {
  skip: schema === null && 'TABPACK_XSD names no folder with cpix/cpix.xsd',
}, () => {
  // The server validates each request and refuses what isn't valid: the tests above have passed it.
  assert.ok(server.requests.length > 20);
});

test('keys by label go into the job, and nothing of the secrets into its output, its log or its report', async (t) => {
  const folder = await temporaryFolder(t);
  const credentials = join(folder, 'credentials.json');
  await writeFile(credentials, JSON.stringify({ token }), { mode: 0o600 });
  const report = join(folder, 'report.xml');
  const { status, stdout, stderr } = await tabpack(
    'package',
    fixture('bframes-1080p.mp4'),
    '-o',
    join(folder, 'out'),
    '--key-server',
    'doverunner',
    '--key-server-url',
    `${server.url}/v2/cpix/doverunner/getKey/`,
    '--credentials',
    credentials,
    '--content-id',
    '{name}',
    '--tracks',
    'HD,AUDIO',
    '--json',
    '--report',
    report,
  );
  assert.equal(status, 0, stderr);
  const result = JSON.parse(stdout);
  assert.deepEqual(result.keys, [], 'keys of a server are not printed');
  const init = await readFile(join(folder, 'out', 'cmaf', 'video-1', 'init.mp4'));
  assert.ok(init.includes(titleKey('bframes-1080p', 'HD').kid));
  const written = [Buffer.from(stdout), Buffer.from(stderr), await readFile(report)];
  for (const entry of await readdir(join(folder, 'out'), { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) written.push(await readFile(join(entry.parentPath ?? entry.path, entry.name)));
  }
  for (const secret of [token, ...['HD', 'AUDIO'].map((label) => titleKey('bframes-1080p', label).key)]) {
    for (const form of forms(secret)) assert.ok(!written.some((bytes) => bytes.includes(form)), 'a secret is written');
  }
  assert.match(String(await readFile(report)), /<RESULT>0<\/RESULT>/);
});

describe('no credential and no key is in what a job of any service leaves', () => {
  const CREDENTIAL_FORMS = [
    token,
    password,
    `${user}:${password}`,
    Buffer.from(signingKey, 'hex'),
    Buffer.from(signingIv, 'hex'),
    siteKey,
    kek,
    Buffer.from(kek, 'hex'),
  ].flatMap(forms);
  for (const [name, settingsOf] of Object.entries({ ...SERVICES, skm })) {
    test(name, async () => {
      const settings = {
        ...settingsOf(),
        contentId: 'quiet',
        contentIdPage: { url: `${server.url}/cid/json`, siteKey },
      };
      /** @type {any[]} */
      const lines = [];
      const output = memory();
      const bytes = new Uint8Array(await readFile(fixture('audio-only.m4a')));
      const result = await packager.package(bytes, {
        output,
        keyServer: settings,
        onLog: (line) => lines.push(line),
      });
      const { keys, ...told } = result;
      assert.equal(keys.length, 1);
      const written = [
        ...output.files.values(),
        ...[lines.join('\n'), JSON.stringify(told), supportReport(undefined, 'a.m4a')].map((text) => Buffer.from(text)),
      ].map((part) => Buffer.from(part));
      const keyForms = forms(Buffer.from(keys[0].key.hex, 'hex'));
      for (const form of [...CREDENTIAL_FORMS, ...keyForms])
        assert.ok(!written.some((part) => part.includes(form)), `${form} is written`);
      // Servers that repeat the request, with its address and its Authorization, in what they say is wrong.
      for (const fault of ['401', 'json-error']) {
        const { contentIdPage: _, url, ...rest } = settings;
        const error = await packager
          .fetchKeys({ ...rest, url: (url ?? '').replace(server.url, `${server.url}/fault/${fault}`) })
          .then(
            () => assert.fail('a refusal'),
            (thrown) => thrown,
          );
        assert.equal(error.code, 'KEY_SERVER_ERROR');
        const text = Buffer.from(said(error));
        for (const form of CREDENTIAL_FORMS) assert.ok(!text.includes(form), `${fault}: ${form} is told`);
      }
    });
  }
});

test('crypto periods of a server are those of the job', async () => {
  const output = memory();
  const keyServer = { ...SERVICES.doverunner(), contentId: 'rotation-job', tracks: ['HD', 'AUDIO'], periods: 3 };
  const bytes = new Uint8Array(await readFile(fixture('bframes-1080p.mp4')));
  const result = await packager.package(bytes, { output, keyServer, cryptoPeriod: 4, segmentDuration: 2 });
  const kids = new Set(result.keys.map(({ kid }) => kid.hex));
  for (const period of [0, 1, 2])
    assert.ok(kids.has(titleKey('rotation-job', 'HD', period).kid.toString('hex')), `period ${period}`);
});

/**
 * What a CPIX answer says of a system and a key, decoded.
 *
 * @param {string} answer
 * @param {string} systemId
 * @param {string} kid
 */
function saidOf(answer, systemId, kid) {
  const part = new RegExp(`<cpix:DRMSystem kid="${kid}" systemId="${systemId}">(.*?)</cpix:DRMSystem>`, 'is').exec(
    answer,
  )[1];
  const text = (/** @type {string} */ name) =>
    [...part.matchAll(new RegExp(`<${name}[^>]*>([^<]*)<`, 'g'))].map(([, data]) => data);
  const decoded = (/** @type {string} */ name) => text(name).map((data) => Buffer.from(data, 'base64').toString());
  return {
    pssh: text('cpix:PSSH')[0],
    xml: decoded('cpix:ContentProtectionData')[0],
    lines: decoded('cpix:HLSSignalingData'),
    uri: decoded('cpix:URIExtXKey')[0],
  };
}

/** The request's key id of a track type. */
const kidOf = (/** @type {string} */ body, /** @type {string} */ label) =>
  new RegExp(`ContentKeyUsageRule kid="([^"]+)" intendedTrackType="${label.replace(/\+/g, '\\+')}"`).exec(body)[1];

/**
 * @param {string} folder
 */
async function speke2Credentials(folder) {
  const path = join(folder, 'credentials.json');
  await writeFile(path, JSON.stringify({ user, password }), { mode: 0o600 });
  return ['--credentials', path];
}

describe('what the server says of DRM systems stands in the manifests, and nothing else is made for them', () => {
  const [WIDEVINE, PLAYREADY, FAIRPLAY] = [
    'edef8ba9-79d6-4ace-a3c8-27dcd51d21ed',
    '9a04f079-9840-4286-ab92-e65be0885f95',
    '94ce86fb-07ff-4f43-adb8-93d2fa968ca2',
  ];
  const contents = async (/** @type {string} */ folder, /** @type {any[]} */ names) =>
    Object.fromEntries(
      await Promise.all(
        names.map(async (/** @type {string} */ name) => [name, await readFile(join(folder, 'out/cmaf', name), 'utf8')]),
      ),
    );

  test('SPEKE 2: XML in the MPD, lines in the playlists', async (t) => {
    const folder = await temporaryFolder(t);
    // What would be made otherwise is asked for too: it is what mustn't come.
    await packaged(
      fixture('bframes-1080p.mp4'),
      '-o',
      join(folder, 'out'),
      '--drm',
      'widevine,playready,fairplay',
      '--widevine-provider',
      'mine',
      '--playready-la-url',
      'https://mine.example/',
      '--fairplay-uri',
      'skd://mine/{kid}',
      '--key-server',
      'speke2',
      '--key-server-url',
      `${server.url}/SpekeV2`,
      await speke2Credentials(folder),
      '--content-id',
      'said',
      '--tracks',
      'HD,AUDIO',
    );
    const answer = server.answers.at(-1);
    const files = await contents(folder, ['stream.mpd', 'master.m3u8', 'video-1/media.m3u8', 'audio-1/media.m3u8']);
    const mpd = files['stream.mpd'];
    const made = Object.values(files).join('\n');
    for (const [label, track] of [
      ['HD', 'video-1'],
      ['AUDIO', 'audio-1'],
    ]) {
      const kid = kidOf(server.requests.at(-1).body, label);
      const [widevine, playready, fairplay] = [WIDEVINE, PLAYREADY, FAIRPLAY].map((id) => saidOf(answer, id, kid));
      assert.ok(mpd.includes(`<cenc:pssh>${widevine.pssh}</cenc:pssh>`), `${label}: Widevine's box`);
      const pro = />([^<]+)<\/mspr:pro>/.exec(playready.xml)[1];
      assert.ok(mpd.includes(`<mspr:pro>${pro}</mspr:pro>`), `${label}: PlayReady's object`);
      const note = playready.xml.slice(playready.xml.indexOf('<dev:note'));
      assert.ok(note.includes('&amp;') && mpd.includes(note), `${label}: an element that nobody knows`);
      const playlist = files[`${track}/media.m3u8`]
        .split('\n')
        .filter((/** @type {string} */ line) => line.startsWith('#EXT-X-KEY'));
      assert.deepEqual(
        [widevine, playready, fairplay].map(({ lines }) => lines[0]).filter((line) => !playlist.includes(line)),
        [],
      );
      assert.equal(playlist.length, 3, 'and no other');
      for (const { lines } of [widevine, playready, fairplay])
        assert.ok(files['master.m3u8'].split('\n').includes(lines[1]), lines[1]);
      const init = await readFile(join(folder, 'out/cmaf', track, 'init.mp4'));
      assert.ok(init.includes(Buffer.from(widevine.pssh, 'base64')));
    }
    assert.ok(
      !made.includes('skd://mine') && !made.includes(Buffer.from('mine').toString('base64').slice(0, 4)),
      'nothing is made beside it',
    );
    assert.equal(mpd.match(/<cenc:pssh>/g).length, 4, 'a box for each of two systems and keys');
    if (process.env.TABPACK_XSD) await validMpd(join(folder, 'out/cmaf/stream.mpd'), process.env.TABPACK_XSD);
  });

  test('the KMS: payloads, and its lines', async (t) => {
    const folder = await temporaryFolder(t);
    const path = join(folder, 'credentials.json');
    await writeFile(path, JSON.stringify({ token }), { mode: 0o600 });
    await packaged(
      fixture('bframes-1080p.mp4'),
      '-o',
      join(folder, 'out'),
      '--key-server',
      'doverunner',
      '--key-server-url',
      `${server.url}/v2/cpix/doverunner/getKey/`,
      '--credentials',
      path,
      '--content-id',
      'said',
      '--systems',
      'widevine,playready,fairplay,hls-ncg-sample-aes',
    );
    const kid = titleKey('said')
      .kid.toString('hex')
      .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    const answer = server.answers.at(-1);
    const files = await contents(folder, ['stream.mpd', 'master.m3u8', 'video-1/media.m3u8']);
    for (const id of [WIDEVINE, PLAYREADY])
      assert.ok(files['stream.mpd'].includes(`<cenc:pssh>${saidOf(answer, id, kid).pssh}</cenc:pssh>`));
    const fairplay = saidOf(answer, FAIRPLAY, kid);
    assert.ok(files['video-1/media.m3u8'].includes(`${fairplay.lines[0]}\n`));
    assert.ok(files['master.m3u8'].includes(`${fairplay.lines[1]}\n`));
    // A key that the server wraps is an ordinary HLS key at the server's address.
    const wrapped = saidOf(answer, '48582a1d-1ff4-426e-8cd5-06424fcc578c', kid);
    assert.ok(wrapped.uri.length > 6 && files['video-1/media.m3u8'].includes(`${wrapped.lines[0]}\n`));
  });

  test('SPEKE 1: the URI and its KeyFormat', async (t) => {
    const folder = await temporaryFolder(t);
    await packaged(
      fixture('bframes-1080p.mp4'),
      '-o',
      join(folder, 'out'),
      '--key-server',
      'speke',
      '--key-server-url',
      `${server.url}/speke/copyProtection`,
      await speke2Credentials(folder),
      '--content-id',
      'said',
    );
    const kid = titleKey('said')
      .kid.toString('hex')
      .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    const { uri } = saidOf(server.answers.at(-1), FAIRPLAY, kid);
    const { 'video-1/media.m3u8': media } = await contents(folder, ['video-1/media.m3u8']);
    assert.ok(
      media.includes(`#EXT-X-KEY:METHOD=SAMPLE-AES,URI="${uri}",KEYFORMAT="com.apple.streamingkeydelivery"`),
      media.slice(0, 900),
    );
  });
});

describe('track types of SPEKE 2', () => {
  /**
   * The label whose key each track's init segment names.
   *
   * @param {TestContext} t
   * @param {string[]} inputs
   * @param {string[]} options
   */
  async function labelsOf(t, inputs, ...options) {
    const folder = await temporaryFolder(t);
    await packaged(
      inputs.map(fixture),
      '-o',
      join(folder, 'out'),
      '--key-server',
      'speke2',
      '--key-server-url',
      `${server.url}/SpekeV2`,
      await speke2Credentials(folder),
      '--content-id',
      'types',
      options,
    );
    const { body, headers } = server.requests.at(-1);
    const labels = [...body.matchAll(/intendedTrackType="([^"]+)"/g)].map(([, label]) => label);
    /** @type {Record<string, string[]>} */
    const found = {};
    for (const track of await readdir(join(folder, 'out/cmaf'))) {
      if (!/^(video|audio)-\d+$/.test(track)) continue;
      const init = await readFile(join(folder, 'out/cmaf', track, 'init.mp4'));
      const width = init.readUInt16BE(init.indexOf('tkhd') + 80); // the integer part of the picture's width
      found[track.startsWith('audio') ? track : `video ${width}`] = labels.filter((label) =>
        init.includes(Buffer.from(kidOf(body, label).replaceAll('-', ''), 'hex')),
      );
    }
    return { found, body, version: headers['x-speke-version'] };
  }
  const LADDER = ['ladder-360p.mp4', 'ladder-720p.mp4'];

  test('PRESET_VIDEO_5 with PRESET_AUDIO_2', async (t) => {
    const { found, body, version } = await labelsOf(
      t,
      LADDER,
      '--video-preset',
      'PRESET_VIDEO_5',
      '--audio-preset',
      'PRESET_AUDIO_2',
    );
    assert.deepEqual(found, { 'video 640': ['SD'], 'video 1280': ['HD1'], 'audio-1': ['STEREO_AUDIO'] });
    assert.deepEqual([version, /<cpix:CPIX [^>]*version="([\d.]+)"/.exec(body)[1]], ['2.0', '2.3']);
  });
  test('PRESET_VIDEO_8 with PRESET_AUDIO_3, in version 2.1', async (t) => {
    const { found, body, version } = await labelsOf(
      t,
      LADDER,
      '--video-preset',
      'PRESET_VIDEO_8',
      '--audio-preset',
      'PRESET_AUDIO_3',
      '--key-server-version',
      '2.1',
    );
    assert.deepEqual(found, { 'video 640': ['SD+HD1'], 'video 1280': ['SD+HD1'], 'audio-1': ['STEREO_AUDIO'] });
    assert.deepEqual([version, /<cpix:CPIX [^>]*version="([\d.]+)"/.exec(body)[1]], ['2.1', '2.4']);
  });
  test('PRESET_VIDEO_4, 6 and 7', async (t) => {
    for (const [preset, small, large] of [
      ['PRESET_VIDEO_4', 'SD', 'HD'],
      ['PRESET_VIDEO_6', 'SD', 'HD1'],
      ['PRESET_VIDEO_7', 'SD+HD1', 'SD+HD1'],
    ]) {
      const { found } = await labelsOf(t, LADDER, '--video-preset', preset, '--audio-preset', 'PRESET_AUDIO_1');
      assert.deepEqual(found, { 'video 640': [small], 'video 1280': [large], 'audio-1': ['AUDIO'] }, preset);
    }
  });
  test('FairPlay with cenc is refused by the server', async () => {
    const body = (/** @type {string} */ scheme) => {
      const kid = '01000000-1111-4222-8333-444455556601';
      return `<?xml version="1.0" encoding="UTF-8"?>
<cpix:CPIX contentId="a" version="2.3" xmlns:cpix="urn:dashif:org:cpix" xmlns:pskc="urn:ietf:params:xml:ns:keyprov:pskc"><cpix:ContentKeyList><cpix:ContentKey kid="${kid}" commonEncryptionScheme="${scheme}"/></cpix:ContentKeyList><cpix:DRMSystemList><cpix:DRMSystem kid="${kid}" systemId="94ce86fb-07ff-4f43-adb8-93d2fa968ca2"/></cpix:DRMSystemList><cpix:ContentKeyUsageRuleList><cpix:ContentKeyUsageRule kid="${kid}" intendedTrackType="ALL"><cpix:VideoFilter/><cpix:AudioFilter/></cpix:ContentKeyUsageRule></cpix:ContentKeyUsageRuleList></cpix:CPIX>`;
    };
    const ask = (/** @type {string} */ scheme) =>
      fetch(`${server.url}/SpekeV2`, {
        method: 'POST',
        headers: {
          authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
          'x-speke-version': '2.0',
        },
        body: body(scheme),
      });
    assert.equal((await ask('cbcs')).status, 200);
    const refused = await ask('cenc');
    assert.equal(refused.status, 422);
    assert.match(await refused.text(), /FairPlay/);
  });
  test('a rule whose filter fits no track is for none', async (t) => {
    const folder = await temporaryFolder(t);
    const path = join(folder, 'keys.xml');
    const kid = '01000000-1111-4222-8333-444455556601';
    const value = `<pskc:Secret><pskc:PlainValue>${Buffer.alloc(16, 1).toString('base64')}</pskc:PlainValue></pskc:Secret>`;
    const document = (/** @type {string} */ filters) =>
      `<CPIX xmlns="urn:dashif:org:cpix" xmlns:pskc="urn:ietf:params:xml:ns:keyprov:pskc"><ContentKeyList><ContentKey kid="${kid}"><Data>${value}</Data></ContentKey></ContentKeyList><ContentKeyUsageRuleList><ContentKeyUsageRule kid="${kid}">${filters}</ContentKeyUsageRule></ContentKeyUsageRuleList></CPIX>`;
    const out = ['-o', join(folder, 'out'), '--force', '--key-server', 'cpix', '--cpix-file', path];
    for (const [filters, fits] of /** @type {[string, boolean][]} */ ([
      ['<VideoFilter minPixels="99999999"/>', false],
      ['<VideoFilter hdr="true"/>', false],
      ['<VideoFilter/><BitrateFilter minBitrate="100000000"/>', false],
      ['<VideoFilter maxFps="24" hdr="false"/><BitrateFilter maxBitrate="100000000"/>', true],
    ])) {
      await writeFile(path, document(filters));
      const { status, stderr } = await tabpack('package', fixture('bframes-1080p.mp4'), out, '--clear', 'AUDIO');
      assert.equal(status, fits ? 0 : 1, filters);
      if (!fits) assert.match(stderr, /KEY_MISSING .*video-1.*(VideoFilter|BitrateFilter)/);
    }
  });
  test('HD2 of a picture of 1080 lines, and VIDEO of any', async (t) => {
    const five = await labelsOf(
      t,
      ['bframes-1080p.mp4'],
      '--video-preset',
      'PRESET_VIDEO_5',
      '--audio-preset',
      'PRESET_AUDIO_1',
    );
    assert.deepEqual(five.found, { 'video 1920': ['HD2'], 'audio-1': ['AUDIO'] });
    const one = await labelsOf(
      t,
      ['bframes-1080p.mp4'],
      '--video-preset',
      'PRESET_VIDEO_1',
      '--audio-preset',
      'PRESET_AUDIO_1',
    );
    assert.deepEqual(one.found, { 'video 1920': ['VIDEO'], 'audio-1': ['AUDIO'] });
  });
  test('sound stays clear without a preset for it', async (t) => {
    const { found } = await labelsOf(t, ['bframes-1080p.mp4'], '--video-preset', 'PRESET_VIDEO_2');
    assert.deepEqual(found, { 'video 1920': ['HD'], 'audio-1': [] });
  });
  test('a document of an unknown origin, its rules without filters', async () => {
    const kid = (/** @type {string} */ digit) => `${digit.repeat(8)}-0000-4000-8000-000000000000`;
    const key = '<Data><p:Secret><p:PlainValue>AAECAwQFBgcICQoLDA0ODw==</p:PlainValue></p:Secret></Data>';
    const labels = { a: 'SD+HD1', b: 'HD2', c: 'STEREO_AUDIO', d: 'MULTICHANNEL_AUDIO' };
    const document = `<CPIX xmlns="urn:dashif:org:cpix" xmlns:p="urn:ietf:params:xml:ns:keyprov:pskc"><ContentKeyList>${Object.keys(
      labels,
    )
      .map((digit) => `<ContentKey kid="${kid(digit)}">${key}</ContentKey>`)
      .join('')}</ContentKeyList><ContentKeyUsageRuleList>${Object.entries(labels)
      .map(([digit, label]) => `<ContentKeyUsageRule kid="${kid(digit)}" intendedTrackType="${label}"/>`)
      .join('')}</ContentKeyUsageRuleList></CPIX>`;
    const output = memory();
    const result = await packager.package(new Uint8Array(await readFile(fixture('bframes-1080p.mp4'))), {
      output,
      keyServer: { service: 'cpix', document },
    });
    assert.deepEqual(result.keys.map(({ label }) => label).sort(), ['HD2', 'STEREO_AUDIO']);
  });
});

test('a proxy passes the request on', async () => {
  const before = server.requests.length;
  const proxy = `${server.url}/proxy?url={url}`;
  const { keys } = await packager.fetchKeys({ ...SERVICES['speke 2.1'](), contentId: 'by-proxy', proxy });
  assert.equal(keys[0].key, titleKey('by-proxy', 'ALL').key.toString('hex'));
  assert.deepEqual(
    server.requests.slice(before).map((/** @type {{ path: string }} */ { path }) => path),
    ['/proxy', '/SpekeV2'],
  );
  // Without the mark the address goes behind the proxy's.
  await packager.fetchKeys({ ...SERVICES.ezdrm(), contentId: 'by-proxy', proxy: `${server.url}/proxy?url=` });
  assert.deepEqual(
    server.requests.slice(-2).map((/** @type {{ path: string }} */ { path }) => path),
    ['/proxy', '/ezdrm/cpix.aspx'],
  );
});

describe('npm run key-server', () => {
  const main = new URL('../key-server/main.mjs', import.meta.url).pathname;
  test('starts and says how it is used', async (t) => {
    const child = spawn(process.execPath, [main, '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
    t.after(() => child.kill());
    let text = '';
    for await (const chunk of child.stdout) {
      text += chunk;
      if (text.includes('--clearkey-url')) break;
    }
    const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(text);
    assert.equal(await (await fetch(`${url}/speke/heartbeat`)).text(), 'OK');
    for (const word of [
      'doverunner',
      'speke2',
      'widevine',
      'ezdrm',
      'keyos',
      'skm',
      'issue page',
      'ClearKey',
      'Faults',
      token,
      siteKey,
    ])
      assert.ok(text.includes(word), word);
  });
  test('says what is wrong', async () => {
    assert.match((await run(process.execPath, [main, '--help'])).stdout, /^Usage: npm run key-server/);
    const wrong = await run(process.execPath, [main, 'port']);
    assert.deepEqual([wrong.status, wrong.stderr.split('\n')[0]], [1, 'port is no port.']);
    const taken = await run(process.execPath, [main, new URL(server.url).port]);
    assert.match(taken.stderr, /is in use/);
  });
});

describe('the support report', () => {
  test('of a failed job by the command line', async (t) => {
    const folder = await temporaryFolder(t);
    const path = join(folder, 'report.xml');
    const { status } = await run(process.execPath, [
      new URL('../../dist/cli.js', import.meta.url).pathname,
      'package',
      fixture('audio-only.m4a'),
      '-o',
      join(folder, 'out'),
      '--report',
      path,
      '--key-server',
      'doverunner',
      '--key-server-url',
      `${server.url}/fault/401/v2/cpix/doverunner/getKey/`,
      '--kms-token-env',
      'PATH',
      '--content-id',
      'a',
      '--key-server-timeout',
      '5',
    ]);
    assert.equal(status, 1);
    const text = await readFile(path, 'utf8');
    assert.match(
      text,
      /<RESULT>2002<\/RESULT>[\s\S]*<ERRORMSG>127\.0\.0\.1[\s\S]*<INFO>tabpack [^<]*KEY_SERVER_ERROR[\s\S]*<WHERE>[^<]+<\/WHERE>\s*<STACKTRACE>\s*at /,
    );
    assert.ok(!text.includes(process.env.PATH ?? ''));
    const { status: valid } = await run('xmllint', ['--noout', path]);
    assert.equal(valid, 0);
  });
  test('escapes what XML doesn’t take', () => {
    assert.match(supportReport(new Error('a < b & \u0001'), 'x.mp4'), /<ERRORMSG>a &lt; b &amp; \ufffd</);
  });
});

describe('license tokens', () => {
  const site = {
    siteKey: 'lU5D8s3PWoLls3PWFWkClULlFWk5D8oC',
    accessKey: 'LT2FVJDp2Xr018zf4Di6lzvNOv3DKP20',
    siteId: 'TUTO',
    userId: 'test-user',
    contentId: 'bigbuckbunny',
    drmType: 'Widevine',
    timestamp: new Date('2019-07-17T08:57:04Z'),
  };
  const read = (/** @type {import('buffer').WithImplicitCoercion<string>} */ text) =>
    JSON.parse(Buffer.from(text, 'base64').toString());
  test('the published vector, a policy of version 1', () => {
    const token = read(
      licenseToken({ ...site, policy: '{"playback_policy":{"limit":true,"persistent":false,"duration":3600}}' }),
    );
    assert.equal(
      token.policy,
      'bO9DzyQgtgfbSDWmqGgZXWZdWm7M4oZ4X0hC1hS6QNraiwLI0LwmNY+OfOh1L0KmtuH7NF1blUxep9YLWrNfSy4H/6swQW7pbjZnRqRguDQ=',
    );
    assert.equal(token.hash, '0Zef3WHBbzQAR0oGf5KXn25G1TmvB2Bkvzv+7OqIWvQ=');
    assert.equal(token.timestamp, '2019-07-17T08:57:04Z');
  });
  test('a policy of version 2', () => {
    const token = read(licenseToken({ ...site, policy: { playback_policy: { persistent: false } } }));
    assert.equal(
      token.policy,
      'sX7DEMZ1S2xaMoIt76m+yDwylZRVJ2Gzs2I1b0+mzL0X9FcJ43aAloqI5noG2iyC57AagPl2jY9mxCL/WqNabQ==',
    );
    assert.equal(token.hash, 'ackXtiI8JcpuvlaWSvm2ySb1Wc4q+RuHsWckGLinZuA=');
  });
  test('external keys are checked', () => {
    /** @type {any} */
    const policy = { external_key: { mpeg_cenc: [{ track_type: 'ALL', key_id: 'x', key: 'y' }] } };
    assert.throws(() => licenseToken({ ...site, policy }), /32 hexadecimal digits/);
  });
  test('a browser build says why there is none', async () => {
    await assert.rejects(
      import(new URL('../../dist/license-token-browser.js', import.meta.url).href),
      /server \(Node\) only/,
    );
  });
});

/**
 * A promise that must reject with this code; gives the error.
 *
 * @param {Promise<any>} promise
 * @param {string | number | RegExp} code
 * @param {string | number | RegExp} number
 */
async function fails(promise, code, number) {
  const error = await promise.then(
    () => assert.fail(`${code} was expected`),
    (thrown) => thrown,
  );
  assert.ok(error instanceof TabpackError, error?.stack ?? String(error));
  assert.deepEqual([error.code, error.number], [code, number], error.message);
  return error;
}

const said = (/** @type {TabpackError} */ error) =>
  [error.message, error.advice, error.stack, JSON.stringify(error), supportReport(error, 'a.mp4')].join('\n');

/**
 * The ways in which a secret may be written.
 *
 * @param {string | Buffer<ArrayBuffer>} secret
 */
function forms(secret) {
  const bytes = Buffer.from(secret);
  return [
    bytes,
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
    encodeURIComponent(bytes.toString('latin1')),
  ].map((form) => Buffer.from(form));
}

test('labels that no track has, and addresses that are none, are refused by the flag', async (t) => {
  const folder = join(await temporaryFolder(t), 'out');
  const pair = '000102030405060708090a0b0c0d0e0f:101112131415161718191a1b1c1d1e1f';
  for (const [options, message] of /** @type {[string[], RegExp][]} */ ([
    [['--clear', 'FOO'], /OPTION_INVALID.*"FOO".*--clear/],
    [['--key', pair, '--key', `HDX=${pair}`], /OPTION_INVALID.*"HDX".*--key/],
    [['--key', `HDX=${pair}`], /OPTION_INVALID.*"HDX".*--key/],
    [['--key', `SD=${pair}`], /KEY_MISSING.*video-1.*--key/],
    [['--put-header', 'Authorization:x'], /OPTION_INVALID.*--put-header/],
    [['--key', pair, '--no-encryption'], /OPTION_INVALID.*--key/],
    [['--drm', 'fairplay', '--fairplay-uri', 'skd://{foo}'], /OPTION_INVALID.*\{foo\}.*--fairplay-uri/],
    [['--clearkey-url', 'x'], /OPTION_INVALID.*--clearkey-url/],
    [['--hls-key-uri', 'https://keys.example/{foo}'], /OPTION_INVALID.*\{foo\}.*--hls-key-uri/],
    [['--crypto-period', '4', '--segment-duration', '2', '--key', pair], /KEY_MISSING.*@1=KID:KEY/],
  ])) {
    const { status, stderr } = await tabpack('package', fixture('bframes-1080p.mp4'), '-o', folder, options);
    assert.equal(status, 1, options.join(' '));
    assert.match(stderr, message);
  }
  // A label that every title might have is no slip.
  await packaged(
    fixture('bframes-1080p.mp4'),
    '-o',
    folder,
    '--key',
    pair,
    '--key',
    `UHD1=${pair}`,
    '--clear',
    'AUDIO',
  );
});
