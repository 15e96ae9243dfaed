// HLS in MPEG-TS and packed audio: clear, under AES-128 and under SAMPLE-AES, read by ffmpeg packet by packet.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { needTool } from '../../scripts/tools.mjs';
import {
  FFPROBE,
  fixture,
  KEY,
  KID,
  packaged,
  packets,
  playlist,
  run,
  sameBytes,
  sameTimes,
  tabpack,
  temporaryFolder,
} from './support.mjs';
import { nalUnits, openAdts, openFrame, openNalUnit, readPacked, readTransport } from './transport.mjs';

const FFMPEG = needTool('ffmpeg', 'ffmpeg');
const concurrency = availableParallelism();
const IV = '000102030405060708090a0b0c0d0e0f';
const [key, iv] = [Buffer.from(KEY, 'hex'), Buffer.from(IV, 'hex')];
const TS = ['--hls', '--hls-format', 'ts', '--segment-duration', 2];
const KEYED = ['--key', `${KID}:${KEY}`, '--iv', IV, '--hls-key-files'];
/** @type {Record<string, string[]>} */
const PROTECTIONS = {
  clear: ['--no-encryption'],
  'AES-128': ['--hls-method', 'AES-128', ...KEYED],
  'SAMPLE-AES': KEYED,
};
/** What is presented at 0 has this time stamp. */
const START_SECONDS = 10;

/** ffmpeg's reader of playlists takes neither keys nor segments of these names without being told; its later versions doubly. */
const ANY = ['-allowed_extensions', 'ALL'];
if ((await run(FFPROBE, ['-h', 'demuxer=hls'])).stdout.includes('extension_picky')) ANY.push('-extension_picky', '0');

/**
 * Runs ffmpeg or ffprobe, which must not find anything to warn of.
 *
 * @param {string} program
 * @param {...string} args
 */
async function silent(program, ...args) {
  const { status, stdout, stderr } = await run(program, ['-v', 'warning', ...args]);
  assert.equal(status, 0, stderr);
  assert.equal(stderr, '', args.join(' '));
  return stdout;
}

/**
 * The pictures of a file as hashes of their NAL units but for parameter sets and delimiters, in one notation.
 *
 * @param {string} path
 * @param {...string} options
 */
async function pictures(path, ...options) {
  const filters = `${path.endsWith('.m3u8') || path.endsWith('.ts') ? '' : 'h264_mp4toannexb,'}filter_units=remove_types=7-9`;
  const { status, stdout, stderr } = await run(FFMPEG, [
    '-v',
    'error',
    ...options,
    '-i',
    path,
    '-map',
    '0:v:0',
    '-c',
    'copy',
    '-bsf:v',
    filters,
    '-f',
    'framehash',
    '-hash',
    'md5',
    '-',
  ]);
  assert.equal(status, 0, stderr);
  return stdout
    .split('\n')
    .filter((line) => line && !line.startsWith('#'))
    .map((line) =>
      line
        .split(',')
        .slice(4, 6)
        .map((text) => text.trim())
        .join(' '),
    );
}

/**
 * Whether ffmpeg can't read it under SAMPLE-AES: MP3 has no rule; of packed audio it knows AC-3 and E-AC-3 by checksums, which
 * encryption breaks; and in a picture of several slices it leaves a gap where one gets shorter.
 */
const isBeyondFfmpeg = (/** @type {string} */ name, /** @type {string} */ audio) =>
  name.includes('mp3') || name === 'slices.mp4' || (audio === 'packed' && name.includes('ac3'));

// SAMPLE-AES: the last packet ffmpeg leaves encrypted, since no segment is current any more. What is in it, is seen by hand.

/**
 * The sound of a file as ffmpeg packs it: AAC with ADTS headers.
 *
 * @param {string} name
 * @param {string} codecs
 * @param {string} folder
 */
async function soundOf(name, codecs, folder) {
  if (!codecs.startsWith('mp4a.40')) return packets(fixture(name), 'audio');
  const path = join(folder, 'ffmpeg.ts');
  const { status, stderr } = await run(FFMPEG, [
    '-v',
    'error',
    '-y',
    '-i',
    fixture(name),
    '-map',
    '0:a:0',
    '-c',
    'copy',
    path,
  ]);
  assert.equal(status, 0, stderr);
  const { list } = await packets(path, 'audio');
  const source = await packets(fixture(name), 'audio');
  return {
    timeBase: source.timeBase,
    list: source.list.map((packet, index) => ({ ...packet, size: list[index].size, hash: list[index].hash })),
  };
}

