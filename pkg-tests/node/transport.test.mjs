// MPEG transport streams as inputs: packaged by the command line, decrypted by other people's programs, and compared,
// packet by packet, with what ffmpeg puts into an MP4 from the same input.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { needTool } from '../../scripts/tools.mjs';
import {
  decryptedByShaka,
  filesBelow,
  fixture,
  fragmentFiles,
  joinedTrack,
  KEY,
  KID,
  packaged,
  packets,
  packetsOfFragments,
  run,
  sameBytes,
  tabpack,
  temporaryFolder,
} from './support.mjs';

const FFMPEG = needTool('ffmpeg', 'ffmpeg');

const concurrency = availableParallelism();
const KEY_OPTION = ['--key', `${KID}:${KEY}`];

const NO_MP3 = 'Shaka Packager knows no MP3 in mp4a ("Unsupported audio object type")';

/**
 * What doesn't go into samples: delimiters, filler and the parameter sets that sample entries have.
 *
 * @type {Record<string, string>}
 */
const FILTERS = { h264: 'filter_units=remove_types=7-9|12', hevc: 'filter_units=remove_types=32-35|38' };

/**
 * The rows: the tracks with their languages, the schemes, what the warnings say; what ffmpeg reads in place of the
 * input, or from which of its packets on, and why a reader can't read a row back.
 *
 * @type {Record<string, { tracks: string[], schemes: string[], codec?: string, cleaned?: Buffer, warning?: RegExp, notByShaka?: string }>}
 */
const INPUTS = {
  'h264-aac.ts': { codec: 'h264', tracks: ['video avc1.64000b -', 'audio mp4a.40.2 en'], schemes: ['cenc', 'cbcs'] },
  'hevc-ac3.ts': { codec: 'hevc', tracks: ['video hvc1.1.6.L30.90 -', 'audio ac-3 -'], schemes: ['cenc', 'cbcs'] },
  'avchd.m2ts': { codec: 'h264', tracks: ['video avc1.64000b -', 'audio ac-3 -'], schemes: ['cbcs'] },
  'wrap.ts': { codec: 'h264', tracks: ['video avc1.64000b -', 'audio mp4a.40.2 -'], schemes: ['cenc'] },
  'eac3-mp3.ts': { tracks: ['audio ec-3 de', 'audio mp4a.6B fr'], schemes: ['cenc'], notByShaka: NO_MP3 },
  'mpeg2-aac.ts': { tracks: ['audio mp4a.40.2 -'], schemes: ['cenc'], warning: /0x100 is left out: MPEG-2 video/ },
  'programmes.ts': {
    codec: 'h264',
    tracks: ['video avc1.64000b -', 'audio mp4a.40.2 -'],
    schemes: ['cenc'],
    warning: /programme 7 is packaged.*: 9$/,
  },
  // ffmpeg loses the packet behind the garbage: the file is compared without it.
  'garbage.ts': {
    codec: 'h264',
    cleaned: Buffer.alloc(77, 0x47),
    tracks: ['video avc1.64000b -', 'audio mp4a.40.2 -'],
    schemes: ['cenc'],
    warning: /77 bytes that belong to no packet/,
  },
};

