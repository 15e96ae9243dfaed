/** Text in MP4, read by Shaka Player from the segments and by their MPD: which words are shown when. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import { fixture, KEY, PATIENCE, serve } from './support.mjs';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const SHAKA = path.join(
  path.dirname(createRequire(new URL('../../www/package.json', import.meta.url)).resolve('shaka-player/package.json')),
  'dist/shaka-player.compiled.js',
);

/** Cues as the player has them: a player joins the pieces of one that was split, or shows one after the other. */
const TEXTS = {
  wvtt: [
    [0.5, 1.5, 'One'],
    [2, 3.8, 'Two,\nin two lines'],
    [2, 3.8, 'At the top'],
  ],
  stpp: [
    [0.5, 1.5, 'One'],
    [2.6, 3.8, 'Two'],
  ],
};

for (const [codec, expected] of Object.entries(TEXTS)) {
  for (const manifest of ['stream.mpd', 'master.m3u8']) {
    test(`${codec} is shown beside encrypted pictures, by ${manifest}`, async (t) => {
      const folder = await mkdtemp(path.join(tmpdir(), 'tabpack-text-'));
      t.after(() => rm(folder, { recursive: true, force: true }));
      const key = `${KEY.kid}:${KEY.key}`;
      await promisify(execFile)(process.execPath, [
        CLI,
        'package',
        fixture(`text/${codec}.mp4`),
        '-o',
        folder,
        '--key',
        key,
        '--segment-duration',
        '1',
      ]);
      await writeFile(path.join(folder, 'index.html'), '<!doctype html><video muted></video>');
      const server = await serve(folder);
      t.after(() => server.close());
      const browser = await chromium.launch({
        executablePath: process.env.CHROME_PATH ?? '',
        args: ['--no-sandbox', '--autoplay-policy=no-user-gesture-required'],
      });
      t.after(() => browser.close());

      const page = await browser.newPage();
      await page.goto(server.url);
      await page.addScriptTag({ path: SHAKA });
      const seen = await page.evaluate(
        async ({ url, clearKeys, patience }) => {
          const video = document.querySelector('video');
          const player = new window.shaka.Player();
          await player.attach(video);
          player.configure({ drm: { clearKeys } });
          await player.load(url);
          const [track] = player.getTextTracks();
          await player.selectTextTrack(track);
          await player.setTextTrackVisibility?.(true);
          await video.play();
          const shown = new Map();
          const end = performance.now() + patience;
          while (!video.ended && performance.now() < end) {
            for (const cue of video.textTracks[0]?.cues ?? [])
              shown.set(`${cue.startTime} ${cue.text}`, [cue.startTime, cue.endTime, cue.text]);
            await new Promise((resolve) => setTimeout(resolve, 100));
          }
          return { ended: video.ended, language: track?.language, cues: [...shown.values()] };
        },
        { url: `${server.url}cmaf/${manifest}`, clearKeys: { [KEY.kid]: KEY.key }, patience: PATIENCE.play },
      );

      assert.ok(seen.ended, 'it played to its end');
      assert.equal(seen.language, 'de');
      for (const [start, end, text] of expected) {
        const pieces = seen.cues.filter((cue) => cue[2] === text).sort((a, b) => a[0] - b[0]);
        assert.ok(pieces.length > 0, `${text} in ${JSON.stringify(seen.cues)}`);
        assert.equal(pieces[0][0], start, `${text} starts`);
        assert.equal(Math.max(...pieces.map((cue) => cue[1])), end, `${text} ends`);
      }
      assert.equal(new Set(seen.cues.map((cue) => cue[2])).size, expected.length, JSON.stringify(seen.cues));
    });
  }
}
