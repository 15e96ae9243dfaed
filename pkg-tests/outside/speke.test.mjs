// Keys from AWS's reference server for SPEKE, the server that integrations are tried against first: its own code, with AWS
// played by PyPI's moto. Our requests of versions 1 and 2.0, by the command line, and what is packaged with the keys.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createDeliveryKey, Packager } from 'tabpack';
import { filesBelow, fixture, packaged, tabpack, temporaryFolder } from '../node/support.mjs';
import { checkout, environment, everything } from './python.mjs';

const WIDEVINE = 'edef8ba9-79d6-4ace-a3c8-27dcd51d21ed';
const PLAYREADY = '9a04f079-9840-4286-ab92-e65be0885f95';
const AUTHORITY = 'https://raw.githubusercontent.com/awslabs/speke-reference-server';

const { python, skip: noPython } = await environment('speke');
/** Apache License 2.0; of September 2023, its last change. */
const { folder, skip: noServer } = noPython
  ? { folder: '', skip: '' }
  : await checkout({
      variable: 'TABPACK_SPEKE_SERVER',
      url: `${AUTHORITY}/47cf29ecb920a16f67a65d9c7ff55b42f43665bd`,
      files: {
        'src/key_cache.py': 'f119fe1dce240047870bcdca4e62faff3fce203053d98bba2e864f96c64495bf',
        'src/key_generator.py': 'c6ee375784d635905f13aa78ee3cc283500493952bf5219cb2862a909dfb021e',
        'src/key_server.py': 'bc185cf15a68a676f6cfbfcde07603bacc69d6de6c5ba0adb743fb3ce91ca6ce',
        'src/key_server_common.py': 'e241cde22e6ef1b67b8a5ebc2e6ae06439cccf2c9e6740407eba2a7101bb6605',
      },
    });
const skip = noPython || noServer;

/** The server has one PlayReady key for everything, as its deployment says. */
const PLAYREADY_KEY = '00112233445566778899aabbccddeeff';
const base64 = (/** @type {string | Buffer} */ data) => Buffer.from(data).toString('base64');

/**
 * @param {string} system
 * @param {Buffer} data
 */
function pssh(system, data) {
  const head = Buffer.alloc(32);
  head.writeUInt32BE(32 + data.length);
  head.write('pssh', 4);
  head.write(system.replaceAll('-', ''), 12, 'hex');
  head.writeUInt32BE(data.length, 28);
  return base64(Buffer.concat([head, data]));
}

/** What the deployment configures: without key ids, since the same is answered for every key. */
function deployment() {
  const widevine = pssh(WIDEVINE, Buffer.from('\x1a\x04test\x22\x04film'));
  const xml =
    '<WRMHEADER xmlns="http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader" version="4.2.0.0"><DATA><LA_URL>https://la.example/</LA_URL></DATA></WRMHEADER>';
  const header = Buffer.from(xml, 'utf16le');
  const object = Buffer.alloc(10);
  object.writeUInt32LE(10 + header.length);
  object.writeUInt16LE(1, 4);
  object.writeUInt16LE(1, 6);
  object.writeUInt16LE(header.length, 8);
  const playready = pssh(PLAYREADY, Buffer.concat([object, header]));
  /**
   * @param {string} tag
   * @param {string} format
   * @param {string} uri
   */
  const line = (tag, format, uri) =>
    base64(`#EXT-X-${tag}:METHOD=SAMPLE-AES,URI="${uri}",KEYFORMAT="${format}",KEYFORMATVERSIONS="1"`);
  /** @type {[name: string, format: string, uri: string][]} */
  const lines = [
    ['WIDEVINE', `urn:uuid:${WIDEVINE}`, `data:text/plain;base64,${widevine}`],
    ['PLAYREADY', 'com.microsoft.playready', `data:text/plain;charset=UTF-16;base64,${base64(object)}`],
    ['FAIRPLAY', 'com.apple.streamingkeydelivery', 'skd://film'],
  ];
  return {
    ...Object.fromEntries(
      lines.flatMap(([name, format, uri]) => [
        [`${name}_HLS_SIGNALING_DATA_MEDIA`, line('KEY', format, uri)],
        [`${name}_HLS_SIGNALING_DATA_MASTER`, line('SESSION-KEY', format, uri)],
      ]),
    ),
    WIDEVINE_PSSH_BOX: widevine,
    WIDEVINE_PROTECTION_HEADER: '',
    WIDEVINE_CONTENT_PROTECTION_DATA: base64(`<pssh xmlns="urn:mpeg:cenc:2013">${widevine}</pssh>`),
    PLAYREADY_PSSH_BOX: playready,
    PLAYREADY_PROTECTION_HEADER: base64(Buffer.concat([object, header])),
    PLAYREADY_CONTENT_PROTECTION_DATA: base64(`<pssh xmlns="urn:mpeg:cenc:2013">${playready}</pssh>`),
    PLAYREADY_CONTENT_KEY: base64(Buffer.from(PLAYREADY_KEY, 'hex')),
  };
}

