// Inputs that are no MP4: packaged by the command line, decrypted by other people's programs, and compared, packet
// by packet, with what ffmpeg reads from the input.

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
 * The rows: the codecs of the tracks, the schemes, what the warnings say, and why a reader can't read a row back.
 *
 * @type {Record<string, { tracks: string[], schemes: string[], without?: RegExp, notByShaka?: string, shift?: number, cleaned?: Buffer, remuxed?: boolean, tolerance?: number }>}
 */
const INPUTS = {
  'vp9-opus.webm': { tracks: ['video vp09.00.10.08.01.02.02.02.00', 'audio opus'], schemes: ['cenc'] },
  'vp8-vorbis.webm': {
    tracks: ['video vp08.00.10.08.01.02.02.02.00'],
    schemes: ['cenc'],
    without: /Vorbis \(A_VORBIS\) can.t be packaged/,
  },
  'h264-aac.mkv': { tracks: ['video avc1.64000b', 'audio mp4a.40.2'], schemes: ['cenc', 'cbcs'] },
  'hevc-flac.mkv': { tracks: ['video hvc1.1.6.L30.90', 'audio flac'], schemes: ['cenc', 'cbcs'] },
  'av1-eac3.mkv': { tracks: ['video av01.0.00M.08', 'audio ec-3'], schemes: ['cenc', 'cbcs'] },
  'mp3-ac3.mkv': { tracks: ['audio mp4a.6B', 'audio ac-3'], schemes: ['cenc'], notByShaka: NO_MP3 },
  'live.webm': {
    tracks: ['video vp09.00.10.08.01.02.02.02.00', 'audio opus'],
    schemes: ['cenc'],
    without: /breaks off at byte/,
  },
  'tagged.mp3': { tracks: ['audio mp4a.6B'], schemes: ['cenc'], notByShaka: NO_MP3, shift: 1105 / 44100 },
  'vbr.mp3': { tracks: ['audio mp4a.6B'], schemes: ['cenc'], notByShaka: NO_MP3, shift: 1105 / 44100 },
  // ffmpeg takes the garbage in the middle into the packet behind it: the file is compared without it.
  'garbage-22k.mp3': {
    cleaned: Buffer.alloc(100, 0xaa),
    tracks: ['audio mp4a.69'],
    schemes: ['cenc'],
    notByShaka: NO_MP3,
    without: /100 bytes that belong to no frame/,
  },
  'tone.mp2': {
    tracks: ['audio mp4a.6B'],
    schemes: ['cenc'],
    notByShaka: NO_MP3,
    without: /layer 2 \(MP2\) is played by/,
  },
  // The samples of an MP4 have no ADTS header, which ffmpeg takes away, too.
  'tone.aac': { tracks: ['audio mp4a.40.2'], schemes: ['cenc', 'cbcs'], remuxed: true },
  'tone.ac3': { tracks: ['audio ac-3'], schemes: ['cenc', 'cbcs'] },
  'tone.eac3': { tracks: ['audio ec-3'], schemes: ['cenc', 'cbcs'] },
  'tone.flac': { tracks: ['audio flac'], schemes: ['cenc', 'cbcs'] },
  'tone.dts': { tracks: ['audio dtsc'], schemes: ['cenc', 'cbcs'] },
  'laced.mkv': { tracks: ['video avc1.64000b', 'audio mp4a.6B'], schemes: ['cenc', 'cbcs'], notByShaka: NO_MP3 },
};

/**
 * The presentation times in seconds.
 *
 * @param {Packets} packets
 */
const seconds = ({ timeBase, list }) =>
  list.map(({ pts }) => (Number(pts) * Number(timeBase.num)) / Number(timeBase.den));

describe('inputs come back exactly', { concurrency }, () => {
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
        // Text is made into something else: its tests are in text.test.mjs.
        const media = report.tracks.filter(({ kind }) => kind !== 'text');
        assert.deepEqual(
          media.map(({ kind, codecs }) => `${kind} ${codecs}`),
          row.tracks,
        );
        if (row.without) assert.match(report.warnings.join('\n'), row.without);
        else assert.deepEqual(report.warnings, []);
        /** @type {Record<string, number>} */
        const numbers = { video: 0, audio: 0 };
        for (const { id, kind } of media) {
          const source = row.remuxed
            ? await remuxed(name, folder)
            : row.cleaned
              ? await cleaned(name, row.cleaned, folder)
              : fixture(`inputs/${name}`);
          const input = await packets(source, `${kind}:${numbers[kind]++}`);
          const track = join(folder, 'cmaf', id);
          const joined = await joinedTrack(track, join(folder, id));
          const encrypted = await packets(joined, kind);
          assert.ok(
            encrypted.list.some(({ hash }, index) => hash !== input.list[index].hash),
            `${id} is encrypted`,
          );
          /** @type {Record<string, Packets>} */
          const clear = {
            ffmpeg: await packetsOfFragments(
              await fragmentFiles(track, join(folder, id)),
              kind,
              '-decryption_key',
              KEY,
            ),
          };
          if (kind === 'video' || !row.notByShaka)
            clear['Shaka Packager'] = await packets(await decryptedByShaka(joined, kind), kind);
          for (const [who, read] of Object.entries(clear)) {
            sameBytes(read, input, `${id}, ${who}`);
            sameTimes(read, input, `${id}, ${who}`, row.tolerance ?? (kind === 'audio' ? 0.002 : 0.0006), row.shift);
          }
        }
      });
    }
  }
});

