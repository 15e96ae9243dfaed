// CPIX against PyPI's cpix: documents that it makes become keys of tracks, and our requests are valid to it.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Packager } from 'tabpack';
import { CREDENTIALS, start } from '../key-server/server.mjs';
import { filesBelow, fixture, packaged, run, tabpack, temporaryFolder } from '../node/support.mjs';
import { environment, everything } from './python.mjs';

const { python, skip } = await environment('cpix');
const script = fileURLToPath(new URL('documents.py', import.meta.url));

/** @param {number} number a key's number in documents.py */
const kid = (number) => `0${number}00000011114222833344445555660${number}`;
/** @param {number} number */
const key = (number) => `0${number}`.repeat(16);
const LADDER = ['ladder-360p.mp4', 'ladder-1080p.mp4'];
const ROTATING = ['--crypto-period', '4', '--segment-duration', '2'];

/**
 * A document, what is packaged with it and by which options, and the keys of its tracks: the numbers of their periods'
 * keys where there are several. Or the error that it is, and the words of that.
 *
 * @typedef {{ video: number | number[], second?: number, audio?: number | number[], scheme: string }} Keys
 * @type {Record<string, [inputs: string[], options: string[], keys: Keys | RegExp]>}
 */
const DOCUMENTS = {
  'video-and-audio': [LADDER, [], { video: 1, second: 1, audio: 2, scheme: 'cenc' }],
  'periods-of-pictures': [['ladder-360p.mp4'], ROTATING, { video: [5, 6], audio: [3, 3], scheme: 'cenc' }],
  'nothing-fits': [LADDER, [], /^KEY_MISSING .*video-1.*minPixels=99999999/],
};
if (everything) {
  Object.assign(DOCUMENTS, {
    'one-key': [LADDER, [], { video: 1, second: 1, audio: 1, scheme: 'cenc' }],
    'one-key-cbcs': [LADDER, ['--dash'], { video: 1, second: 1, audio: 1, scheme: 'cbcs' }],
    'explicit-iv': [LADDER, [], { video: 1, second: 1, audio: 1, scheme: 'cbcs' }],
    sizes: [LADDER, [], { video: 1, second: 2, audio: 3, scheme: 'cenc' }],
    'sizes-unused': [LADDER, [], { video: 1, second: 2, audio: 3, scheme: 'cenc' }],
    'track-types': [LADDER, [], { video: 1, second: 2, audio: 3, scheme: 'cenc' }],
    'one-key-for-two-rules': [LADDER, [], { video: 1, second: 1, audio: 1, scheme: 'cenc' }],
    channels: [['ladder-360p.mp4', 'audio/ac3-51.mp4'], [], { video: 1, audio: 2, scheme: 'cenc' }],
    bitrates: [LADDER, [], { video: 1, second: 2, audio: 3, scheme: 'cenc' }],
    'frame-rates': [['ladder-25fps.mp4', 'ladder-50fps.mp4'], [], { video: 1, second: 2, audio: 3, scheme: 'cenc' }],
    colours: [['hevc-hlg.mp4'], [], { video: 2, scheme: 'cenc' }],
    labels: [LADDER, [], { video: 1, second: 2, audio: 3, scheme: 'cenc' }],
    'names-no-key': [LADDER, [], /^CPIX_KEY_MISSING .*09000000-1111-4222-8333-444455556609/],
    periods: [['ladder-360p.mp4'], ROTATING, { video: [5, 6], audio: [5, 6], scheme: 'cenc' }],
    'periods-by-time': [['ladder-360p.mp4'], ROTATING, { video: [5, 6], audio: [5, 6], scheme: 'cenc' }],
    'widevine-and-playready': [LADDER, [], { video: 1, second: 1, audio: 2, scheme: 'cenc' }],
    'playready-cbcs': [LADDER, [], { video: 1, second: 1, audio: 1, scheme: 'cbcs' }],
    fairplay: [LADDER, [], { video: 1, second: 1, audio: 1, scheme: 'cbcs' }],
    'periods-with-widevine': [['ladder-360p.mp4'], ROTATING, { video: [5, 6], audio: [5, 6], scheme: 'cenc' }],
  });
}

