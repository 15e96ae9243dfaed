/** Side files of text in hls.js and Shaka Player: which words are on at a time, in a real browser. */

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { folder, Packager } from 'tabpack';
import { fixture, openApp, PATIENCE, serve } from './support.mjs';

const require = createRequire(import.meta.url);
const wwwRequire = createRequire(new URL('../../www/package.json', import.meta.url));
const SCRIPTS = {
  'hls.js': require.resolve('hls.js/dist/hls.min.js'),
  'Shaka Player': path.join(path.dirname(wwwRequire.resolve('shaka-player/package.json')), 'dist/shaka-player.compiled.js'),
};

/** What the English text shows at a time in seconds: one cue lasts over the boundary at 2 s, two are shown at once. */
const SHOWN = [
  [0.2, []],
  [0.8, ['One & only']],
  [1.9, ['Grüße über die Grenze']],
  [2.1, ['Grüße über die Grenze']],
  [2.3, ['Grüße über die Grenze', 'Zwei zugleich']],
  [2.7, ['Zwei zugleich']],
];

/** Starts a player in the page and turns the English text on. */
const START = {
  'hls.js': (url) => {
    const hls = (window.hls = new window.Hls({ enableWebVTT: true, renderTextTracksNatively: true }));
    hls.on(window.Hls.Events.ERROR, (_, { fatal, details }) => { if (fatal) window.failed = details; });
    hls.subtitleDisplay = true;
    hls.on(window.Hls.Events.FRAG_BUFFERED, () => { hls.subtitleTrack = hls.subtitleTracks.findIndex(({ lang }) => lang === 'en'); });
    hls.loadSource(url);
    hls.attachMedia(document.querySelector('video'));
  },
  'Shaka Player': async (url) => {
    const player = (window.player = new window.shaka.Player());
    await player.attach(document.querySelector('video'));
    player.addEventListener('error', ({ detail }) => { window.failed = String(detail.code); });
    await player.load(url);
    await player.selectTextTrack(player.getTextTracks().find(({ language }) => language === 'en'));
    await player.setTextTrackVisibility?.(true);
  },
};

for (const [player, manifest] of [
  ['hls.js', 'cmaf/master.m3u8'], ['hls.js', 'hls/master.m3u8'],
  ['Shaka Player', 'cmaf/stream.mpd'], ['Shaka Player', 'cmaf/master.m3u8'], ['Shaka Player', 'hls/master.m3u8'],
]) {
  test(`${player} shows the cues of ${manifest} when they are due, each once`, async (t) => {
    const out = await mkdtemp(path.join(tmpdir(), 'tabpack-text-'));
    t.after(() => rm(out, { recursive: true, force: true }));
    const packager = await Packager.create();
    t.after(() => packager.close());
    const inputs = ['mov_text.mp4', 'side.en.vtt'].map((name) => fixture(`text/${name}`));
    await packager.package(inputs, { targets: ['cmaf', 'hls'], encryption: false, segmentDuration: 1, output: folder(out, { replace: true }) });
    await cp(SCRIPTS[player], path.join(out, 'player.js'));
    await writeFile(path.join(out, 'index.html'), '<!doctype html><script src="player.js"></script><video muted playsinline></video>');
    const server = await serve(out);
    t.after(() => server.close());
    const { page } = await openApp(t);
    await page.goto(server.url);
    await page.evaluate(START[player], manifest);

    for (const [time, expected] of SHOWN) {
      const seen = await page.evaluate(async ({ time, expected, patience }) => {
        const video = document.querySelector('video');
        const shown = () => [...video.textTracks].flatMap((track) => (track.mode === 'disabled' ? [] : [...(track.activeCues ?? [])]))
          .map((cue) => { const node = cue.getCueAsHTML?.(); return (node?.textContent ?? cue.text).replace(/\s+/g, ' ').trim(); }).sort();
        const end = performance.now() + patience;
        let now = [];
        while (!window.failed && performance.now() < end) {
          if (video.readyState >= 1 && video.currentTime !== time) video.currentTime = time;
          await new Promise((resolve) => setTimeout(resolve, 150));
          now = shown();
          if (video.readyState >= 2 && !video.seeking && video.currentTime === time && JSON.stringify(now) === JSON.stringify(expected)) break;
        }
        return { failed: window.failed, now, time: video.currentTime };
      }, { time, expected, patience: PATIENCE.play });
      assert.deepEqual(seen, { failed: undefined, now: expected, time }, `at ${time} s`);
    }
  });
}
