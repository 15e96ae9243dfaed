// What the command line writes for DRM systems, against Shaka Packager's output for the same key, and the options.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import {
  filesBelow,
  fixture,
  packaged,
  playlist,
  run,
  SHAKA_PACKAGER,
  tabpack,
  temporaryFolder,
  validMpd,
  xpath,
} from './support.mjs';

const concurrency = availableParallelism();
/** The key of the published vectors: the README of PallyCon's CPIX client. */
const KID = 'cbbc38b6b50dab53f8263e06b7382aa3';
const KEY = '959dbd673980e1d1bdf2d36209495f4e';
const KEY_OPTION = ['--key', `${KID}:${KEY}`];
const INPUT = fixture('ladder-360p.mp4');

/** @type {Record<string, string>} */
const SYSTEMS = {
  widevine: 'edef8ba979d64acea3c827dcd51d21ed',
  playready: '9a04f07998404286ab92e65be0885f95',
  fairplay: '94ce86fb07ff4f43adb893d2fa968ca2',
  wiseplay: '3d5e6d359b9a41e8b843dd3c6e72c42c',
  marlin: '5e629af538da4063897797ffbd9902d4',
  clearkey: 'e2719d58a985b3c9781ab030af78d30e',
  common: '1077efecc0b24d02ace33c1e52e2fb4b',
};
const name = (/** @type {string} */ id) =>
  Object.keys(SYSTEMS).find((key) => SYSTEMS[key] === id.replaceAll('-', '').toLowerCase()) ?? id;

/**
 * The `pssh` boxes in an init segment as `{ system: box }`, in their order.
 *
 * @param {string} path
 */
async function psshBoxes(path) {
  const bytes = await readFile(path);
  /** @type {Record<string, Buffer>} */
  const found = {};
  for (let at = bytes.indexOf('pssh'); at >= 0; at = bytes.indexOf('pssh', at + 4)) {
    const box = bytes.subarray(at - 4, at - 4 + bytes.readUInt32BE(at - 4));
    found[name(box.subarray(12, 28).toString('hex'))] = box;
  }
  return found;
}

/**
 * The systems of an MPD's descriptors in one Adaptation Set, the scheme's left out.
 *
 * @param {string} mpd
 */
async function descriptors(mpd) {
  const uris = await xpath(
    mpd,
    `//*[local-name()="AdaptationSet"][1]/*[local-name()="ContentProtection"]/@schemeIdUri`,
  );
  return [...uris.matchAll(/urn:uuid:([0-9a-f-]{36})/g)].map(([, id]) => name(id));
}

/**
 * The attributes of tags of this name.
 *
 * @param {string | import('fs/promises').FileHandle} path
 * @param {string} tag
 */
