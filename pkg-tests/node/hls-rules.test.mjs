// Playlists: what we write breaks no rule, what others write is read without a false alarm, and key frames are where
// their playlists say, by readers that aren't ours.

import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { needTool } from '../../scripts/tools.mjs';
import {
  decryptedByShaka,
  fixture,
  KEY,
  KID,
  packaged,
  packets,
  playlist,
  run,
  SHAKA_PACKAGER,
  tabpack,
  temporaryFolder,
} from './support.mjs';

const concurrency = availableParallelism();
const PAIR = `${KID}:${KEY}`;
const FFMPEG = needTool('ffmpeg', 'ffmpeg');

/**
 * What breaks rules on the packager's side, as `tabpack check` finds it; advice on the content has `content` in it.
 *
 * @param {Arg} path
 */
async function checked(path) {
  const { status, stdout, stderr } = await tabpack('check', path, '--json');
  assert.equal(stderr, '');
  const report = JSON.parse(stdout);
  assert.equal(status, report.errors > 0 ? 1 : 0);
  return report;
}

/** Advice on what is offered, which is not the packager's to mend. */
const CONTENT = new Set([
  'APPLE-1.1-video-codec',
  'APPLE-1.10-sample-entry',
  'APPLE-1.12-some-h264',
  'APPLE-1.13-key-frame-interval',
  'APPLE-1.19-frame-rate-high',
  'APPLE-1.24-some-sdr',
  'APPLE-1.30-peak-to-mean',
  'APPLE-1.33-aspect-ratio',
  'APPLE-2.3-stereo-aac',
  'APPLE-2.6-some-ac3',
  'APPLE-4.1-captions',
  'APPLE-6.1-i-frames',
  'APPLE-7.5-six-seconds',
  'APPLE-8.10-language-missing',
  'APPLE-9.9-several-rates',
  'APPLE-13.5-hdcp-level',
  'APPLE-13.11-counter-mode',
]);

const shown = (/** @type {{ severity: any; code: any; file: any; line: any; message: any }[]} */ findings) =>
  findings
    .map(({ severity, code, file, line, message }) => `${severity} ${code} ${file}:${line} ${message}`)
    .join('\n');

describe('what we write breaks no rule', { concurrency }, () => {
  const LADDER = ['ladder-720p.mp4', 'ladder-360p.mp4'];
  /** @type {Record<string, [inputs: string[], options: Arg[]]>} */
  const JOBS = {
    clear: [['bframes-1080p.mp4'], ['--no-encryption']],
    cbcs: [['bframes-1080p.mp4'], ['--scheme', 'cbcs']],
    cenc: [['bframes-1080p.mp4'], ['--scheme', 'cenc']],
    'every system': [['bframes-1080p.mp4'], ['--drm', 'widevine,playready,fairplay,wiseplay,clearkey,common']],
    'AES-128': [
      ['bframes-1080p.mp4'],
      [
        '--hls',
        '--hls-method',
        'AES-128',
        '--hls-key-files',
        '--iv',
        '000102030405060708090a0b0c0d0e0f',
        '--clear-lead',
        2,
      ],
    ],
    'rotation and a clear lead': [['bframes-1080p.mp4'], ['--crypto-period', 4, '--clear-lead', 3.5]],
    ladder: [LADDER, ['--multi-key', '--hls-start', 1.5, '--program-date-time', '2026-01-02T03:04:05+01:00']],
    'audio only': [['audio-only.m4a'], []],
    HDR10: [['hevc-hdr10.mp4'], []],
    HLG: [
      ['hevc-hlg.mp4', 'hevc.mp4'],
      ['--lengths', 'keep'],
    ],
    'Dolby Vision': [['dolby-vision-8.mp4'], []],
    'variable frame rate': [['vfr.mp4'], []],
    'two sample entries': [['two-stsd.mp4'], []],
    'a late start': [['offset-start.mp4'], []],
    'open groups of pictures': [['long-gop.mp4'], []],
    AV1: [['av1.mp4'], []],
    VP9: [['vp9.mp4'], ['--scheme', 'cenc']],
    text: [['text/wvtt.mp4', 'text/stpp.mp4'], []],
    surround: [['audio/eac3-51.mp4', 'audio/ac3-51.mp4'], []],
  };
  for (const [name, [inputs, options]] of Object.entries(JOBS)) {
    test(name, async (t) => {
      for (const layout of [[], ['--single-file']]) {
        const folder = join(await temporaryFolder(t), 'out');
        const targets = options.includes('--hls') ? [] : ['--cmaf', '--hls'];
        await packaged(inputs.map(fixture), '-o', folder, targets, '--segment-duration', 2, options, layout);
        const { findings } = await checked(folder);
        assert.equal(
          shown(findings.filter((/** @type {{ code: string }} */ { code }) => !CONTENT.has(code))),
          '',
          `${name} ${layout}`,
        );
      }
    });
  }
});