describe('documents that cpix makes', { skip }, () => {
  /** @type {string} */
  let documents;
  before(async () => {
    documents = await mkdtemp(join(tmpdir(), 'tabpack-documents-'));
    const { status, stderr } = await run(python, [script, 'make', documents]);
    assert.equal(status, 0, stderr);
  });
  after(() => rm(documents, { recursive: true }));

  for (const [name, [inputs, options, keys]] of Object.entries(DOCUMENTS)) {
    test(name, async (t) => {
      const out = join(await temporaryFolder(t), 'out');
      const document = join(documents, `${name}.xml`);
      const job = [inputs.map(fixture), '-o', out, '--key-server', 'cpix', '--cpix-file', document, options];
      if (keys instanceof RegExp) {
        const { status, stderr } = await tabpack('package', ...job);
        assert.equal(status, 1);
        assert.match(stderr, keys);
        return;
      }
      const { report } = await packaged(...job);
      assert.deepEqual(
        report.warnings.filter((sentence) => !sentence.includes('its sound is left out')),
        [],
      );
      const files = await filesBelow(out);
      const target = options.includes('--dash') ? 'dash' : 'cmaf';
      const expected = { 'video-1': keys.video, 'video-2': keys.second, 'audio-1': keys.audio };
      for (const [id, its] of Object.entries(expected)) {
        assert.equal(
          report.tracks.some((track) => track.id === id),
          its !== undefined,
          id,
        );
        if (its === undefined) continue;
        const numbers = [its].flat();
        const init = files[`${target}/${id}/init.mp4`];
        const tenc = init.indexOf('tenc') + 12;
        assert.equal(init.subarray(tenc, tenc + 16).toString('hex'), kid(numbers[0]), id);
        assert.ok(init.includes(`schm\0\0\0\0${keys.scheme}`), `${id} is in ${keys.scheme}`);
        // A sample group of the second period's segments names its key; no other period's is there.
        const later = Object.entries(files).filter(([path]) => path.startsWith(`${target}/${id}/3.`));
        for (const number of numbers.slice(1)) {
          if (number !== numbers[0])
            assert.ok(later.every(([, bytes]) => bytes.includes(Buffer.from(kid(number), 'hex'))));
        }
      }
      const given = [1, 2, 3, 5, 6].flatMap((number) => ['--key', `${kid(number)}:${key(number)}`]);
      const sources = inputs.map((path) => ['--source', fixture(path)]);
      const { status, stdout } = await tabpack('verify', out, given, sources);
      assert.match(stdout, /^0 errors, 0 warnings;/, stdout);
      assert.equal(status, 0);
      const manifest = files[`${target}/${target === 'dash' ? 'stream.mpd' : 'master.m3u8'}`].toString();
      if (name === 'fairplay') assert.ok(manifest.includes('URI="skd://1"'), manifest);
      if (name === 'explicit-iv')
        assert.ok(files['cmaf/video-1/init.mp4'].includes(Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex')));
    });
  }
});

test('our requests are valid to cpix', { skip }, async () => {
  const server = await start();
  try {
    const packager = await Packager.create();
    const { token, user, password } = CREDENTIALS;
    const contentId = 'our-film';
    const speke = { service: /** @type {const} */ ('speke2'), url: `${server.url}/SpekeV2`, user, password, contentId };
    const presets = /** @type {const} */ ({ videoPreset: 'PRESET_VIDEO_5', audioPreset: 'PRESET_AUDIO_2' });
    await packager.fetchKeys({ ...speke, scheme: 'cbcs', ...presets });
    await packager.fetchKeys({ ...speke, scheme: 'cenc', tracks: ['HD', 'AUDIO'], periods: 2, systems: ['widevine'] });
    const url = `${server.url}/v2/cpix/doverunner/getKey/`;
    await packager.fetchKeys({ service: 'doverunner', url, token, contentId, tracks: ['SD', 'HD', 'AUDIO'] });
    packager.close();
    const requests = server.requests.map(({ body }) => body.toString());
    assert.equal(requests.length, 3);
    const wrong = requests.map((text) => text.replaceAll('ContentKeyList', 'KeyList'));
    const child = spawn(python, [script, 'validate'], { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdin.end(JSON.stringify([...requests, wrong[0]]));
    let text = '';
    for await (const chunk of child.stdout) text += chunk;
    const problems = JSON.parse(text);
    assert.deepEqual(problems.slice(0, -1), [null, null, null]);
    assert.notEqual(problems.at(-1), null, 'what is wrong is told');
  } finally {
    await server.close();
  }
});
