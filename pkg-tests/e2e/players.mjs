/** What tests of players share: a page with Shaka Player, hls.js or dash.js beside a packaged output. */

import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { folder, Packager } from 'tabpack';
import { fixture, openApp, PATIENCE, serve } from './support.mjs';

const require = createRequire(import.meta.url);
const wwwRequire = createRequire(new URL('../../www/package.json', import.meta.url));
const SCRIPTS = {
  'Shaka Player': path.join(
    path.dirname(wwwRequire.resolve('shaka-player/package.json')),
    'dist/shaka-player.compiled.js',
  ),
  'hls.js': require.resolve('hls.js/dist/hls.min.js'),
  'dash.js': require.resolve('dashjs'),
};

/**
 * Packages fixtures in Node and opens a page beside the output, with a player's script in it.
 *
 * @param {TestContext} t
 * @param {string[]} inputs
 * @param {Omit<PackageOptions, 'output'>} options
 * @param {keyof typeof SCRIPTS} player
 */
export async function open(t, inputs, options, player) {
  const out = await mkdtemp(path.join(tmpdir(), 'tabpack-players-'));
  t.after(() => rm(out, { recursive: true, force: true }));
  const packager = await Packager.create();
  const result = await packager.package(inputs.map(fixture), {
    segmentDuration: 2,
    ...options,
    output: folder(out, { replace: true }),
  });
  await cp(SCRIPTS[player], path.join(out, 'player.js'));
  await writeFile(
    path.join(out, 'index.html'),
    '<!doctype html><script src="player.js"></script><video muted playsinline></video>',
  );
  const server = await serve(out);
  t.after(() => server.close());
  const { page } = await openApp(t);
  await page.goto(server.url);
  return { page, result, out };
}

/**
 * Waits until the video has played beyond so many seconds; gives what was decoded.
 *
 * @param {Page} page
 * @param {number} seconds
 */
export async function playsBeyond(page, seconds) {
  await page.waitForFunction((until) => window.failed || document.querySelector('video').currentTime > until, seconds, {
    timeout: PATIENCE.play,
  });
  return page.evaluate(() => {
    const video = document.querySelector('video');
    return {
      failed: window.failed,
      frames: video.getVideoPlaybackQuality().totalVideoFrames,
      sound: video.webkitAudioDecodedByteCount,
      width: video.videoWidth,
      time: video.currentTime,
    };
  });
}

/**
 * Starts hls.js on a playlist.
 *
 * @param {Page} page
 * @param {string} url
 * @param {object} [config]
 */
export const startHls = (page, url, config = {}) =>
  page.evaluate(
    ({ url, config }) => {
      const video = document.querySelector('video');
      const hls = new window.Hls(config);
      window.hls = hls;
      hls.on(window.Hls.Events.ERROR, (/** @type {unknown} */ _, /** @type {HlsError} */ { fatal, details }) => {
        if (fatal) window.failed = details;
      });
      hls.loadSource(url);
      hls.attachMedia(video);
      void video.play().catch(() => undefined);
    },
    { url, config },
  );