describe('what others write is read without a false alarm', { concurrency }, () => {
  test('Shaka Packager, fragmented MP4 and MPEG-TS, protected and clear', async (t) => {
    const folder = await temporaryFolder(t);
    const stream = (
      /** @type {string} */ input,
      /** @type {string} */ kind,
      /** @type {string} */ id,
      /** @type {string} */ ending,
    ) =>
      `in=${fixture(input)},stream=${kind},${ending === 'm4s' ? `init_segment=${id}/init.mp4,` : ''}segment_template=${id}/$Number$.${ending},playlist_name=${id}.m3u8` +
      (kind === 'video' ? `,iframe_playlist_name=${id}-i.m3u8` : ',hls_group_id=a,hls_name=x');
    for (const [name, ending, options] of /** @type {[name: string, ending: string, options: string[]][]} */ ([
      ['clear', 'm4s', []],
      ['ts', 'ts', []],
      [
        'cbcs',
        'm4s',
        [
          '--enable_raw_key_encryption',
          '--protection_scheme',
          'cbcs',
          '--keys',
          `label=:key_id=${KID}:key=${KEY}`,
          '--clear_lead',
          '2',
        ],
      ],
    ])) {
      const out = join(folder, name);
      for (const id of ['v', 'w', 'a']) await mkdir(join(out, id), { recursive: true });
      const { status, stderr } = await run(
        SHAKA_PACKAGER,
        [
          stream('ladder-720p.mp4', 'video', 'v', ending),
          stream('ladder-360p.mp4', 'video', 'w', ending),
          stream('ladder-720p.mp4', 'audio', 'a', ending === 'ts' ? 'aac' : ending),
          '--segment_duration',
          '2',
          '--hls_master_playlist_output',
          'master.m3u8',
          ...options,
        ],
        { cwd: out },
      );
      assert.equal(status, 0, stderr);
      const { findings } = await checked(out);
      // It writes version 6 throughout, IVs in small letters, and captions of key frames.
      const known = new Set([
        'BIS-6.2.1-version-high',
        'RFC8216-4.2-hexadecimal-case',
        'RFC8216-6.3.1-unknown-attribute',
        ...CONTENT,
      ]);
      assert.equal(shown(findings.filter((/** @type {{ code: string }} */ { code }) => !known.has(code))), '', name);
    }
  });

  test('ffmpeg, whose faults are its own', async (t) => {
    const folder = await temporaryFolder(t);
    const write = async (/** @type {string} */ name, /** @type {string[]} */ ...options) => {
      await mkdir(join(folder, name));
      const { status, stderr } = await run(FFMPEG, [
        '-v',
        'error',
        '-i',
        fixture('bframes-1080p.mp4'),
        '-c',
        'copy',
        '-f',
        'hls',
        '-hls_time',
        '2',
        ...options,
        join(folder, name, 'out.m3u8'),
      ]);
      assert.equal(status, 0, stderr);
      const { findings } = await checked(join(folder, name));
      return findings
        .map((/** @type {{ code: string }} */ { code }) => code)
        .filter((/** @type {string} */ code) => !CONTENT.has(code))
        .sort();
    };
    assert.deepEqual(await write('ts', '-hls_playlist_type', 'vod'), []);
    assert.deepEqual(await write('single', '-hls_playlist_type', 'vod', '-hls_flags', 'single_file'), []);
    assert.deepEqual(await write('no-type', '-hls_list_size', '0'), ['APPLE-8.6-playlist-type']);
    assert.deepEqual(await write('mp4', '-hls_playlist_type', 'vod', '-hls_segment_type', 'fmp4'), [
      'BIS-6.2.1-version-high',
    ]);
  });

  test('a fault is named with its place and what to do', async (t) => {
    const folder = join(await temporaryFolder(t), 'out');
    await packaged(fixture('bframes-1080p.mp4'), '-o', folder, '--hls', '--segment-duration', 2);
    const path = join(folder, 'hls/video-1/media.m3u8');
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace('#EXT-X-VERSION:6', '#EXT-X-VERSION:3'));
    const { status, stdout } = await tabpack('check', folder);
    assert.equal(status, 1);
    assert.match(
      stdout,
      /^error RFC8216-7-version hls\/video-1\/media\.m3u8: EXT-X-VERSION is 3, and .* needs 6: write that \(line 2\)\.$/m,
    );
    assert.match(stdout, /^1 error, \d+ warnings; 4 playlists$/m);
    const verified = await tabpack('verify', folder);
    assert.match(verified.stdout, /^error RFC8216-7-version /m, 'verify finds it as well');
    assert.doesNotMatch(verified.stdout, /APPLE-9\.9/, 'and gives no advice on the content');
  });
});

