/** What tests of players share: a page with a player beside a packaged output. */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { folder, Packager } from 'tabpack';
import { fixture, openApp, PATIENCE, serve } from './support.mjs';

const require = createRequire(import.meta.url);
const wwwRequire = createRequire(new URL('../../www/package.json', import.meta.url));
const SCRIPTS = {
  'Shaka Player': () =>
    joined(path.join(path.dirname(wwwRequire.resolve('shaka-player/package.json')), 'dist/shaka-player.compiled.js')),
  'hls.js': () => joined(require.resolve('hls.js/dist/hls.min.js')),
  'dash.js': () => joined(require.resolve('dashjs')),
  'video.js': () =>
    joined(
      require.resolve('video.js/dist/video.min.js'),
      require.resolve('videojs-contrib-eme/dist/videojs-contrib-eme.min.js'),
    ),
  'rx-player': () => bundled("import RxPlayer from 'rx-player'; window.RxPlayer = RxPlayer;"),
};

/** @param {...string} paths */
const joined = async (...paths) => (await Promise.all(paths.map((file) => readFile(file, 'utf8')))).join('\n;');

/**
 * A script of modules, for players that come as such.
 *
 * @param {string} contents
 */
async function bundled(contents) {
  const resolveDir = path.dirname(require.resolve('../package.json'));
  const { outputFiles } = await build({ stdin: { contents, resolveDir }, bundle: true, write: false, format: 'iife' });
  return outputFiles[0].text;
}

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
  await writeFile(path.join(out, 'player.js'), await SCRIPTS[player]());
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