describe("AWS's reference server", { skip }, () => {
  /** @type {import('node:child_process').ChildProcess} */
  let child;
  let address = '';
  before(async () => {
    const host = fileURLToPath(new URL('speke_server.py', import.meta.url));
    const env = { ...process.env, ...deployment() };
    child = spawn(python, [host, folder], { env, stdio: ['pipe', 'pipe', 'ignore'] });
    const lines = createInterface(/** @type {import('node:stream').Readable} */ (child.stdout));
    for await (const line of lines) {
      address = line;
      break;
    }
    assert.match(address, /^http:/);
  });
  after(() => child?.stdin?.end());

  let titles = 0;
  /** @type {[words: string, version: string, options: string[], systems: string][]} */
  const CASES = [
    ['version 1, one key', '1', [], 'widevine'],
    [
      'version 2.0, by presets',
      '2.0',
      ['--video-preset', 'PRESET_VIDEO_5', '--audio-preset', 'PRESET_AUDIO_2'],
      'widevine',
    ],
  ];
  if (everything) {
    CASES.push(
      ['version 1, FairPlay', '1', [], 'fairplay'],
      ['version 1, PlayReady', '1', [], 'widevine,playready'],
      ['version 2.0, one key', '2.0', [], 'widevine'],
      ['version 2.0, all systems', '2.0', [], 'widevine,playready,fairplay'],
      ['version 2.0, track types', '2.0', ['--tracks', 'HD,AUDIO'], 'widevine'],
      ['version 2.0, cenc', '2.0', ['--scheme', 'cenc'], 'widevine,playready'],
      [
        'version 2.0, periods',
        '2.0',
        ['--periods', '3', '--crypto-period', '4', '--segment-duration', '2'],
        'widevine',
      ],
      ...['1', '2', '3', '4', '6', '7', '8'].map(
        (number) =>
          /** @type {[words: string, version: string, options: string[], systems: string]} */ ([
            `version 2.0, PRESET_VIDEO_${number}`,
            '2.0',
            ['--video-preset', `PRESET_VIDEO_${number}`, '--audio-preset', 'PRESET_AUDIO_1'],
            'widevine',
          ]),
      ),
    );
  }
  for (const [words, version, options, systems] of CASES) {
    test(words, async (t) => {
      const own = await temporaryFolder(t);
      const out = join(own, 'out');
      const credentials = join(own, 'credentials.json');
      await writeFile(credentials, JSON.stringify({ user: 'u', password: 'p' }), { mode: 0o600 });
      const contentId = `title-${process.pid}-${titles++}`;
      const service = version === '1' ? 'speke' : 'speke2';
      const source = fixture('bframes-1080p.mp4');
      const { report } = await packaged(source, '-o', out, '--cmaf', options, [
        ...['--key-server', service, '--key-server-url', `${address}/copyProtection`, '--credentials', credentials],
        ...['--content-id', contentId, '--systems', systems],
      ]);
      assert.deepEqual(report.warnings, []);
      const files = await filesBelow(out);
      // The keys are where clients of the server get them, by the ids that stand in the media.
      const kids = new Set(
        Object.values(files).flatMap((bytes) =>
          ['tenc', 'seig'].flatMap((word) => {
            const at = bytes.indexOf(word);
            // A group's first entry stands behind its type, default length and count.
            const start = at + 4 + (word === 'tenc' ? 8 : 8 + 4);
            return at < 0 ? [] : [bytes.subarray(start, start + 16).toString('hex')];
          }),
        ),
      );
      assert.ok(kids.size > 0);
      const keys = await Promise.all(
        [...kids].map(async (kid) => {
          const uuid = kid.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
          const response = await fetch(`${address}/keys/${contentId}/${uuid}`);
          assert.equal(response.status, 200, `the server knows ${uuid}`);
          const key = Buffer.from(await response.arrayBuffer()).toString('hex');
          return `${kid}:${systems.includes('playready') ? PLAYREADY_KEY : key}`;
        }),
      );
      const { status, stdout } = await tabpack(
        'verify',
        out,
        keys.map((key) => ['--key', key]),
        '--source',
        source,
      );
      assert.match(stdout, /^0 errors, 0 warnings;/, stdout);
      assert.equal(status, 0);
      const mpd = files['cmaf/stream.mpd'].toString();
      const master = files['cmaf/master.m3u8'].toString();
      const { WIDEVINE_PSSH_BOX, PLAYREADY_PSSH_BOX } = deployment();
      if (systems.includes('widevine')) assert.ok(mpd.includes(WIDEVINE_PSSH_BOX), 'the MPD has the box of the server');
      if (systems.includes('playready')) assert.ok(mpd.includes(PLAYREADY_PSSH_BOX));
      if (systems.includes('fairplay'))
        assert.ok(master.includes(version === '1' ? `URI="${address}/keys/${contentId}/` : 'URI="skd://film"'), master);
    });
  }

  for (const service of /** @type {const} */ (['speke', 'speke2'])) {
    test(`${service} with encrypted delivery`, async () => {
      const packager = await Packager.create();
      const deliveryKey = await createDeliveryKey({ bits: 2048 });
      const { keys } = await packager.fetchKeys({
        ...{ service, url: `${address}/copyProtection`, user: 'u', password: 'p', contentId: `sealed-${service}` },
        ...{ deliveryKey, systems: ['widevine'], scheme: 'cbcs' },
      });
      packager.close();
      const { kid, key } = keys[0];
      const uuid = kid.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
      const stored = await fetch(`${address}/keys/sealed-${service}/${uuid}`);
      assert.equal(key, Buffer.from(await stored.arrayBuffer()).toString('hex'));
    });
  }
});
