/** The package's output in players beside Shaka Player: hls.js, dash.js, video.js and rx-player, in a real browser. */

import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { open, playsBeyond, startHls } from './players.mjs';
import { KEY, PATIENCE } from './support.mjs';

test('hls.js plays whole segments under AES-128, seeks, and plays nothing without the key', async (t) => {
  /** @type {Options} */
  const options = { targets: ['hls'], hlsMethod: 'AES-128', hlsKeyFiles: true, key: `${KEY.kid}:${KEY.key}` };
  const { page, out } = await open(t, ['bframes-1080p.mp4'], options, 'hls.js');
  await startHls(page, 'hls/master.m3u8');
  const played = await playsBeyond(page, 2.1);
  assert.equal(played.failed, undefined);
  assert.ok(played.frames > 40 && played.width === 1920, JSON.stringify(played));
  await page.evaluate(() => {
    document.querySelector('video').currentTime = 9;
  });
  assert.equal((await playsBeyond(page, 9.6)).failed, undefined);

  await rm(path.join(out, `hls/${KEY.kid}.key`));
  await page.reload();
  await startHls(page, 'hls/master.m3u8');
  const refused = await playsBeyond(page, 1);
  assert.deepEqual([refused.failed, refused.frames], ['keyLoadError', 0]);
});

test('hls.js asks for a ClearKey license where the line is of that key system, and plays with its key only', async (t) => {
  /** @param {string} text */
  const base64url = (text) => Buffer.from(text, 'hex').toString('base64url');
  const drm = { clearkey: /** @type {const} */ ({ hlsKeyFormat: 'org.w3.clearkey' }) };
  for (const [answered, plays] of /** @type {const} */ ([
    [KEY.key, true],
    [KEY.key.replace(/./, (digit) => (digit === '0' ? '1' : '0')), false],
  ])) {
    const { page } = await open(
      t,
      ['bframes-1080p.mp4'],
      { targets: ['cmaf'], key: `${KEY.kid}:${KEY.key}`, drm },
      'hls.js',
    );
    /** @type {unknown[]} */
    const asked = [];
    await page.route('**/license', async (route) => {
      asked.push(route.request().postDataJSON());
      const keys = [{ kty: 'oct', kid: base64url(KEY.kid), k: base64url(answered) }];
      await route.fulfill({ contentType: 'application/json', body: JSON.stringify({ keys, type: 'temporary' }) });
    });
    const licenseUrl = new URL('license', page.url()).href;
    await startHls(page, 'cmaf/master.m3u8', {
      emeEnabled: true,
      drmSystems: { 'org.w3.clearkey': { licenseUrl } },
    });
    if (plays) {
      const { failed, frames } = await playsBeyond(page, 1);
      assert.equal(failed, undefined);
      assert.ok(frames > 10, `${frames} frames`);
    } else {
      await page.waitForFunction(() => window.failed !== undefined || document.querySelector('video').error !== null);
    }
    assert.deepEqual(asked[0], { kids: [base64url(KEY.kid)], type: 'temporary' });
  }
});

test('hls.js switches between the renditions of a ladder without a gap', async (t) => {
  const { page } = await open(
    t,
    ['ladder-360p.mp4', 'ladder-720p.mp4'],
    { targets: ['hls'], encryption: false },
    'hls.js',
  );
  await startHls(page, 'hls/master.m3u8');
  await page.waitForFunction(() => window.hls.levels.length === 2);
  await page.evaluate(() => {
    window.hls.nextLevel = 0;
  });
  const low = await playsBeyond(page, 1.5);
  await page.evaluate(() => {
    window.hls.nextLevel = 1;
  });
  await page.waitForFunction(
    (width) => window.failed || document.querySelector('video').videoWidth > width,
    low.width,
    { timeout: PATIENCE.play },
  );
  const high = await playsBeyond(page, 7);
  assert.equal(high.failed, undefined);
  assert.ok(high.width > low.width, `${low.width}, then ${high.width}`);
  const ranges = await page.evaluate(() => document.querySelector('video').buffered.length);
  assert.equal(ranges, 1, 'what is buffered has no gap');
});

for (const [scheme, targets, manifest] of /** @type {[scheme: Scheme, targets: Target[], manifest: string][]} */ ([
  ['cenc', ['dash'], 'dash/stream.mpd'],
  ['cbcs', ['cmaf'], 'cmaf/stream.mpd'],
])) {
  test(`dash.js plays ${scheme} with the ClearKey, and not with another`, async (t) => {
    const { page, result } = await open(t, ['bframes-1080p.mp4'], { targets, scheme }, 'dash.js');
    const start = (/** @type {string} */ key) =>
      page.evaluate(
        ([manifest, kid, key]) => {
          const player = window.dashjs.MediaPlayer().create();
          window.player = player;
          player.on('error', (/** @type {{ error: Error | undefined }} */ { error }) => {
            window.failed = error?.message ?? String(error);
          });
          document.querySelector('video').addEventListener('error', () => {
            window.failed = document.querySelector('video').error?.message ?? 'media error';
          });
          player.initialize();
          player.setProtectionData({ 'org.w3.clearkey': { clearkeys: { [kid]: key } } });
          player.attachView(document.querySelector('video'));
          player.attachSource(manifest);
        },
        [manifest, result.keys[0].kid.base64url, key],
      );
    await start(result.keys[0].key.base64url);
    const played = await playsBeyond(page, 2.1);
    assert.equal(played.failed, undefined);
    assert.ok(played.frames > 40 && played.width === 1920, JSON.stringify(played));
    await page.evaluate(() => {
      window.player.seek(9);
    });
    assert.equal((await playsBeyond(page, 9.6)).failed, undefined);

    await page.reload();
    const wrong = Buffer.from(Buffer.from(result.keys[0].key.hex, 'hex').map((byte) => byte ^ 0xff));
    await start(wrong.toString('base64url'));
    await page.waitForFunction(() => window.failed, undefined, { timeout: PATIENCE.play });
    assert.ok(await page.evaluate(() => document.querySelector('video').currentTime < 1));
  });
}

