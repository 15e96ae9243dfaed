// Text from side files and tracks: WebVTT for HLS, WebVTT and TTML in MP4 for DASH, read back by code that isn't ours.

import assert from 'node:assert/strict';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import {
  FFPROBE,
  fixture,
  KEY,
  KID,
  packaged,
  playlist,
  run,
  tabpack,
  temporaryFolder,
  validMpd,
  xpath,
} from './support.mjs';

const concurrency = availableParallelism();
const KEY_OPTION = ['--key', `${KID}:${KEY}`];
const FILM = fixture('text/mov_text.mp4');
const SIDE = ['side.en.vtt', 'side.de.sdh.srt', 'side.fr.forced.ttml'].map((name) => fixture(`text/${name}`));

/**
 * The cues of a file as ffmpeg reads it: start, end in milliseconds and the words, without tags.
 *
 * @param {string} path
 */
async function cues(path, stream = 's:0') {
  const { status, stdout, stderr } = await run(FFPROBE, [
    '-v',
    'error',
    '-of',
    'json',
    '-select_streams',
    stream,
    '-show_packets',
    '-show_data',
    '-show_entries',
    'packet=pts_time,duration_time,data',
    path,
  ]);
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout).packets.map(
    (
      /** @type {{ pts_time: string, duration_time: string, data: string }} */ {
        pts_time: start,
        duration_time: duration,
        data,
      },
    ) => ({
      start: Math.round(Number(start) * 1000),
      end: Math.round((Number(start) + Number(duration)) * 1000),
      text: words(bytesOf(data).toString()),
    }),
  );
}

/** The bytes of ffprobe's hexadecimal dump. */
const bytesOf = (/** @type {string} */ dump) =>
  Buffer.from(
    dump
      .split('\n')
      .map((/** @type {string} */ line) => line.slice(10, 50).replaceAll(' ', ''))
      .join(''),
    'hex',
  );

/** @type {Record<string, string>} */
const ENTITIES = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&nbsp;': ' ' };

/**
 * What is read of a text: without tags, overrides and escapes.
 *
 * @param {string} text
 */
function words(text) {
  return text
    .replace(/<[^>]*>|\{\\[^}]*\}/g, '')
    .replace(/&\w+;/g, (name) => ENTITIES[name])
    .replace(/\s+/g, ' ')
    .trim();
}

/**
 * The cues of a folder's segments by their playlist, each once, and how often each is in a segment.
 *
 * @param {string} folder
 */
async function segmentCues(folder) {
  const { segments } = await playlist(join(folder, 'media.m3u8'));
  const counts = new Map();
  for (const { uri, map } of segments) {
    assert.ok(!map, 'files of WebVTT have no init segment');
    const text = await readFile(join(folder, uri), 'utf8');
    assert.match(text, /^WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00\.000,MPEGTS:0\n/);
    // ffmpeg finds no stream where there is no cue.
    for (const cue of text.includes('-->') ? await cues(join(folder, uri)) : []) {
      const name = JSON.stringify(cue);
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }
  return {
    segments,
    cues: [...counts.keys()].map((name) => JSON.parse(name)).sort((a, b) => a.start - b.start),
    counts: [...counts.values()],
  };
}

/**
 * Side files are told apart in ffmpeg by their names.
 *
 * @param {TestContext} t
 */
async function sources(t) {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'latin.srt'), Buffer.from((await readFile(SIDE[1])).toString('latin1')));
  return { vtt: await cues(SIDE[0]), srt: await cues(join(folder, 'latin.srt')), mov: await cuesOfMov(FILM) };
}

/**
 * Timed text in MP4: two bytes of length, the text, boxes of style.
 *
 * @param {string} path
 */
async function cuesOfMov(path) {
  const { stdout } = await run(FFPROBE, [
    '-v',
    'error',
    '-of',
    'json',
    '-select_streams',
    's:0',
    '-show_packets',
    '-show_data',
    '-show_entries',
    'packet=pts_time,duration_time,data',
    path,
  ]);
  const all = JSON.parse(stdout).packets.map(
    (
      /** @type {{ pts_time: string, duration_time: string, data: string }} */ {
        pts_time: start,
        duration_time: duration,
        data,
      },
    ) => {
      const bytes = bytesOf(data);
      return {
        start: Math.round(Number(start) * 1000),
        end: Math.round((Number(start) + Number(duration)) * 1000),
        text: words(bytes.toString('utf8', 2, 2 + bytes.readUInt16BE(0))),
      };
    },
  );
  return all.filter((/** @type {{ text: string }} */ { text }) => text);
}

