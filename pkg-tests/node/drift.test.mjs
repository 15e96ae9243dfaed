// An hour of pictures and sound does not drift apart: neither in the segments nor in the playlists, whatever the
// container rounds time stamps to. Sound at 44.1 kHz, whose frames no clock of milliseconds or of 90 kHz can count.

import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { needTool } from '../../scripts/tools.mjs';
import { FFPROBE, joinedTrack, packaged, playlist, run, temporaryFolder, trackFiles } from './support.mjs';

const FFMPEG = needTool('ffmpeg', 'ffmpeg');

/** A frame of AAC in seconds. */
const FRAME = 1024 / 44_100;

const HOUR = 3600;

/**
 * @param {(string | number)[]} args
 */
async function ffmpeg(...args) {
  const { status, stderr } = await run(FFMPEG, ['-v', 'error', '-nostdin', '-y', ...args.map(String)]);
  assert.equal(status, 0, stderr);
}

/**
 * Five small pictures a second, and sound, each encoded for 100 s and then repeated: an hour of each.
 *
 * @param {string} folder
 */
async function hour(folder) {
  const [pictures, sound] = [join(folder, 'pictures.h264'), join(folder, 'sound.aac')];
  await Promise.all([
    ffmpeg(
      '-f',
      'lavfi',
      '-i',
      'testsrc=size=64x36:rate=5:duration=100',
      '-pix_fmt',
      'yuv420p',
      '-c:v',
      'libx264',
      '-preset',
      'ultrafast',
      '-x264-params',
      'threads=1:keyint=10:min-keyint=10:scenecut=0:bframes=0',
      pictures,
    ),
    ffmpeg('-f', 'lavfi', '-i', 'anoisesrc=r=44100:d=100:a=0.01', '-c:a', 'aac', '-b:a', '16k', sound),
  ]);
  for (const part of [pictures, sound]) {
    const bytes = await readFile(part);
    await writeFile(part, Buffer.concat(Array(HOUR / 100).fill(bytes)));
  }
  return [pictures, sound];
}

/**
 * The packets of a track from a time on, as ffprobe reads them: start and end in seconds, and where they are in the file.
 *
 * @param {string} path
 * @param {string | string[]} kind
 */
async function packetsFrom(path, kind, from = 0) {
  const { status, stdout, stderr } = await run(FFPROBE, [
    '-v',
    'error',
    '-select_streams',
    kind[0],
    ...(from > 0 ? ['-read_intervals', `${from}%`] : []),
    '-show_entries',
    'packet=pts_time,duration_time,pos',
    '-of',
    'csv=p=0',
    path,
  ]);
  assert.equal(status, 0, stderr);
  return stdout
    .split('\n')
    .filter((line) => /^[-\d]/.test(line))
    .map((line) => line.split(',').map(Number))
    .map(([start, duration, pos]) => ({ start, end: start + (duration || 0), pos }));
}

const endOf = (/** @type {any[]} */ list) =>
  list.reduce((/** @type {number} */ latest, { end }) => Math.max(latest, end), 0);

/**
 * What ffprobe says that the sound of an input is longer by than its pictures.
 *
 * @param {string} path
 */
async function leadOf(path) {
  const [pictures, sound] = await Promise.all(['video', 'audio'].map((kind) => packetsFrom(path, kind, HOUR - 20)));
  return endOf(sound) - endOf(pictures);
}

describe('an hour does not drift', () => {
  /** @type {string[]} */
  let pieces;
  /** @type {() => unknown} */
  let removed;
  before(async () => {
    pieces = await hour(
      await temporaryFolder({
        after: (remove) => {
          removed = () => remove?.(/** @type {any} */ (undefined), () => undefined);
        },
      }),
    );
  });
  after(() => removed());

  for (const container of ['mp4', 'mkv', 'ts']) {
    test(`from ${container}`, async (t) => {
      const folder = await temporaryFolder(t);
      const source = join(folder, `hour.${container}`);
      await ffmpeg('-r', 5, '-i', pieces[0], '-i', pieces[1], '-c', 'copy', source);
      const out = join(folder, 'out');
      const { report } = await packaged(source, '-o', out, '--no-encryption');
      assert.deepEqual(report.warnings, []);

      /** @type {Record<string, { starts: number[], end: number, sum: number, count: number }>} */
      const tracks = {};
      for (const { id, kind } of report.tracks) {
        const track = join(out, 'cmaf', id);
        const list = await packetsFrom(await joinedTrack(track, join(folder, id)), kind);
        const [init, ...segments] = await Promise.all(
          (await trackFiles(track)).map(async (file) => (await stat(file)).size),
        );
        const { segments: listed } = await playlist(join(track, 'media.m3u8'));
        // The first packet of each segment, by the place in the joined file.
        /** @type {number[]} */
        const starts = [];
        let [next, at] = [0, init];
        for (const size of segments) {
          next = list.findIndex(({ pos }, index) => index >= next && pos >= at);
          starts.push(list[next].start);
          at += size;
        }
        tracks[kind] = {
          starts,
          end: endOf(list),
          sum: listed.reduce((sum, { duration }) => sum + duration, 0),
          count: listed.length,
        };
      }
      const { video, audio } = tracks;
      assert.equal(video.count, audio.count);
      assert.ok(video.count >= HOUR / 6 && Math.abs(video.end - HOUR) < 1, `${video.count} segments, ${video.end} s`);

      // The ends lie as far apart as in the input.
      const lead = audio.end - video.end;
      const expected = await leadOf(source);
      assert.ok(Math.abs(lead - expected) < FRAME, `sound is longer by ${lead} s, in the input by ${expected} s`);

      // No segment's sound starts more than a frame from its boundary.
      video.starts.forEach((boundary, index) => {
        const off = audio.starts[index] - boundary;
        assert.ok(Math.abs(off) <= FRAME, `segment ${index + 1}: sound starts ${off} s from ${boundary} s`);
      });

      // Playlists say what the segments have, each to the microsecond.
      for (const [kind, { starts, end, sum, count }] of Object.entries(tracks)) {
        const lasts = end - Math.max(starts[0], 0);
        assert.ok(
          Math.abs(sum - lasts) < 0.001 + count * 1e-6,
          `${kind}: EXTINF adds up to ${sum} s, the segments to ${lasts} s`,
        );
      }
      assert.ok(Math.abs(audio.sum - video.sum - expected) < FRAME, `playlists of ${video.sum} s and ${audio.sum} s`);
    });
  }
});
