/** Side files of text in hls.js and Shaka Player: which words are on at a time, in a real browser. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { open } from './players.mjs';
import { PATIENCE } from './support.mjs';

/**
 * What the English text shows at a time in seconds: one cue lasts over the boundary at 2 s, two are shown at once.
 *
 * @type {[time: number, cues: string[]][]}
 */
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
  'hls.js': (/** @type {any} */ url) => {
    const hls = new window.Hls({ enableWebVTT: true, renderTextTracksNatively: true });
    window.hls = hls;
    hls.on(
      window.Hls.Events.ERROR,
      (/** @type {any} */ _, /** @type {{ fatal: boolean, details: string }} */ { fatal, details }) => {
        if (fatal) window.failed = details;
      },
    );
    hls.subtitleDisplay = true;
    hls.on(window.Hls.Events.FRAG_BUFFERED, () => {
      hls.subtitleTrack = hls.subtitleTracks.findIndex((/** @type {{ lang: string }} */ { lang }) => lang === 'en');
    });
    hls.loadSource(url);
    hls.attachMedia(document.querySelector('video'));
  },
  'Shaka Player': async (/** @type {any} */ url) => {
    const player = new window.shaka.Player();
    window.player = player;
    await player.attach(document.querySelector('video'));
    player.addEventListener('error', (/** @type {{ detail: { code: number } }} */ { detail }) => {
      window.failed = String(detail.code);
    });
    await player.load(url);
    await player.selectTextTrack(
      player.getTextTracks().find((/** @type {{ language: string }} */ { language }) => language === 'en'),
    );
    await player.setTextTrackVisibility?.(true);
  },
};

for (const [player, manifest] of /** @type {[player: keyof typeof START, manifest: string][]} */ ([
  ['hls.js', 'cmaf/master.m3u8'],
  ['hls.js', 'hls/master.m3u8'],
  ['Shaka Player', 'cmaf/stream.mpd'],
  ['Shaka Player', 'cmaf/master.m3u8'],
  ['Shaka Player', 'hls/master.m3u8'],
])) {
  test(`${player} shows the cues of ${manifest} when they are due, each once`, async (t) => {
    /** @type {Options} */
    const options = { targets: ['cmaf', 'hls'], encryption: false, segmentDuration: 1 };
    const { page } = await open(t, ['text/mov_text.mp4', 'text/side.en.vtt'], options, player);
    await page.evaluate(START[player], manifest);

    for (const [time, expected] of SHOWN) {
      const seen = await page.evaluate(
        async ({ time, expected, patience }) => {
          const video = document.querySelector('video');
          const shown = () =>
            [...video.textTracks]
              .flatMap((track) => (track.mode === 'disabled' ? [] : [...(track.activeCues ?? [])]))
              .map((cue) => {
                const node = cue.getCueAsHTML?.();
                return (node?.textContent ?? cue.text).replace(/\s+/g, ' ').trim();
              })
              .sort();
          const end = performance.now() + patience;
          /** @type {any[]} */
          let now = [];
          while (!window.failed && performance.now() < end) {
            if (video.readyState >= 1 && video.currentTime !== time) video.currentTime = time;
            await new Promise((resolve) => setTimeout(resolve, 150));
            now = shown();
            if (
              video.readyState >= 2 &&
              !video.seeking &&
              video.currentTime === time &&
              JSON.stringify(now) === JSON.stringify(expected)
            )
              break;
          }
          return { failed: window.failed, now, time: video.currentTime };
        },
        { time, expected, patience: PATIENCE.play },
      );
      assert.deepEqual(seen, { failed: undefined, now: expected, time }, `at ${time} s`);
    }
  });
}