describe('text in side files and tracks', { concurrency }, () => {
  for (const target of ['cmaf', 'hls']) {
    test(`ffmpeg reads the cues of ${target}'s WebVTT segments as those of the sources`, async (t) => {
      const folder = await temporaryFolder(t);
      const { report } = await packaged(FILM, SIDE, '-o', folder, `--${target}`, KEY_OPTION, '--segment-duration', 1);
      const texts = report.tracks
        .filter(({ kind }) => kind === 'text')
        .map(({ id, codecs, language, segments }) => [id, codecs, language, segments]);
      assert.deepEqual(texts, [
        ['text-1', 'wvtt', 'de', 4],
        ['text-2', 'wvtt', 'de', 4],
        ['text-3', 'wvtt', 'en', 4],
        ['text-4', 'stpp.ttml.im1t', 'fr', 4],
      ]);
      assert.ok(
        report.warnings.some((warning) => /Latin-1/.test(warning)),
        report.warnings.join(),
      );
      const expected = await sources(t);
      for (const [track, source] of [
        ['text-1', expected.mov],
        ['text-2', expected.srt],
        ['text-3', expected.vtt],
      ]) {
        const { segments, cues: found, counts } = await segmentCues(join(folder, target, track));
        assert.deepEqual(found, source, track);
        assert.equal(segments.length, 4);
        assert.ok(
          counts.some((count) => count === 2),
          'a cue over a boundary is in both segments',
        );
      }
    });
  }

  test('both manifests say language, purpose and codec; the MPD has the MP4s, the playlist the files', async (t) => {
    const folder = await temporaryFolder(t);
    await packaged(FILM, SIDE, '-o', folder, KEY_OPTION, '--segment-duration', 1);
    const { variants } = await playlist(join(folder, 'cmaf/master.m3u8'));
    for (const variant of variants.filter(({ isIFrameOnly }) => !isIFrameOnly)) {
      assert.ok(variant.codecs?.includes('wvtt') && variant.codecs.includes('stpp.ttml.im1t'), variant.codecs);
      assert.deepEqual(
        variant.subtitles.map(({ language, forced, characteristics = '' }) => [
          language,
          Boolean(forced),
          characteristics.includes('transcribes-spoken-dialog'),
        ]),
        [
          ['de', false, false],
          ['de', false, true],
          ['en', false, false],
          ['fr', true, false],
        ],
      );
    }
    const mpd = join(folder, 'cmaf/stream.mpd');
    const sets = '//*[local-name()="AdaptationSet"][@contentType="text"]';
    assert.equal(await xpath(mpd, `count(${sets})`), '4');
    for (const [index, codecs, role] of [
      [1, 'wvtt', 'subtitle'],
      [2, 'wvtt', 'caption'],
      [3, 'wvtt', 'subtitle'],
      [4, 'stpp.ttml.im1t', 'forced-subtitle'],
    ]) {
      assert.equal(await xpath(mpd, `string((${sets})[${index}]/*[local-name()="Representation"]/@codecs)`), codecs);
      assert.equal(await xpath(mpd, `string((${sets})[${index}]/*[local-name()="Role"]/@value)`), role);
    }
    assert.ok(!(await readFile(mpd, 'utf8')).includes('.vtt'));
  });

  test('the MPD is valid by the schema', {
    skip: !process.env.TABPACK_XSD && 'TABPACK_XSD names no DASH schema (DASH-MPD.xsd)',
  }, async (t) => {
    const folder = await temporaryFolder(t);
    await packaged(FILM, SIDE, '-o', folder, '--dash', KEY_OPTION, '--segment-duration', 1);
    await validMpd(join(folder, 'dash/stream.mpd'), process.env.TABPACK_XSD ?? '');
  });

  test('text in Matroska is read, each kind with its name, language and purpose', async (t) => {
    const folder = await temporaryFolder(t);
    const { report } = await packaged(fixture('text/kinds.mkv'), '-o', folder, KEY_OPTION, '--segment-duration', 1);
    assert.deepEqual(
      report.tracks.filter(({ kind }) => kind === 'text').map(({ language, label }) => `${language} ${label}`),
      ['de Deutsch', 'en null', 'fr null'],
    );
    // ffmpeg gives names and settings of WebVTT beside the packet.
    for (const [track, stream] of [
      ['text-1', 's:0'],
      ['text-2', 's:1'],
    ]) {
      assert.deepEqual(
        (await segmentCues(join(folder, 'cmaf', track))).cues,
        await cues(fixture('text/kinds.mkv'), stream),
        track,
      );
    }
    const lines = (await segmentCues(join(folder, 'cmaf/text-3'))).cues;
    assert.deepEqual(
      lines.map(({ text }) => text),
      ['Hello, there next', 'At once'],
    );
  });

  test('one file a track: segments are ranges of a file of WebVTT', async (t) => {
    const folder = await temporaryFolder(t);
    await packaged(FILM, SIDE[0], '-o', folder, KEY_OPTION, '--segment-duration', 1, '--single-file');
    const { segments } = await playlist(join(folder, 'cmaf/text-2.m3u8'));
    const bytes = await readFile(join(folder, 'cmaf/text-2.vtt'));
    let at = 0;
    for (const {
      uri,
      byterange: { offset, length },
    } of segments) {
      assert.deepEqual([uri, offset], ['text-2.vtt', at]);
      assert.match(bytes.toString('utf8', offset, offset + length), /^WEBVTT\nX-TIMESTAMP-MAP=[^\n]*\n(\n|$)/);
      at += length;
    }
    assert.equal(at, bytes.length);
  });

  test('verify finds all as the sources have it, and what was changed', async (t) => {
    const folder = await temporaryFolder(t);
    const inputs = [FILM, ...SIDE];
    for (const targets of [['--cmaf'], ['--hls'], ['--cmaf', '--single-file']]) {
      const out = join(folder, targets.join(''));
      await packaged(inputs, '-o', out, targets, KEY_OPTION, '--segment-duration', 1);
      const verified = async () => {
        const { stdout } = await tabpack(
          'verify',
          out,
          KEY_OPTION,
          inputs.flatMap((input) => ['--source', input]),
          '--json',
        );
        return JSON.parse(stdout).findings.map(
          (/** @type {{ code: string, file: string }} */ { code, file }) => `${code} ${file}`,
        );
      };
      assert.deepEqual(await verified(), [], targets.join(' '));
      if (targets[0] !== '--hls') continue;
      const segment = join(out, 'hls/text-3/2.vtt');
      await writeFile(segment, (await readFile(segment, 'utf8')).replace('Grüße', 'Grüsse'));
      assert.deepEqual([...new Set(await verified())], ['SAMPLE_DIFFERS hls/text-3/2.vtt']);
    }
  });

  test('what the name of a side file says counts, and a file that is no text is refused', async (t) => {
    const folder = await temporaryFolder(t);
    const named = join(folder, 'film.pt-BR.forced.vtt');
    await copyFile(SIDE[0], named);
    const { report } = await packaged(FILM, named, '-o', join(folder, 'out'), KEY_OPTION);
    assert.equal(report.tracks.at(-1).language, 'pt-BR');
    const other = join(folder, 'film.en.srt');
    await writeFile(other, 'Just some words.\n');
    const { status, stderr } = await tabpack('package', FILM, other, '-o', join(folder, 'other'), KEY_OPTION);
    assert.notEqual(status, 0);
    assert.match(stderr, /no kind that is known/);
  });
});

test('text alone is cut at its cues, and a cue a hundred hours away is named', async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'far.srt');
  const cues = ['00:00:01,000 --> 00:00:02,000', '00:00:10,000 --> 00:00:12,000', '100:00:00,000 --> 100:00:02,000'];
  await writeFile(path, cues.map((times, index) => `${index + 1}\n${times}\nText\n`).join('\n'));
  const result = await packaged(path, '-o', join(folder, 'out'), '--hls');
  const { segments } = await playlist(join(folder, 'out/hls/text-1/media.m3u8'));
  assert.equal(segments.length, 2);
  const said = JSON.stringify(result);
  assert.match(said, /nothing changes from 0:00:12\.000 to 100:00:00\.000/);
  const { stdout } = await tabpack('verify', join(folder, 'out'), '--source', path);
  assert.match(stdout, /^0 errors, 0 warnings;/);
});