/**
 * What ffmpeg makes of a fixture with these arguments.
 *
 * @param {string} path
 * @param {...string} args
 */
async function made(path, ...args) {
  const { status, stderr } = await run(FFMPEG, ['-v', 'error', '-nostdin', ...args, path]);
  assert.equal(status, 0, stderr);
  return path;
}

describe('raw H.264 and HEVC come back with the times that they had', { concurrency }, () => {
  const STREAMS = /** @type {const} */ ([
    ['bframes-1080p.mp4', 'h264'],
    ['interlaced.mp4', 'h264'],
    ['weighted.mp4', '264'],
    ['hevc-open-gop.mp4', 'hevc'],
    ['hevc-slices.mp4', 'h265'],
  ]);
  for (const [name, ending] of STREAMS) {
    test(`${name} as .${ending}`, async (t) => {
      const folder = await temporaryFolder(t);
      const muxer = name.startsWith('hevc') ? 'hevc' : 'h264';
      const copied = [
        '-i',
        fixture(name),
        '-map',
        '0:v:0',
        '-c',
        'copy',
        '-bsf:v',
        `${muxer}_mp4toannexb`,
        '-f',
        muxer,
      ];
      const stream = await made(join(folder, `stream.${ending}`), ...copied);
      const { report } = await packaged(stream, '-o', join(folder, 'out'), '--scheme', 'cbcs', KEY_OPTION);
      assert.deepEqual(report.warnings, []);
      const track = join(folder, 'out', 'cmaf', report.tracks[0].id);
      const joined = await joinedTrack(track, join(folder, 'joined'));
      const source = await packets(fixture(name), 'video');
      /** @type {Record<string, Packets>} */
      const clear = {
        ffmpeg: await packetsOfFragments(
          await fragmentFiles(track, join(folder, 'joined')),
          'video',
          '-decryption_key',
          KEY,
        ),
        'Shaka Packager': await packets(await decryptedByShaka(joined, 'video'), 'video'),
      };
      for (const [who, read] of Object.entries(clear)) {
        sameBytes(read, source, who);
        sameTimes(read, source, who, 0.0006);
      }
    });
  }

  test('a frame rate is said of a stream, and refused for pictures that have times', async (t) => {
    const folder = await temporaryFolder(t);
    const copied = ['-i', fixture('ladder-360p.mp4'), '-map', '0:v:0', '-c', 'copy', '-f', 'h264'];
    const stream = await made(join(folder, 'stream.h264'), ...copied);
    const plain = await packaged(stream, '-o', join(folder, 'plain'), KEY_OPTION);
    const [{ duration }] = plain.report.tracks;
    const rate = ['--track', '1.video:rate=30000/1001'];
    const other = await packaged(stream, '-o', join(folder, 'other'), KEY_OPTION, ...rate);
    const pictures = (await packets(fixture('ladder-360p.mp4'), 'video')).list.length;
    assert.ok(Math.abs(other.report.tracks[0].duration - (pictures * 1001) / 30_000) < 0.001);
    assert.notEqual(other.report.tracks[0].duration, duration);
    const refused = await tabpack('package', fixture('video-only.mp4'), '-o', join(folder, 'no'), KEY_OPTION, ...rate);
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /OPTION_INVALID.*times of their own/);
    const odd = await tabpack('package', stream, '-o', join(folder, 'odd'), KEY_OPTION, '--track', '1:rate=fast');
    assert.match(odd.stderr, /OPTION_INVALID.*30000\/1001/);
  });
});

describe('MPEG audio of layer II', { concurrency }, () => {
  for (const ending of ['ts', 'mkv']) {
    test(`in .${ending}`, async (t) => {
      const folder = await temporaryFolder(t);
      const path = await made(join(folder, `in.${ending}`), '-i', fixture('inputs/tone.mp2'), '-c', 'copy');
      const { report } = await packaged(path, '-o', join(folder, 'out'), '--scheme', 'cenc', KEY_OPTION);
      assert.equal(report.tracks[0].codecs, 'mp4a.6B');
      assert.match(report.warnings.join(), /layer 2 \(MP2\)/);
      const track = join(folder, 'out', 'cmaf', report.tracks[0].id);
      const fragments = await fragmentFiles(track, join(folder, 'joined'));
      const clear = await packetsOfFragments(fragments, 'audio', '-decryption_key', KEY);
      sameBytes(clear, await packets(path, 'audio'), 'ffmpeg');
    });
  }
});