describe('transport streams come back exactly', { concurrency }, () => {
  for (const [name, row] of Object.entries(INPUTS)) {
    for (const scheme of row.schemes) {
      test(`${name}, ${scheme}`, async (t) => {
        const folder = await temporaryFolder(t);
        const { report } = await packaged(
          fixture(`inputs/${name}`),
          '-o',
          folder,
          '--scheme',
          scheme,
          KEY_OPTION,
          '--skip-unsupported',
          '--segment-duration',
          1,
        );
        assert.deepEqual(
          report.tracks.map(({ kind, codecs, language }) => `${kind} ${codecs} ${language ?? '-'}`),
          row.tracks,
        );
        if (row.warning) assert.match(report.warnings.join('\n'), row.warning);
        else assert.deepEqual(report.warnings, []);
        const source = row.cleaned ? await cleaned(name, row.cleaned, folder) : fixture(`inputs/${name}`);
        const reference = await remuxed(source, folder, row.codec);
        const times = await sourceTimes(source, report.tracks);
        /** @type {Record<string, number>} */
        const numbers = { video: 0, audio: 0 };
        for (const { id, kind } of report.tracks) {
          const expected = await packets(reference, `${kind}:${numbers[kind]++}`);
          const { joined, clear } = await decrypted(folder, id, kind, !row.notByShaka);
          const encrypted = await packets(joined, kind);
          assert.ok(
            encrypted.list.some(({ hash }, index) => hash !== expected.list[index].hash),
            `${id} is encrypted`,
          );
          for (const [who, read] of Object.entries(clear)) {
            sameBytes(read, expected, `${id}, ${who}`);
            sameKeys(read, expected, `${id}, ${who}`);
            sameTimes(read, times[id], `${id}, ${who}`);
          }
        }
      });
    }
  }

  test('joined.ts: the second recording follows the first, by a sample entry of its own', async (t) => {
    const folder = await temporaryFolder(t);
    const { report } = await packaged(
      fixture('inputs/joined.ts'),
      '-o',
      folder,
      '--scheme',
      'cenc',
      KEY_OPTION,
      '--segment-duration',
      1,
    );
    assert.match(
      report.warnings.join('\n'),
      /time stamps jump; the presentation goes on without a gap at 0:00:02\.0\d\d \(byte \d+\)/,
    );
    const reference = await remuxed(fixture('inputs/joined.ts'), folder, 'h264');
    for (const { id, kind } of report.tracks) {
      const expected = await packets(reference, kind);
      // ffmpeg drops the samples of a second protected sample entry ("multiple fourcc not supported").
      const {
        clear: { 'Shaka Packager': read },
      } = await decrypted(folder, id, kind, true);
      sameBytes(read, expected, id);
      const stamps = seconds(read, 'dts');
      stamps.slice(1).forEach((time, index) => {
        const step = time - stamps[index];
        // What the sound of the first recording is longer by than its pictures, both begin later by.
        assert.ok(step > 0 && step < 0.13, `${id}: ${step} s from packet ${index}`);
      });
    }
  });

  test('open.ts: what refers to pictures before the front is left out, and the sound before the first picture', async (t) => {
    const folder = await temporaryFolder(t);
    const { report } = await packaged(
      fixture('inputs/open.ts'),
      '-o',
      folder,
      '--scheme',
      'cenc',
      KEY_OPTION,
      '--segment-duration',
      1,
    );
    assert.match(report.warnings.join('\n'), /starts within a group of pictures: \d+ pictures/);
    const reference = await remuxed(fixture('inputs/open.ts'), folder, 'h264');
    /** @type {Record<string, number>} */
    const shown = {};
    for (const { id, kind } of report.tracks) {
      const all = await packets(reference, kind);
      const { clear } = await decrypted(folder, id, kind, true);
      for (const [who, read] of Object.entries(clear)) {
        shown[kind] = Math.min(...seconds(read));
        if (kind === 'audio') {
          sameBytes(read, { ...all, list: all.list.slice(-read.list.length) }, `${id}, ${who}`);
          continue;
        }
        // From the first key frame on, without the pictures that are shown before it.
        const first = all.list.findIndex(({ hash }) => hash === read.list[0].hash);
        assert.ok(first >= 0 && read.list[0].key);
        const kept = all.list.slice(first).filter(({ pts }) => Number(pts) >= Number(all.list[first].pts));
        sameBytes(read, { ...all, list: kept }, `${id}, ${who}`);
        assert.ok(read.list.filter(({ key }) => key).length >= 2, 'key frames of open groups are found');
      }
    }
    assert.ok(Math.abs(shown.video - shown.audio) < 0.03, `${shown.video} s and ${shown.audio} s`);
  });

  test('segments of a transport stream are compared with their source by verify', async (t) => {
    const folder = await temporaryFolder(t);
    await packaged(
      fixture('inputs/h264-aac.ts'),
      '-o',
      folder,
      '--scheme',
      'cbcs',
      KEY_OPTION,
      '--segment-duration',
      1,
    );
    const { status, stdout, stderr } = await tabpack(
      'verify',
      folder,
      KEY_OPTION,
      '--source',
      fixture('inputs/h264-aac.ts'),
    );
    assert.equal(status, 0, stdout + stderr);
    // A changed byte in a picture of the source.
    const bytes = await readFile(fixture('inputs/h264-aac.ts'));
    const packet = [...Array(bytes.length / 188).keys()]
      .map((n) => n * 188)
      .find(
        (at) =>
          at > bytes.length / 2 && (bytes.readUInt16BE(at + 1) & 0x5fff) === 0x100 && (bytes[at + 3] & 0x20) === 0,
      );
    bytes[packet + 150] ^= 0x55;
    const changed = join(folder, 'changed.ts');
    await writeFile(changed, bytes);
    const other = await tabpack('verify', folder, KEY_OPTION, '--source', changed);
    assert.notEqual(other.status, 0);
    assert.match(other.stdout + other.stderr, /source/);
  });
});