describe('key frames are where their playlist says', { concurrency }, () => {
  /** @type {[name: string, options: string[]][]} */
  const JOBS = [
    ['bframes-1080p.mp4', ['--no-encryption']],
    ['bframes-1080p.mp4', ['--scheme', 'cbcs']],
    ['bframes-1080p.mp4', ['--scheme', 'cenc']],
    ['hevc.mp4', ['--scheme', 'cbcs']],
    ['av1.mp4', ['--scheme', 'cenc']],
    ['offset-start.mp4', ['--scheme', 'cbcs']],
  ];
  for (const [name, options] of JOBS) {
    for (const layout of [[], ['--single-file']]) {
      test(`${name} ${options.join(' ')} ${layout}`, async (t) => {
        const folder = await temporaryFolder(t);
        const key = options.includes('--no-encryption') ? [] : ['--key', PAIR];
        await packaged(fixture(name), '-o', folder, '--cmaf', '--segment-duration', 2, key, options, layout);
        const single = layout.length > 0;
        const base = join(folder, 'cmaf', single ? '' : 'video-1');
        const { segments, isIFrame } = await playlist(join(base, single ? 'video-1-i-frames.m3u8' : 'i-frames.m3u8'));
        const all = await playlist(join(base, single ? 'video-1.m3u8' : 'media.m3u8'));
        assert.ok(isIFrame && segments.length === all.segments.length);
        assert.ok(
          Math.abs(
            segments.reduce((sum, { duration }) => sum + duration, 0) -
              all.segments.reduce((sum, { duration }) => sum + duration, 0),
          ) < 0.2,
        );
        const source = await packets(fixture(name), 'video');
        const sought = new Set(source.list.filter(({ key }) => key).map(({ hash }) => hash));
        const seen = new Set();
        const { map } = segments[0];
        for (const [
          index,
          {
            uri,
            byterange: { offset, length },
            key,
          },
        ] of segments.entries()) {
          const init = await readFile(join(base, map.uri));
          const bytes = (await readFile(join(base, uri))).subarray(offset, offset + length);
          assert.equal(bytes.length, length, 'the range is within the file');
          assert.equal(bytes.toString('latin1', 4, 8), 'moof');
          const path = join(folder, `${index}.mp4`);
          await writeFile(path, Buffer.concat([map.byterange ? init.subarray(0, map.byterange.length) : init, bytes]));
          const isProtected = key && key.method !== 'NONE';
          const { list } = await packets(
            path,
            'video',
            '-read_intervals',
            '%+#1',
            ...(isProtected ? ['-decryption_key', KEY] : []),
          );
          assert.equal(list.length, 1, 'one picture');
          assert.ok(list[0].key && sought.has(list[0].hash), `picture ${index} is a key frame of the input, by ffmpeg`);
          seen.add(list[0].hash);
        }
        assert.equal(seen.size, segments.length, 'each is another');
      });
    }
  }

  test('Shaka Packager decrypts one by itself', async (t) => {
    const folder = await temporaryFolder(t);
    await packaged(
      fixture('bframes-1080p.mp4'),
      '-o',
      folder,
      '--cmaf',
      '--scheme',
      'cbcs',
      '--segment-duration',
      2,
      '--key',
      PAIR,
    );
    const base = join(folder, 'cmaf/video-1');
    const {
      segments: [
        ,
        {
          uri,
          byterange: { offset, length },
        },
      ],
    } = await playlist(join(base, 'i-frames.m3u8'));
    const bytes = Buffer.from((await readFile(join(base, uri))).subarray(offset, offset + length));
    const path = join(folder, 'one.mp4');
    // A file has to end with its last sample: of the fragment only the key frame is kept.
    await writeFile(path, Buffer.concat([await readFile(join(base, 'init.mp4')), onlyFirst(bytes)]));
    const clear = await packets(await decryptedByShaka(path, 'video'), 'video');
    const source = await packets(fixture('bframes-1080p.mp4'), 'video');
    assert.ok(source.list.some(({ key, hash }) => key && hash === clear.list[0].hash));
  });

  test('there are none of segments that are encrypted as a whole, nor of sound', async (t) => {
    const folder = await temporaryFolder(t);
    await packaged(
      fixture('bframes-1080p.mp4'),
      '-o',
      folder,
      '--hls',
      '--hls-method',
      'AES-128',
      '--hls-key-files',
      '--clear-lead',
      2,
      '--segment-duration',
      2,
    );
    assert.doesNotMatch(await readFile(join(folder, 'hls/master.m3u8'), 'utf8'), /I-FRAME/);
    await assert.rejects(readFile(join(folder, 'hls/video-1/i-frames.m3u8')));
    await packaged(fixture('audio-only.m4a'), '-o', join(folder, 'sound'), '--cmaf');
    assert.doesNotMatch(await readFile(join(folder, 'sound/cmaf/master.m3u8'), 'utf8'), /I-FRAME/);
  });
});

/**
 * Cuts counts and the size of `mdat` down to the first sample, as a client does that reads no more.
 *
 * @param {Buffer<ArrayBuffer>} bytes
 */
function onlyFirst(bytes) {
  const box = (/** @type {string | number | Uint8Array} */ kind) => bytes.indexOf(kind, 0, 'latin1');
  bytes.writeUInt32BE(1, box('trun') + 8);
  const senc = box('senc');
  if (senc > 0) bytes.writeUInt32BE(1, senc + 8);
  const saiz = box('saiz');
  if (saiz > 0) bytes.writeUInt32BE(1, saiz + 9);
  const mdat = box('mdat');
  bytes.writeUInt32BE(bytes.length - mdat + 4, mdat - 4);
  return bytes;
}