async function tags(path, tag) {
  const text = await readFile(path, 'utf8');
  return text
    .split('\n')
    .filter((line) => line.startsWith(`#${tag}:`))
    .map((line) =>
      Object.fromEntries(
        [...line.matchAll(/([A-Z-]+)=("[^"]*"|[^,]*)/g)].map(([, key, value]) => [key, value.replaceAll('"', '')]),
      ),
    );
}

/**
 * The XML of a PlayReady Object.
 *
 * @param {Buffer<ArrayBuffer>} object
 */
function playReadyHeader(object) {
  assert.equal(object.readUInt32LE(0), object.length);
  assert.equal(object.readUInt16LE(4), 1, 'one record');
  assert.equal(object.readUInt16LE(6), 1, 'of a header');
  assert.equal(object.readUInt16LE(8), object.length - 10);
  return object.subarray(10).toString('utf16le');
}

describe('the boxes are those of Shaka Packager', { concurrency }, () => {
  for (const scheme of ['cenc', 'cbcs']) {
    test(scheme, async (t) => {
      const folder = await temporaryFolder(t);
      const url = 'https://license.example/?a=1&b=2';
      const { status, stderr } = await run(SHAKA_PACKAGER, [
        `in=${INPUT},stream=video,output=${join(folder, 'shaka.mp4')}`,
        '--protection_scheme',
        scheme,
        '--enable_raw_key_encryption',
        '--keys',
        `label=:key_id=${KID}:key=${KEY}`,
        '--protection_systems',
        'Widevine,PlayReady,CommonSystem',
        '--playready_extra_header_data',
        '<LA_URL>https://license.example/?a=1&amp;b=2</LA_URL>',
      ]);
      assert.equal(status, 0, stderr);
      const theirs = await psshBoxes(join(folder, 'shaka.mp4'));
      await packaged(
        INPUT,
        '-o',
        join(folder, 'out'),
        '--scheme',
        scheme,
        KEY_OPTION,
        '--drm',
        'widevine,playready',
        '--playready-la-url',
        url,
      );
      const ours = await psshBoxes(join(folder, 'out/cmaf/video-1/init.mp4'));
      assert.deepEqual(Object.keys(ours), ['widevine', 'playready', 'common']);
      for (const system of Object.keys(ours)) {
        assert.equal(ours[system].toString('hex'), theirs[system].toString('hex'), system);
      }
    });
  }
});

describe('signals', { concurrency }, () => {
  test('ClearKey and the common box, when nothing is said', async (t) => {
    const folder = await temporaryFolder(t);
    await packaged(INPUT, '-o', folder, KEY_OPTION);
    assert.deepEqual(await descriptors(join(folder, 'cmaf/stream.mpd')), ['clearkey', 'common']);
    assert.deepEqual(Object.keys(await psshBoxes(join(folder, 'cmaf/video-1/init.mp4'))), ['common']);
    const keys = await tags(join(folder, 'cmaf/video-1/media.m3u8'), 'EXT-X-KEY');
    assert.deepEqual(
      keys.map(({ KEYFORMAT }) => KEYFORMAT),
      ['identity'],
    );
    assert.deepEqual(await tags(join(folder, 'cmaf/master.m3u8'), 'EXT-X-SESSION-KEY'), []);
  });

  test('every system in one cbcs presentation', async (t) => {
    const folder = await temporaryFolder(t);
    await packaged(
      INPUT,
      '-o',
      folder,
      KEY_OPTION,
      '--drm',
      'widevine,playready',
      '--drm',
      'fairplay,wiseplay,marlin,clearkey',
      '--content-id',
      'film',
      '--widevine-provider',
      'provider',
      '--fairplay-uri',
      'skd://{contentId}/{base64}',
    );
    const mpd = join(folder, 'cmaf/stream.mpd');
    assert.deepEqual(await descriptors(mpd), [
      'widevine',
      'playready',
      'fairplay',
      'wiseplay',
      'marlin',
      'clearkey',
      'common',
    ]);
    if (process.env.TABPACK_XSD) await validMpd(mpd, process.env.TABPACK_XSD);
    const object = Buffer.from(
      await xpath(mpd, 'string(//*[local-name()="AdaptationSet"][1]//*[local-name()="pro"])'),
      'base64',
    );
    assert.match(
      playReadyHeader(object),
      /version="4\.3\.0\.0".*<KID ALGID="AESCBC" VALUE="tji8yw21U6v4Jj4Gtzgqow=="><\/KID>/,
    );
    assert.equal(
      await xpath(mpd, 'string(//*[local-name()="AdaptationSet"][1]//*[local-name()="MarlinContentId"])'),
      `urn:marlin:kid:${KID}`,
    );

    const keys = await tags(join(folder, 'cmaf/audio-1/media.m3u8'), 'EXT-X-KEY');
    assert.ok(keys.every(({ METHOD, KEYFORMATVERSIONS }) => METHOD === 'SAMPLE-AES' && KEYFORMATVERSIONS === '1'));
    const boxes = await psshBoxes(join(folder, 'cmaf/audio-1/init.mp4'));
    assert.deepEqual(
      keys.map(({ KEYFORMAT, URI, KEYID }) => [KEYFORMAT, URI, KEYID]),
      [
        [
          'urn:uuid:edef8ba9-79d6-4ace-a3c8-27dcd51d21ed',
          `data:text/plain;base64,${boxes.widevine.toString('base64')}`,
          `0x${KID.toUpperCase()}`,
        ],
        ['com.microsoft.playready', `data:text/plain;charset=UTF-16;base64,${object.toString('base64')}`, undefined],
        ['com.apple.streamingkeydelivery', 'skd://film/y7w4trUNq1P4Jj4Gtzgqow==', undefined],
        [
          'urn:uuid:3d5e6d35-9b9a-41e8-b843-dd3c6e72c42c',
          `data:text/plain;base64,${boxes.wiseplay.toString('base64')}`,
          `0x${KID.toUpperCase()}`,
        ],
        ['identity', `data:text/plain;charset=UTF-16;kid,${KID}`, undefined],
      ],
    );
    // One key for all: each system's session key stands once.
    const session = await tags(join(folder, 'cmaf/master.m3u8'), 'EXT-X-SESSION-KEY');
    assert.deepEqual(session, keys.slice(0, 4));
    // A parser that isn't ours takes both playlists.
    assert.equal((await playlist(join(folder, 'cmaf/master.m3u8'))).sessionKeyList.length, 4);
    assert.equal((await playlist(join(folder, 'cmaf/video-1/media.m3u8'))).segments.length > 0, true);
  });

  test('FairPlay in the playlists of one job, not in its cenc MPD', async (t) => {
    const folder = await temporaryFolder(t);
    await packaged(INPUT, '-o', folder, KEY_OPTION, '--dash', '--hls', '--drm', 'widevine,playready,fairplay');
    assert.deepEqual(await descriptors(join(folder, 'dash/stream.mpd')), ['widevine', 'playready']);
    const keys = await tags(join(folder, 'hls/video-1/media.m3u8'), 'EXT-X-KEY');
    assert.equal(keys[2].URI, 'skd://cbbc38b6-b50d-ab53-f826-3e06b7382aa3');
  });

  for (const [place, inMoov, inMpd] of /** @type {[place: string, inMoov: boolean, inMpd: boolean][]} */ ([
    ['moov', true, false],
    ['mpd', false, true],
    ['both', true, true],
  ])) {
    test(`--pssh-in ${place}`, async (t) => {
      const folder = await temporaryFolder(t);
      await packaged(INPUT, '-o', folder, KEY_OPTION, '--drm', 'widevine,playready', '--pssh-in', place);
      const boxes = Object.keys(await psshBoxes(join(folder, 'cmaf/video-1/init.mp4')));
      assert.deepEqual(boxes, inMoov ? ['widevine', 'playready', 'common'] : []);
      const mpd = join(folder, 'cmaf/stream.mpd');
      assert.deepEqual(await descriptors(mpd), ['widevine', 'playready']);
      const data = await xpath(mpd, 'count(//*[local-name()="pssh" or local-name()="pro"])');
      assert.equal(Number(data) > 0, inMpd);
    });
  }
});

describe('a pssh that is given', { concurrency }, () => {
  const BOX =
    'AAAATHBzc2gAAAAA7e+LqXnWSs6jyCfc1R0h7QAAACwIARIQy7w4trUNq1P4Jj4GtzgqoxoMaW5rYWVudHdvcmtzIghkZW1vdGVzdA==';
  const box = Buffer.from(BOX, 'base64');
  const unknown = '12345678-1234-1234-1234-123456789abc';

  for (const [what, text] of Object.entries({
    'a box in base64': BOX,
    'a box in hex': box.toString('hex'),
    'data in base64': box.subarray(32).toString('base64'),
    'data in hex, its system named': `widevine:${box.subarray(32).toString('hex')}`,
  })) {
    test(`${what}, first and in place of what would be made`, async (t) => {
      const folder = await temporaryFolder(t);
      await packaged(
        INPUT,
        '-o',
        folder,
        KEY_OPTION,
        '--drm',
        'widevine',
        '--pssh',
        `${unknown}:c0ffee`,
        '--pssh',
        text,
      );
      const boxes = await psshBoxes(join(folder, 'cmaf/video-1/init.mp4'));
      assert.deepEqual(Object.keys(boxes), [unknown.replaceAll('-', ''), 'widevine', 'common']);
      assert.equal(boxes.widevine.toString('base64'), BOX);
      assert.deepEqual(await descriptors(join(folder, 'cmaf/stream.mpd')), [unknown, 'widevine']);
      const [key] = await tags(join(folder, 'cmaf/video-1/media.m3u8'), 'EXT-X-KEY');
      assert.equal(key.URI, `data:text/plain;base64,${BOX}`);
    });
  }
});

describe('what does not go together is refused before anything is written', { concurrency }, () => {
  const REFUSED = {
    'FairPlay with cenc': ['DRM_SCHEME_CONFLICT', 1102, '--scheme', 'cenc', '--drm', 'fairplay'],
    'a PlayReady header 4.0 with cbcs': ['DRM_SCHEME_CONFLICT', 1102, '--playready-header', '4.0'],
    'a PlayReady header that there is not': ['OPTION_INVALID', 1102, '--playready-header', '5.0'],
    'a license URL that is relative': ['OPTION_INVALID', 1102, '--playready-la-url', 'license'],
    'Primetime without data': ['DRM_DATA_MISSING', 1101, '--drm', 'primetime'],
    'a system that nobody knows': ['OPTION_INVALID', 1102, '--drm', 'other'],
    'a pssh that is none': ['PSSH_INVALID', 1102, '--pssh', '00112233'],
    'a place that there is not': ['OPTION_INVALID', 1102, '--pssh-in', 'mdat'],
  };
  for (const [what, [code, number, ...options]] of Object.entries(REFUSED)) {
    test(what, async (t) => {
      const output = join(await temporaryFolder(t), 'out');
      const { status, stderr } = await tabpack('package', INPUT, '-o', output, KEY_OPTION, options);
      assert.equal(status, 1);
      assert.ok(stderr.startsWith(`${code} (${number}): `), stderr);
      assert.ok(!stderr.includes(KEY));
      assert.deepEqual(await filesBelow(output), {});
    });
  }
});

test('no file holds the content key', async (t) => {
  const folder = await temporaryFolder(t);
  await packaged(
    INPUT,
    '-o',
    folder,
    KEY_OPTION,
    '--drm',
    'widevine,playready,fairplay,wiseplay,marlin,clearkey',
    '--content-id',
    'film',
  );
  const key = Buffer.from(KEY, 'hex');
  for (const [path, bytes] of Object.entries(await filesBelow(folder))) {
    if (path.endsWith('.m4s')) continue;
    assert.ok(!bytes.includes(key), path);
    const texts = [bytes.toString('latin1')];
    // What is base64 in a manifest is looked into.
    for (const [encoded] of texts[0].matchAll(/[A-Za-z0-9+/]{24,}={0,2}/g)) {
      const data = Buffer.from(encoded, 'base64');
      assert.ok(!data.includes(key), path);
      texts.push(data.toString('latin1'), data.toString('utf16le'));
    }
    for (const form of [KEY, key.toString('base64').replace(/=+$/, ''), key.toString('base64url')]) {
      assert.ok(
        texts.every((text) => !text.includes(form)),
        `${path}: ${form.length} characters`,
      );
    }
  }
});
