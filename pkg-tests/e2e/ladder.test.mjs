/** One title of many files in each player: three sizes, two languages of sound and two of subtitles. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { open } from './players.mjs';
import { PATIENCE } from './support.mjs';

const INPUTS = [
  'ladder-360p.mp4',
  'ladder-720p.mp4',
  'ladder-1080p.mp4',
  'audio-only.m4a',
  'text/side.en.vtt',
  'text/side.de.sdh.srt',
];
/** @type {Options} */
const OPTIONS = {
  targets: ['cmaf', 'hls'],
  encryption: false,
  tracks: [
    ...[0, 1, 2].map((input) => ({ input, kind: /** @type {const} */ ('audio'), language: 'en' })),
    { input: 3, language: 'de', label: 'Deutsch' },
  ],
};

/** How each player starts with the smallest pictures and the English text, how it goes to the largest, and what it offers. */
const PLAYERS = {
  'Shaka Player': {
    start: async (/** @type {any} */ url) => {
      const player = new window.shaka.Player();
      window.player = player;
      await player.attach(document.querySelector('video'));
      player.addEventListener('error', (/** @type {{ detail: { code: number } }} */ { detail }) => {
        window.failed = String(detail.code);
      });
      // The clip is short: what is fetched ahead would be all of it.
      player.configure({
        abr: { enabled: false },
        streaming: { bufferingGoal: 2, rebufferingGoal: 1 },
        preferredAudioLanguage: 'en',
      });
      await player.load(url);
      window.choose = (/** @type {any} */ height) =>
        player.selectVariantTrack(
          player
            .getVariantTracks()
            .find(
              (/** @type {{ height: any; language: string }} */ track) =>
                track.height === height && track.language === 'en',
            ),
          false,
        );
      window.choose(360);
      await player.selectTextTrack(
        player.getTextTracks().find((/** @type {{ language: string }} */ { language }) => language === 'en'),
      );
      await player.setTextTrackVisibility?.(true);
      const languages = (/** @type {{ language: any }[]} */ tracks) =>
        [...new Set(tracks.map(({ language }) => language))].sort();
      return {
        heights: [...new Set(player.getVariantTracks().map((/** @type {{ height: number }} */ { height }) => height))],
        sound: languages(player.getVariantTracks()),
        text: languages(player.getTextTracks()),
      };
    },
  },
  'hls.js': {
    start: async (/** @type {any} */ url) => {
      const hls = new window.Hls({ startLevel: 0 });
      window.hls = hls;
      hls.on(
        window.Hls.Events.ERROR,
        (/** @type {any} */ _, /** @type {{ fatal: boolean, details: string }} */ { fatal, details }) => {
          if (fatal) window.failed = details;
        },
      );
      hls.subtitleDisplay = true;
      hls.loadSource(url);
      hls.attachMedia(document.querySelector('video'));
      await new Promise((resolve) => {
        hls.on(window.Hls.Events.FRAG_BUFFERED, resolve);
      });
      hls.subtitleTrack = hls.subtitleTracks.findIndex((/** @type {{ lang: string }} */ { lang }) => lang === 'en');
      window.choose = (/** @type {any} */ height) => {
        hls.nextLevel = hls.levels.findIndex((/** @type {{ height: any }} */ level) => level.height === height);
      };
      const languages = (/** @type {{ lang: any }[]} */ tracks) => [...new Set(tracks.map(({ lang }) => lang))].sort();
      return {
        heights: hls.levels.map((/** @type {{ height: number }} */ { height }) => height),
        sound: languages(hls.audioTracks),
        text: languages(hls.subtitleTracks),
      };
    },
  },
  'dash.js': {
    start: async (/** @type {any} */ url) => {
      const player = window.dashjs.MediaPlayer().create();
      window.player = player;
      player.on('error', (/** @type {{ error: Error | undefined }} */ { error }) => {
        window.failed = error?.message ?? String(error);
      });
      player.initialize();
      player.updateSettings({
        streaming: {
          buffer: { bufferTimeDefault: 2, bufferTimeAtTopQuality: 2, bufferTimeAtTopQualityLongForm: 2 },
          abr: { autoSwitchBitrate: { video: false }, initialBitrate: { video: 1 } },
        },
      });
      player.setInitialMediaSettingsFor('audio', { lang: 'en' });
      player.setInitialMediaSettingsFor('text', { lang: 'en' });
      player.attachView(document.querySelector('video'));
      player.attachSource(url);
      player.enableText(true);
      await new Promise((resolve) => {
        player.on('streamInitialized', resolve);
      });
      const video = player.getRepresentationsByType('video');
      window.choose = (/** @type {any} */ height) =>
        player.setRepresentationForTypeByIndex(
          'video',
          video.findIndex((/** @type {{ height: any }} */ one) => one.height === height),
        );
      const languages = (/** @type {string} */ kind) =>
        [...new Set(player.getTracksFor(kind).map((/** @type {{ lang: string }} */ { lang }) => lang))].sort();
      return {
        heights: video.map((/** @type {{ height: number }} */ { height }) => height),
        sound: languages('audio'),
        text: languages('text'),
      };
    },
  },
};

