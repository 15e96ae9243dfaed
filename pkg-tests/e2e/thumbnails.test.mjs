/** Thumbnails in players: which picture they show for a time, of ready-made sheets and of those that the page draws. */

import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { folder, Packager } from 'tabpack';
import { fixture, openApp, openPlayer, PATIENCE, packageFile, serve, setOptions, storedOutputs } from './support.mjs';

const require = createRequire(import.meta.url);
const SCRIPTS = {
  shaka: require.resolve('shaka-player/dist/shaka-player.compiled-es2021.js'),
  'dash.js': require.resolve('dashjs'),
};

/** The pictures of the two sheets in the order of time, each for a second and a half. */
const COLOURS = {
  red: [255, 0, 0],
  lime: [0, 255, 0],
  blue: [0, 0, 255],
  white: [255, 255, 255],
  yellow: [255, 255, 0],
  cyan: [0, 255, 255],
};
const INTERVAL = 1.5;

/**
 * @param {TestContext} t
 * @param {Target[]} targets
 * @param {keyof typeof SCRIPTS} player
 * @param {Partial<Options>} [options]
 */
async function open(t, targets, player, options = {}) {
  const out = await mkdtemp(path.join(tmpdir(), 'tabpack-thumbnails-'));
  t.after(() => rm(out, { recursive: true, force: true }));
  const packager = await Packager.create();
  const names = (await readdir(fixture('sheets'))).sort();
  const images = await Promise.all(names.map((name) => readFile(fixture(`sheets/${name}`))));
  await packager.package(fixture('ladder-360p.mp4'), {
    ...options,
    targets,
    encryption: false,
    segmentDuration: 2,
    output: folder(out, { replace: true }),
    thumbnails: { images, interval: INTERVAL, columns: 2, rows: 2 },
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
  return page;
}

/** The colour in the middle of a part of an image: red, green and blue. */
const colourAt = (
  /** @type {Page} */ page,
  /** @type {string} */ url,
  /** @type {number} */ x,
  /** @type {number} */ y,
  /** @type {number} */ width,
  /** @type {number} */ height,
) =>
  page.evaluate(
    async ([url, ...part]) => {
      const [x, y, width, height] = part;
      const image = await createImageBitmap(await (await fetch(url)).blob());
      const context = new OffscreenCanvas(image.width, image.height).getContext('2d');
      if (context === null) throw new Error('no context');
      context.drawImage(image, 0, 0);
      return [...context.getImageData(Math.floor(x + width / 2), Math.floor(y + height / 2), 1, 1).data].slice(0, 3);
    },
    /** @type {const} */ ([url, x, y, width, height]),
  );

/**
 * @param {number[]} found
 * @param {number[]} expected
 * @param {string} what
 */
function isColour(found, expected, what) {
  assert.ok(
    found.every((value, index) => Math.abs(value - expected[index]) < 12),
    `${what}: ${found} is not ${expected}`,
  );
}

for (const [
  target,
  manifest,
  options = {},
] of /** @type {[target: Target, manifest: string, options?: { cuePoints?: number[] }][]} */ ([
  ['dash', 'dash/stream.mpd'],
  ['dash', 'dash/stream.mpd', { cuePoints: [4] }],
  ['cmaf', 'cmaf/stream.mpd'],
  ['hls', 'hls/master.m3u8'],
])) {
  test(`Shaka Player finds the picture of each time by ${manifest}${options.cuePoints ? ' of two periods' : ''}`, async (t) => {
    const page = await open(t, [target], 'shaka', options);
    const tracks = await page.evaluate(async (manifest) => {
      const player = new window.shaka.Player();
      window.player = player;
      await player.attach(document.querySelector('video'));
      await player.load(manifest);
      return player
        .getImageTracks()
        .map(
          (
            /** @type {{ id: number, width: number, height: number, mimeType: string, tilesLayout: string }} */ {
              id,
              width,
              height,
              mimeType,
              tilesLayout,
            },
          ) => ({ id, width, height, mimeType, tilesLayout }),
        );
    }, manifest);
    assert.equal(tracks.length, 1);
    const [{ id, ...track }] = tracks;
    assert.equal(track.mimeType, 'image/jpeg');
    if (manifest.endsWith('.mpd')) assert.deepEqual([track.width, track.height, track.tilesLayout], [160, 90, '2x2']);
    for (const [index, [name, colour]] of Object.entries(COLOURS).entries()) {
      if (index * INTERVAL > 7.5) continue;
      for (const time of [index * INTERVAL + 0.01, Math.min(7.9, (index + 1) * INTERVAL - 0.01)]) {
        const found = await page.evaluate(
          async ([id, time]) => {
            const { uris, positionX, positionY, width, height, startTime, duration } =
              await window.player.getThumbnails(id, time);
            return { url: uris[0], positionX, positionY, width, height, startTime, duration };
          },
          [id, time],
        );
        assert.deepEqual(
          [found.width, found.height, found.startTime, found.duration],
          [160, 90, index * INTERVAL, INTERVAL],
        );
        isColour(
          await colourAt(page, found.url, found.positionX, found.positionY, found.width, found.height),
          colour,
          `${name} at ${time} s`,
        );
      }
    }
    await page.evaluate(() => document.querySelector('video').play());
    await page.waitForFunction(() => document.querySelector('video').currentTime > 1, undefined, {
      timeout: PATIENCE.play,
    });
  });
}

test('dash.js finds the picture of each time', async (t) => {
  const page = await open(t, ['dash'], 'dash.js');
  await page.evaluate(() => {
    const player = window.dashjs.MediaPlayer().create();
    window.player = player;
    player.initialize(document.querySelector('video'), 'dash/stream.mpd', false);
    return new Promise((resolve) => player.on('streamInitialized', resolve));
  });
  for (const [index, [name, colour]] of Object.entries(COLOURS).entries()) {
    if (index * INTERVAL > 7.5) continue;
    const found = await page.evaluate(
      (time) =>
        new Promise((resolve) => {
          window.player.provideThumbnail(
            time,
            (/** @type {{ url: any; x: any; y: any; width: any; height: any }} */ thumbnail) =>
              resolve(
                thumbnail && {
                  url: thumbnail.url,
                  x: thumbnail.x,
                  y: thumbnail.y,
                  width: thumbnail.width,
                  height: thumbnail.height,
                },
              ),
          );
        }),
      index * INTERVAL + 0.3,
    );
    assert.deepEqual([found.width, found.height], [160, 90]);
    isColour(await colourAt(page, found.url, found.x, found.y, found.width, found.height), colour, name);
  }
});

test('the page draws thumbnails of a video; what is shown for a time is its picture then', async (t) => {
  const { page } = await openApp(t);
  await setOptions(page, { targets: ['cmaf'], clear: true });
  await page.getByTestId('thumbnails').check();
  const finished = await packageFile(page, fixture('ladder-360p.mp4'));
  const { files } = await storedOutputs(page);
  assert.ok(files.includes('ladder-360p/cmaf/thumbnails-1/1.jpg'), files.join('\n'));
  await openPlayer(page, finished, 'cmaf/stream.mpd');
  await page
    .getByTestId('facts')
    .getByText(/160×90, 5x2 in a sheet/)
    .waitFor({ timeout: PATIENCE.play });

  // The sheet against the video itself, at the middle of the second that a picture stands for.
  const clip = (await readFile(fixture('ladder-360p.mp4'))).toString('base64');
  const differences = await page.evaluate(async (base64) => {
    let root = await navigator.storage.getDirectory();
    for (const name of ['outputs', 'ladder-360p', 'cmaf', 'thumbnails-1']) root = await root.getDirectoryHandle(name);
    const sheet = await createImageBitmap(await (await root.getFileHandle('1.jpg')).getFile());
    const video = document.createElement('video');
    video.muted = true;
    video.src = URL.createObjectURL(await (await fetch(`data:video/mp4;base64,${base64}`)).blob());
    const pixels = (/** @type {ImageBitmap | HTMLVideoElement} */ source, /** @type {number} */ x) => {
      const context = new OffscreenCanvas(160, 90).getContext('2d');
      if (context === null) throw new Error('no context');
      context.drawImage(
        source,
        x,
        0,
        'videoWidth' in source ? source.videoWidth : 160,
        'videoHeight' in source ? source.videoHeight : 90,
        0,
        0,
        160,
        90,
      );
      return context.getImageData(0, 0, 160, 90).data;
    };
    const frames = [];
    for (const second of [0, 1, 2, 3]) {
      const sought = new Promise((resolve) => video.addEventListener('seeked', resolve, { once: true }));
      video.currentTime = second + 0.5;
      await sought;
      frames.push(pixels(video, 0));
    }
    const difference = (/** @type {ImageDataArray} */ a, /** @type {ImageDataArray} */ b) =>
      [...a].reduce((sum, value, index) => sum + Math.abs(value - b[index]), 0) / a.length;
    return frames.map((frame) => [0, 1, 2, 3].map((place) => difference(frame, pixels(sheet, place * 160))));
  }, clip);
  for (const [second, row] of differences.entries()) {
    assert.ok(row[second] < 10, `second ${second}, but for what JPEG loses: ${row}`);
    assert.equal(row.indexOf(Math.min(...row)), second, `second ${second} is most like its own picture: ${row}`);
  }
});

test('what the browser can’t decode is packaged without thumbnails, and the log says why', async (t) => {
  const { page } = await openApp(t);
  await setOptions(page, { targets: ['cmaf'], clear: true });
  await page.getByTestId('thumbnails').check();
  await packageFile(page, fixture('hevc.mp4'));
  assert.match(await page.getByTestId('log').innerText(), /No thumbnails: This browser can’t/);
  assert.ok(!(await storedOutputs(page)).files.some((file) => file.includes('thumbnails')));
});