/**
 * How a player is started on a manifest, with a ClearKey license that the page makes of its key.
 *
 * @type {Record<'video.js' | 'rx-player', (page: Page, manifest: string, kid: string, key: string) => Promise<void>>}
 */
const STARTS = {
  'video.js': (page, manifest, kid, key) =>
    page.evaluate(
      ([src, kid, k]) => {
        const video = document.querySelector('video');
        const player = window.videojs(video, { html5: { vhs: { overrideNative: true } } });
        window.player = player;
        player.on('error', () => {
          window.failed = player.error()?.message ?? 'error';
        });
        player.eme();
        const license = new TextEncoder().encode(JSON.stringify({ keys: [{ kty: 'oct', kid, k }], type: 'temporary' }));
        player.src({
          src,
          type: src.endsWith('.mpd') ? 'application/dash+xml' : 'application/vnd.apple.mpegurl',
          keySystems: {
            'org.w3.clearkey': {
              initDataTypes: ['cenc'],
              videoContentType: 'video/mp4; codecs="avc1.640028"',
              audioContentType: 'audio/mp4; codecs="mp4a.40.2"',
              getLicense: (
                /** @type {unknown} */ _options,
                /** @type {unknown} */ _message,
                /** @type {(error: null, license: Uint8Array) => void} */ done,
              ) => done(null, license),
            },
          },
        });
        void player.play()?.catch(() => undefined);
      },
      [manifest, kid, key],
    ),
  'rx-player': (page, manifest, kid, key) =>
    page.evaluate(
      ([url, kid, k]) => {
        const player = new window.RxPlayer({ videoElement: document.querySelector('video') });
        window.player = player;
        player.addEventListener('error', (/** @type {Error} */ error) => {
          window.failed = error.message;
        });
        const license = new TextEncoder().encode(JSON.stringify({ keys: [{ kty: 'oct', kid, k }], type: 'temporary' }));
        player.loadVideo({
          url,
          transport: 'dash',
          autoPlay: true,
          keySystems: [{ type: 'org.w3.clearkey', getLicense: () => Promise.resolve(license) }],
        });
      },
      [manifest, kid, key],
    ),
};

for (const player of /** @type {const} */ (['video.js', 'rx-player'])) {
  for (const [scheme, targets, manifest] of /** @type {[scheme: Scheme, targets: Target[], manifest: string][]} */ ([
    ['cenc', ['dash'], 'dash/stream.mpd'],
    ['cbcs', ['cmaf'], 'cmaf/stream.mpd'],
  ])) {
    test(`${player} plays ${scheme} with the ClearKey to its end, and not with another`, async (t) => {
      const { page, result } = await open(t, ['bframes-1080p.mp4'], { targets, scheme }, player);
      const { kid, key } = result.keys[0];
      const start = STARTS[player];
      await start(page, manifest, kid.base64url, key.base64url);
      const played = await playsBeyond(page, 2.1);
      assert.equal(played.failed, undefined);
      assert.ok(played.frames > 40 && played.width === 1920 && played.sound > 0, JSON.stringify(played));
      await page.evaluate(() => {
        document.querySelector('video').currentTime = 10.5;
      });
      await page.waitForFunction(() => window.failed || document.querySelector('video').ended, undefined, {
        timeout: PATIENCE.play,
      });
      assert.equal(await page.evaluate(() => window.failed), undefined);

      await page.reload();
      const wrong = Buffer.from(Buffer.from(key.hex, 'hex').map((byte) => byte ^ 0xff)).toString('base64url');
      await start(page, manifest, kid.base64url, wrong);
      await page.waitForFunction(() => window.failed || document.querySelector('video').error, undefined, {
        timeout: PATIENCE.play,
      });
      assert.ok(await page.evaluate(() => document.querySelector('video').currentTime < 1));
    });
  }
}

test("video.js plays fMP4 in HLS by Widevine's line alone; ClearKey's beside it, it takes for AES-128", async (t) => {
  for (const [drm, plays] of /** @type {[NonNullable<PackageOptions['drm']>, boolean][]} */ ([
    [{ widevine: {}, common: {} }, true],
    [{ widevine: {}, common: {}, clearkey: {} }, false],
  ])) {
    const { page } = await open(
      t,
      ['bframes-1080p.mp4'],
      { targets: ['cmaf'], key: `${KEY.kid}:${KEY.key}`, drm },
      'video.js',
    );
    /** @type {(line: string) => void} */
    let warned = () => undefined;
    const warning = new Promise((resolve) => {
      warned = resolve;
    });
    page.on('console', (message) => {
      if (message.text().includes('Problem encountered with playlist')) warned(message.text());
    });
    const base64url = (/** @type {string} */ text) => Buffer.from(text, 'hex').toString('base64url');
    await STARTS['video.js'](page, 'cmaf/master.m3u8', base64url(KEY.kid), base64url(KEY.key));
    if (plays) {
      const { failed, frames } = await playsBeyond(page, 2.1);
      assert.equal(failed, undefined);
      assert.ok(frames > 40, `${frames} frames`);
    } else {
      await warning; // the URI of the line gives no key of 16 bytes
      assert.equal(await page.evaluate(() => document.querySelector('video').currentTime), 0);
    }
  }
});