test('a scrambled transport stream is refused with advice', async (t) => {
  const folder = await temporaryFolder(t);
  const bytes = await readFile(fixture('inputs/h264-aac.ts'));
  for (let at = 0; at < bytes.length; at += 188) {
    if ((bytes.readUInt16BE(at + 1) & 0x1fff) === 0x100) bytes[at + 3] |= 0x80;
  }
  const path = join(folder, 'scrambled.ts');
  await writeFile(path, bytes);
  const output = join(folder, 'out');
  const { status, stderr } = await tabpack('package', path, '-o', output, KEY_OPTION);
  assert.equal(status, 1);
  assert.match(stderr, /TS_SCRAMBLED[\s\S]*conditional access/);
  assert.deepEqual(await filesBelow(output), {});
});

/**
 * The joined track of a packaged folder, and its packets as decrypted by others.
 *
 * @param {string} folder
 * @param {string} id
 * @param {string} kind
 * @param {boolean} byShaka
 */
async function decrypted(folder, id, kind, byShaka) {
  const track = join(folder, 'cmaf', id);
  const joined = await joinedTrack(track, join(folder, id));
  /** @type {Record<string, Packets>} */
  const clear = {
    ffmpeg: await packetsOfFragments(await fragmentFiles(track, join(folder, id)), kind, '-decryption_key', KEY),
  };
  if (byShaka) clear['Shaka Packager'] = await packets(await decryptedByShaka(joined, kind), kind);
  return { joined, clear };
}

/**
 * The file without some bytes that are in it once.
 *
 * @param {string} name
 * @param {Buffer} garbage
 * @param {string} folder
 */
async function cleaned(name, garbage, folder) {
  const bytes = await readFile(fixture(`inputs/${name}`));
  const at = bytes.indexOf(garbage);
  assert.ok(at > 0);
  const path = join(folder, `cleaned-${name}`);
  await writeFile(path, Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + garbage.length)]));
  return path;
}

/**
 * The same packets in an MP4, as ffmpeg puts them there, without the NAL units that don't belong into samples.
 *
 * @param {string} source
 * @param {string} folder
 * @param {string | undefined} codec
 */
async function remuxed(source, folder, codec) {
  const path = join(folder, 'remuxed.mp4');
  const filter = codec ? ['-bsf:v', FILTERS[codec]] : [];
  const { status, stderr } = await run(FFMPEG, [
    '-v',
    'error',
    '-nostdin',
    '-i',
    source,
    '-map',
    '0:v?',
    '-map',
    '0:a?',
    '-c',
    'copy',
    ...filter,
    path,
  ]);
  assert.equal(status, 0, stderr);
  return path;
}

/**
 * @param {Packets} packets
 * @param {'pts' | 'dts'} [stamp]
 */
const seconds = ({ timeBase, list }, stamp = 'pts') =>
  list.map((packet) => (Number(packet[stamp]) * Number(timeBase.num)) / Number(timeBase.den));

/**
 * The presentation times of the input's packets of each track, in seconds from the first of all, as ffprobe reads them.
 *
 * @param {string} source
 * @param {readonly import('tabpack').TrackInfo[]} tracks
 */
async function sourceTimes(source, tracks) {
  /** @type {Record<string, number>} */
  const numbers = { video: 0, audio: 0 };
  /** @type {Record<string, number[]>} */
  const all = {};
  for (const { id, kind } of tracks) all[id] = seconds(await packets(source, `${kind}:${numbers[kind]++}`));
  const start = Math.min(...Object.values(all).map((times) => Math.min(...times)));
  return Object.fromEntries(Object.entries(all).map(([id, times]) => [id, times.map((time) => time - start)]));
}

/**
 * The same presentation times but for the rounding of 1/90,000 s to samples of sound; decoding goes forward.
 *
 * @param {Packets} actual
 * @param {{ [x: string]: any }} expected
 * @param {string} what
 */
function sameTimes(actual, expected, what) {
  seconds(actual).forEach((time, index) => {
    assert.ok(
      Math.abs(time - expected[index]) <= 1 / 40_000,
      `${what}: packet ${index} at ${time} s, expected ${expected[index]} s`,
    );
  });
  const decoded = seconds(actual, 'dts');
  assert.ok(
    decoded.every((dts, index) => index === 0 || dts > decoded[index - 1]),
    `${what}: decoding times rise`,
  );
}

/**
 * @param {Packets} actual
 * @param {Packets} expected
 * @param {string} what
 */
function sameKeys(actual, expected, what) {
  for (const [index, { key }] of actual.list.entries()) {
    assert.equal(key, expected.list[index].key, `${what}: packet ${index} a key frame`);
  }
}