for (const [name, manifest] of /** @type {[name: keyof typeof PLAYERS, manifest: string][]} */ ([
  ['Shaka Player', 'cmaf/stream.mpd'],
  ['Shaka Player', 'cmaf/master.m3u8'],
  ['Shaka Player', 'hls/master.m3u8'],
  ['hls.js', 'cmaf/master.m3u8'],
  ['hls.js', 'hls/master.m3u8'],
  ['dash.js', 'cmaf/stream.mpd'],
])) {
  test(`${name} plays ${manifest}: it switches sizes without a gap and shows the subtitles`, async (t) => {
    const { page } = await open(t, INPUTS, OPTIONS, name);
    const offered = await page.evaluate(PLAYERS[name].start, manifest);
    assert.deepEqual(
      offered.heights.sort((/** @type {number} */ a, /** @type {number} */ b) => a - b),
      [360, 720, 1080],
    );
    assert.deepEqual(
      [offered.sound, offered.text],
      [
        ['de', 'en'],
        ['de', 'en'],
      ],
    );

    const seen = await page.evaluate(async (patience) => {
      const video = document.querySelector('video');
      const shown = new Set();
      const widths = new Set();
      const end = performance.now() + patience;
      void video.play().catch(() => undefined);
      while (!window.failed && video.currentTime < 7.5 && performance.now() < end) {
        await new Promise((resolve) => setTimeout(resolve, 40));
        for (const track of video.textTracks) {
          if (track.mode === 'disabled') continue;
          for (const cue of track.activeCues ?? [])
            shown.add((cue.getCueAsHTML?.().textContent ?? cue.text).replace(/\s+/g, ' ').trim());
        }
        widths.add(video.videoWidth);
        if (video.currentTime > 0.5) {
          window.choose?.(1080);
          delete window.choose;
        }
      }
      return {
        failed: window.failed,
        time: video.currentTime,
        shown: [...shown],
        widths: [...widths],
        ranges: video.buffered.length,
        frames: video.getVideoPlaybackQuality().totalVideoFrames,
        sound: video.webkitAudioDecodedByteCount,
      };
    }, PATIENCE.play);
    assert.equal(seen.failed, undefined);
    assert.ok(seen.time >= 7.5 && seen.frames > 100 && seen.sound > 0, JSON.stringify(seen));
    assert.equal(seen.ranges, 1, 'what is buffered has no gap');
    assert.ok(seen.widths.includes(640) && seen.widths.includes(1920), `sizes ${seen.widths}`);
    for (const cue of ['One & only', 'Grüße über die Grenze', 'Zwei zugleich'])
      assert.ok(seen.shown.includes(cue), `${cue} in ${JSON.stringify(seen.shown)}`);
  });
}