describe('HLS in MPEG-TS and packed audio', { concurrency }, () => {
  for (const name of [
    'bframes-1080p.mp4',
    'slices.mp4',
    'two-stsd.mp4',
    'offset-start.mp4',
    'vfr.mp4',
    'interlaced.mp4',
    'avc3-bare.mp4',
    'audio/ac3-51.mp4',
    'audio/eac3-51.mp4',
    'audio/mp3.mp4',
    'audio/mp3-22k.mp4',
    'inputs/tone.aac',
    'inputs/tone.eac3',
  ]) {
    for (const [what, protection] of Object.entries(PROTECTIONS)) {
      for (const audio of ['ts', 'packed']) {
        if (what === 'SAMPLE-AES' && isBeyondFfmpeg(name, audio)) continue;
        test(`${name}, ${what}, sound in ${audio}: ffmpeg reads what was put in`, async (t) => {
          const folder = await temporaryFolder(t);
          const { report } = await packaged(fixture(name), '-o', folder, TS, protection, '--hls-audio', audio);
          const verified = await tabpack('verify', folder, '--source', fixture(name));
          assert.match(verified.stdout, /^0 errors, 0 warnings;/, 'and verify has nothing to say');
          for (const { id, kind, codecs } of report.tracks) {
            const path = join(folder, 'hls', id, 'media.m3u8');
            const { segments } = await playlist(path);
            const ending =
              kind === 'video' || audio === 'ts'
                ? 'ts'
                : { 'mp4a.40.2': 'aac', 'mp4a.6B': 'mp3', 'mp4a.69': 'mp3', 'ac-3': 'ac3', 'ec-3': 'ec3' }[codecs];
            assert.ok(
              segments.every(({ uri, map }) => uri.endsWith(`.${ending}`) && !map),
              'segments need no init segment',
            );
            assert.ok(segments.every(({ key: found }) => (found?.method ?? 'clear') === what));
            const isSealed = what === 'SAMPLE-AES';
            // What it looks into before it decrypts is no stream that a decoder takes.
            if (!isSealed) await silent(FFPROBE, ...ANY, '-show_packets', path);
            const output = await packets(path, kind, ...ANY);
            const source = await packets(fixture(name), kind);
            const second = Number(source.timeBase.den) / Number(source.timeBase.num);
            // It counts the times in a packet in whole ticks, and the time of encrypted packed audio from the second frame.
            const off = isSealed && ending !== 'ts' ? output.list[2].pts - output.list[1].pts + 2 : 2;
            sameTimes(output, source, id, {
              shift: second * START_SECONDS,
              tolerance: Math.ceil((second * off) / 90_000),
            });
            /**
             * @template T
             * @param {T[]} list
             */
            const whole = (list) => (isSealed ? list.slice(0, -1) : list);
            if (kind === 'audio') {
              const expected = await soundOf(name, codecs, folder);
              sameBytes({ ...output, list: whole(output.list) }, { ...expected, list: whole(expected.list) }, id);
            } else {
              assert.deepEqual(whole(await pictures(path, ...ANY)), whole(await pictures(fixture(name))), id);
            }
          }
        });
      }
    }
  }

  for (const name of ['bframes-1080p.mp4', 'slices.mp4', 'two-stsd.mp4', 'cavlc-baseline.mp4', 'weighted.mp4']) {
    test(`${name}: SAMPLE-AES of every segment opens to the clear segment, by hand`, async (t) => {
      const folder = await temporaryFolder(t);
      const [sealed, clear] = [join(folder, 'sealed'), join(folder, 'clear')];
      const { report } = await packaged(fixture(name), '-o', sealed, TS, KEYED);
      await packaged(fixture(name), '-o', clear, TS, PROTECTIONS.clear, '--hls-audio', 'ts');
      for (const { id, kind } of report.tracks) {
        const names = (await readdir(join(sealed, 'hls', id))).filter((file) => file.endsWith('.ts'));
        let protectedUnits = 0;
        for (const file of names) {
          const [mine, theirs] = await Promise.all(
            [sealed, clear].map(async (root) => readTransport(await readFile(join(root, 'hls', id, file)))),
          );
          assert.deepEqual([theirs.streamType, mine.streamType], kind === 'video' ? [0x1b, 0xdb] : [0x0f, 0xcf]);
          const descriptors = mine.descriptors.toString('latin1');
          assert.ok(
            kind === 'video' ? descriptors === '\x0f\x04zavc' : /^\x0f\x04aacd\x05.apadzaac\0\0\x01/s.test(descriptors),
            descriptors,
          );
          assert.equal(mine.packets.length, theirs.packets.length);
          for (const [index, packet] of mine.packets.entries()) {
            const expected = theirs.packets[index];
            assert.deepEqual([packet.pts, packet.dts], [expected.pts, expected.dts]);
            if (kind === 'audio') {
              assert.deepEqual(openAdts(packet.data, key, iv), expected.data);
              continue;
            }
            const units = nalUnits(packet.data);
            assert.deepEqual(
              units.map((unit) => openNalUnit(unit, key, iv)),
              nalUnits(expected.data),
            );
            protectedUnits += nalUnits(expected.data).filter((unit, n) => !unit.equals(units[n])).length;
          }
        }
        assert.ok(kind === 'audio' || protectedUnits > 10, `${protectedUnits} encrypted slices`);
      }
    });
  }

  test('segments in a row are one stream: counters without a gap, a clock every 100 ms, times without a jump', async (t) => {
    const folder = await temporaryFolder(t);
    const { report } = await packaged(
      fixture('bframes-1080p.mp4'),
      '-o',
      folder,
      TS,
      PROTECTIONS.clear,
      '--hls-audio',
      'ts',
    );
    for (const { id } of report.tracks) {
      const count = (await readdir(join(folder, 'hls', id))).length - 1;
      assert.ok(count >= 6);
      const parts = await Promise.all(
        Array.from({ length: count }, (_, n) => readFile(join(folder, 'hls', id, `${n + 1}.ts`))),
      );
      const joined = readTransport(Buffer.concat(parts));
      for (const counters of Object.values(joined.counters)) {
        for (const [n, counter] of counters.entries()) assert.equal(counter, ((n % 16) + counters[0]) & 15);
      }
      for (const [n, clock] of joined.clocks.entries()) {
        assert.ok(n === 0 || (clock > joined.clocks[n - 1] && clock - joined.clocks[n - 1] <= 9000), `${clock}`);
      }
      const path = join(folder, `${id}.ts`);
      await writeFile(path, Buffer.concat(parts));
      await silent(FFMPEG, '-i', path, '-c', 'copy', '-f', 'null', '-');
      await silent(FFMPEG, '-i', path, '-f', 'null', '-');
    }
  });

  test('packed audio says the time of each segment, and under SAMPLE-AES what a decoder needs', async (t) => {
    const folder = await temporaryFolder(t);
    for (const [name, setup] of /** @type {[name: string, setup: RegExp][]} */ ([
      ['bframes-1080p.mp4', /^zaac\0\0\x01\x05\x12\x10/s],
      ['audio/ac3-51.mp4', /^zac3\0\0\x01\x0a\x0b\x77/s],
      ['audio/eac3-51.mp4', /^zec3\0\0\x01\x05/s],
    ])) {
      const out = join(folder, name.replace('/', '-'));
      await packaged(fixture(name), '-o', out, TS, KEYED, '--hls-audio', 'packed');
      const source = await packets(fixture(name), 'audio');
      const expected = await soundOf(name, setup.source.includes('zaac') ? 'mp4a.40.2' : '', folder);
      const sounds = [];
      const { segments } = await playlist(join(out, 'hls/audio-1/media.m3u8'));
      for (const { uri } of segments) {
        const { tag, sound } = readPacked(await readFile(join(out, 'hls/audio-1', uri)));
        const time =
          Number(tag['com.apple.streaming.transportStreamTimestamp'].readBigUInt64BE()) / 90_000 - START_SECONDS;
        const isOneOf = source.list.some(({ pts }) => Math.abs(pts / Number(source.timeBase.den) - time) < 1 / 90_000);
        assert.ok(isOneOf, `${uri} begins at ${time} s`);
        assert.match(tag['com.apple.streaming.audioDescription'].toString('latin1'), setup);
        sounds.push(sound);
      }
      const whole = Buffer.concat(sounds);
      let at = 0;
      for (const { size, hash } of expected.list) {
        const frame = Buffer.from(whole.subarray(at, at + size));
        at += size;
        openFrame(frame.subarray(setup.source.includes('zaac') ? 7 : 0), key, iv);
        assert.equal(`MD5:${createHash('md5').update(frame).digest('hex')}`, hash, name);
      }
      assert.equal(at, whole.length);
    }
  });

  for (const method of ['AES-128', 'SAMPLE-AES']) {
    test(`${method}: a clear lead and keys that change begin and end with segments`, async (t) => {
      const folder = await temporaryFolder(t);
      const name = 'bframes-1080p.mp4';
      const { report, keys } = await packaged(
        fixture(name),
        '-o',
        join(folder, 'out'),
        TS,
        '--hls-method',
        method,
        '--hls-key-files',
        '--crypto-period',
        4,
        '--clear-lead',
        2,
      );
      await packaged(
        fixture(name),
        '-o',
        join(folder, 'clear'),
        TS,
        PROTECTIONS.clear,
        '--hls-audio',
        method === 'AES-128' ? 'packed' : 'ts',
      );
      assert.equal(keys.length, 3);
      for (const { id, kind } of report.tracks) {
        const { segments } = await playlist(join(folder, 'out/hls', id, 'media.m3u8'));
        const uris = segments.map(({ key: found }) => (found && found.method !== 'NONE' ? found.uri : ''));
        assert.deepEqual([uris[0], new Set(uris.slice(1)).size], ['', 3]);
        for (const [index, { key: found, uri }] of segments.entries()) {
          // A playlist of this segment alone: ffmpeg takes one key.
          const lines = ['#EXTM3U', '#EXT-X-VERSION:6', '#EXT-X-TARGETDURATION:3', `#EXT-X-MEDIA-SEQUENCE:${index}`];
          if (found && uris[index] !== '') {
            const stated = found.iv ? `,IV=0x${Buffer.from(found.iv).toString('hex')}` : '';
            lines.push(`#EXT-X-KEY:METHOD=${method},URI="${found.uri}"${stated}`);
          }
          const path = join(folder, 'out/hls', id, `only-${index}.m3u8`);
          await writeFile(path, [...lines, '#EXTINF:2,', uri, '#EXT-X-ENDLIST', ''].join('\n'));
          const [mine, theirs] = [
            await packets(path, kind, ...ANY),
            await packets(join(folder, 'clear/hls', id, uri), kind),
          ];
          assert.equal(mine.list.length, theirs.list.length);
          const count = method === 'SAMPLE-AES' ? mine.list.length - 1 : mine.list.length;
          assert.deepEqual(
            mine.list.slice(0, count).map(({ hash }) => hash),
            theirs.list.slice(0, count).map(({ hash }) => hash),
            `${id}/${uri}`,
          );
        }
      }
    });

    test(`${method}: one file a track, by byte ranges`, async (t) => {
      const folder = await temporaryFolder(t);
      const name = 'bframes-1080p.mp4';
      const { report } = await packaged(fixture(name), '-o', folder, TS, PROTECTIONS[method], '--single-file');
      for (const { id, kind } of report.tracks) {
        const path = join(folder, 'hls', `${id}.m3u8`);
        const { segments } = await playlist(path);
        assert.ok(segments.length >= 6 && segments.every(({ byterange, uri }) => byterange && uri === segments[0].uri));
        const last = segments.at(-1).byterange;
        assert.equal((await readFile(join(folder, 'hls', segments[0].uri))).length, last.offset + last.length);
        if (kind === 'audio')
          sameBytes(await packets(path, kind, ...ANY), await soundOf(name, 'mp4a.40.2', folder), id);
        else
          assert.deepEqual((await pictures(path, ...ANY)).slice(0, -1), (await pictures(fixture(name))).slice(0, -1));
      }
    });
  }

  test('SAMPLE-AES: pictures and sound are decoded with the key, and not with another', async (t) => {
    const folder = await temporaryFolder(t);
    const { report } = await packaged(fixture('bframes-1080p.mp4'), '-o', folder, TS, KEYED);
    for (const right of [true, false]) {
      if (!right)
        await writeFile(
          join(folder, `hls/${KID}.key`),
          key.map((byte) => byte ^ 0xff),
        );
      for (const { id, kind } of report.tracks) {
        // All but what ffmpeg leaves encrypted at the end.
        const until = kind === 'video' ? ['-frames:v', '280'] : ['-frames:a', '500'];
        const { stderr } = await run(FFMPEG, [
          '-v',
          'error',
          ...ANY,
          '-i',
          join(folder, 'hls', id, 'media.m3u8'),
          '-map',
          '0',
          ...until,
          '-f',
          'null',
          '-',
        ]);
        assert.equal(stderr === '', right, `${id}: ${stderr}`);
      }
    }
  });

  test('FairPlay is named with its IV; what reads no MPEG-TS is left out and said', async (t) => {
    const folder = await temporaryFolder(t);
    const { report } = await packaged(
      fixture('bframes-1080p.mp4'),
      '-o',
      folder,
      TS,
      '--iv',
      IV,
      '--drm',
      'fairplay,widevine',
    );
    const text = await readFile(join(folder, 'hls/video-1/media.m3u8'), 'utf8');
    assert.deepEqual(
      text.match(/#EXT-X-KEY:.*/g).map((line) => line.replace(/skd:\/\/[-0-9a-f]{36}/, 'skd://kid')),
      [
        `#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://kid",IV=0x${IV.toUpperCase()},KEYFORMAT="com.apple.streamingkeydelivery",KEYFORMATVERSIONS="1"`,
      ],
    );
    assert.ok(report.warnings.some((warning) => /only FairPlay goes with MPEG-TS/.test(warning)));
  });

  test('a URI of keys names each key', async (t) => {
    const folder = await temporaryFolder(t);
    await packaged(
      fixture('bframes-1080p.mp4'),
      '-o',
      folder,
      TS,
      '--key',
      `${KID}:${KEY}`,
      '--hls-key-uri',
      'https://keys.example/{kid}',
    );
    const { segments } = await playlist(join(folder, 'hls/video-1/media.m3u8'));
    assert.ok(
      segments.every(
        ({ key: found }) =>
          found?.uri === `https://keys.example/${KID}` && found.iv?.byteLength === 16 && found.format === 'identity',
      ),
    );
  });

  test('MP3 has the name that HLS gives it outside MP4', async (t) => {
    const folder = await temporaryFolder(t);
    await packaged(fixture('audio/mp3.mp4'), '-o', folder, TS, PROTECTIONS.clear);
    const { variants } = await playlist(join(folder, 'hls/master.m3u8'));
    assert.deepEqual(
      variants.map(({ codecs }) => codecs),
      ['mp4a.40.34'],
    );
  });

  test('verify finds a segment that is missing, and one that is other bytes', async (t) => {
    for (const [what, protection] of Object.entries(PROTECTIONS)) {
      for (const track of ['video-1/2.ts', 'audio-1/2.aac']) {
        const folder = await temporaryFolder(t);
        await packaged(fixture('bframes-1080p.mp4'), '-o', folder, TS, protection, '--hls-audio', 'packed');
        const path = join(folder, 'hls', track);
        const size = (await readFile(path)).length;
        await writeFile(path, randomBytes(size));
        const damaged = await tabpack('verify', folder);
        assert.equal(damaged.status, 1, `${what} ${track}`);
        assert.match(damaged.stdout, new RegExp(`^error (PACKET_INVALID|KEY_WRONG) hls/${track}: `, 'm'));
        await rm(path);
        const missing = await tabpack('verify', folder);
        assert.equal(missing.status, 1, `${what} ${track}`);
        assert.match(missing.stdout, new RegExp(`^error FILE_MISSING hls/${track}: `, 'm'));
      }
    }
  });

  test('what has no place in these segments is refused with advice, and nothing is written', async (t) => {
    const folder = join(await temporaryFolder(t), 'out');
    for (const [name, options, message] of /** @type {[name: string, options: string[], message: RegExp][]} */ ([
      ['hevc.mp4', PROTECTIONS.clear, /CONTAINER_UNSUPPORTED.*video-1: HEVC.*--hls-format fmp4/],
      ['audio/opus.mp4', PROTECTIONS.clear, /CONTAINER_UNSUPPORTED.*opus/],
      ['audio/aac-pce.mp4', PROTECTIONS.clear, /CONTAINER_UNSUPPORTED.*program config element/],
      ['audio/mp3.mp4', KEYED, /SCHEME_UNSUPPORTED.*MP3/],
      ['audio-only.m4a', [], /OPTION_MISSING.*--hls-key-uri/],
      ['audio-only.m4a', ['--drm', 'widevine'], /DRM_SCHEME_CONFLICT.*FairPlay/],
      ['audio-only.m4a', ['--scheme', 'cenc', '--hls-key-files'], /OPTION_INVALID.*scheme/],
      ['audio-only.m4a', ['--pattern', '5:5', '--hls-key-files'], /OPTION_INVALID.*--pattern/],
      ['audio-only.m4a', ['--hls-format', 'fmp4', '--hls-audio', 'ts'], /OPTION_INVALID.*--hls-audio/],
      ['audio-only.m4a', ['--hls-format', 'mp2'], /OPTION_INVALID.*known are fmp4, ts/],
      ['audio-only.m4a', ['--hls-audio', 'mp3'], /OPTION_INVALID.*known are ts, packed/],
    ])) {
      const { status, stderr } = await tabpack('package', fixture(name), '-o', folder, TS, options);
      assert.equal(status, 1, `${name} ${options.join(' ')}`);
      assert.match(stderr, message);
      await assert.rejects(readdir(folder));
    }
    const { stderr } = await tabpack(
      'package',
      fixture('audio-only.m4a'),
      '-o',
      folder,
      '--dash',
      '--hls-format',
      'ts',
    );
    assert.match(stderr, /OPTION_INVALID.*nothing without --hls \(option --hls-format\)/);
  });
});
