/** MPEG-TS and packed audio in hls.js: under AES-128 and SAMPLE-AES, with the key and with another. */

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { open, playsBeyond, startHls } from './players.mjs';
import { KEY, PATIENCE } from './support.mjs';

/** @type {Options} */
const TS = { targets: ['hls'], hlsFormat: 'ts' };
const KEYED = { hlsKeyFiles: true, key: `${KEY.kid}:${KEY.key}` };
/** @type {Record<string, Options>} */
const CASES = {
  'clear MPEG-TS with packed audio': { encryption: false },
  'MPEG-TS with packed audio under AES-128': { hlsMethod: 'AES-128', ...KEYED },
  'MPEG-TS with sound in MPEG-TS under SAMPLE-AES': KEYED,
};

for (const [what, options] of Object.entries(CASES)) {
  test(`hls.js plays ${what}, and seeks`, async (t) => {
    const { page, out } = await open(t, ['bframes-1080p.mp4'], { ...TS, ...options }, 'hls.js');
    await startHls(page, 'hls/master.m3u8');
    const played = await playsBeyond(page, 2.1);
    assert.equal(played.failed, undefined);
    assert.ok(played.frames > 40 && played.width === 1920 && played.sound > 1000, JSON.stringify(played));
    await page.evaluate(() => {
      document.querySelector('video').currentTime = 9;
    });
    assert.equal((await playsBeyond(page, 9.6)).failed, undefined);
    assert.equal(await page.evaluate(() => document.querySelector('video').buffered.length > 0), true);
    if (!options.key) return;

    await writeFile(
      path.join(out, `hls/${KEY.kid}.key`),
      Buffer.from(KEY.key, 'hex').map((byte) => byte ^ 0xff),
    );
    await page.reload();
    await startHls(page, 'hls/master.m3u8');
    // Whole segments aren't recognised; of samples the decoder makes nothing, or next to nothing.
    await page.waitForFunction(() => window.failed || document.querySelector('video').error, undefined, {
      timeout: PATIENCE.play,
    });
    const refused = await page.evaluate(() => document.querySelector('video').currentTime);
    assert.ok(refused < 2, `${refused} s are played`);
  });
}

test('hls.js plays on over the end of a clear lead and over keys that change, under SAMPLE-AES', async (t) => {
  /** @type {Options} */
  const options = { ...TS, hlsKeyFiles: true, clearLead: 2, cryptoPeriod: 4 };
  const { page, result } = await open(t, ['bframes-1080p.mp4'], options, 'hls.js');
  assert.equal(result.keys.length, 3);
  await startHls(page, 'hls/master.m3u8');
  for (const seconds of [2.5, 4.5, 8.5]) {
    await page.evaluate((time) => {
      document.querySelector('video').currentTime = time;
    }, seconds - 0.8);
    const played = await playsBeyond(page, seconds);
    assert.equal(played.failed, undefined, `at ${seconds} s`);
    assert.ok(played.frames > 10 && played.sound > 500, JSON.stringify(played));
  }
});

test('hls.js plays MP3 as packed audio, alone', async (t) => {
  const { page } = await open(t, ['audio/mp3.mp4'], { ...TS, encryption: false }, 'hls.js');
  await startHls(page, 'hls/master.m3u8');
  const played = await playsBeyond(page, 0.8);
  assert.equal(played.failed, undefined);
  assert.ok(played.sound > 500, JSON.stringify(played));
});