test("of two pictures that don't align the wanted one is chosen", async (t) => {
  const folder = await temporaryFolder(t);
  const both = [
    '-i',
    fixture('ladder-360p.mp4'),
    '-i',
    fixture('ladder-misaligned.mp4'),
    '-map',
    '0:v',
    '-map',
    '1:v',
    '-c',
    'copy',
  ];
  const path = await made(join(folder, 'both.mp4'), ...both);
  const seconds = ['--segment-duration', 2];
  const refused = await tabpack('package', path, '-o', join(folder, 'both'), KEY_OPTION, ...seconds);
  assert.match(
    refused.stderr,
    /VIDEO_NOT_ALIGNED.*in video 1 \(both\.mp4, video\.2\); at .* in video 2 \(both\.mp4, video\.1\)/,
  );
  const { report } = await packaged(
    path,
    '-o',
    join(folder, 'out'),
    KEY_OPTION,
    ...seconds,
    '--track',
    '1.video.2:use=no',
  );
  assert.deepEqual(
    report.tracks.map((track) => track.id),
    ['video-1'],
  );
  const none = await tabpack('package', path, '-o', join(folder, 'none'), KEY_OPTION, '--track', '1.video:use=no');
  assert.match(none.stderr, /TRACK_NONE.*all are left out/);
});

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
 * The same packets in an MP4, as ffmpeg puts them there.
 *
 * @param {string} name
 * @param {string} folder
 */
async function remuxed(name, folder) {
  const path = join(folder, 'remuxed.mp4');
  const { status, stderr } = await run(FFMPEG, [
    '-v',
    'error',
    '-nostdin',
    '-i',
    fixture(`inputs/${name}`),
    '-c',
    'copy',
    path,
  ]);
  assert.equal(status, 0, stderr);
  return path;
}

/**
 * The same presentation times, but for the container's rounding, and the same key frames. Decoding times are of our
 * own making where the container has none.
 *
 * @param {Packets} actual
 * @param {Packets} expected
 * @param {string} what
 * @param {number} tolerance
 */
function sameTimes(actual, expected, what, tolerance, shift = 0) {
  const [mine, theirs] = [seconds(actual).map((time) => time + shift), seconds(expected)];
  mine.forEach((time, index) => {
    assert.ok(
      Math.abs(time - theirs[index]) <= tolerance,
      `${what}: packet ${index} at ${time} s, expected ${theirs[index]} s`,
    );
    assert.equal(actual.list[index].key, expected.list[index].key, `${what}: packet ${index} a key frame`);
  });
  const decoded = actual.list.map(({ dts }) => Number(dts));
  assert.ok(
    decoded.every((dts, index) => index === 0 || dts > decoded[index - 1]),
    `${what}: decoding times rise`,
  );
}

describe('what is not read', { concurrency }, () => {
  /** @type {Record<string, [bytes: Buffer, code: string, number: number, message: RegExp]>} */
  const KINDS = {
    'clip.avi': [Buffer.from('RIFF\x10\0\0\0AVI LIST', 'latin1'), 'INPUT_UNSUPPORTED', 1102, /AVI/],
    'sound.wav': [Buffer.from('RIFF\x10\0\0\0WAVEfmt ', 'latin1'), 'INPUT_UNSUPPORTED', 1102, /WAV.*AAC/],
    'clip.wmv': [Buffer.from('3026b2758e66cf11a6d900aa0062ce6c', 'hex'), 'INPUT_UNSUPPORTED', 1102, /ASF/],
    'clip.ogg': [Buffer.from('OggS\0\x02', 'latin1'), 'INPUT_UNSUPPORTED', 1102, /Ogg/],
    'clip.h264': [Buffer.from('0000000167640020', 'hex'), 'INPUT_UNSUPPORTED', 1102, /raw H\.264/],
    'notes.mp4': [Buffer.from('some notes'), 'INPUT_NOT_RECOGNISED', 1202, /no kind/],
  };
  for (const [name, [bytes, code, number, message]] of Object.entries(KINDS)) {
    test(`${name}: ${code}`, async (t) => {
      const folder = await temporaryFolder(t);
      const path = join(folder, name);
      await writeFile(path, bytes);
      const output = join(folder, 'out');
      const { status, stderr } = await tabpack('package', path, '-o', output, KEY_OPTION);
      assert.equal(status, 1);
      assert.match(stderr, new RegExp(`${code}.*${number}|${number}.*${code}`));
      assert.match(stderr, message);
      assert.deepEqual(await filesBelow(output), {});
    });
  }
});
