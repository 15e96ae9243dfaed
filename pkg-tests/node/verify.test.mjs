// `tabpack verify` and `tabpack decrypt`, over what this and other packagers wrote.

import assert from 'node:assert/strict';
import { copyFile, cp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { memory, Packager } from 'tabpack';
import { needTool } from '../../scripts/tools.mjs';
import {
  decryptedByShaka,
  fixture,
  joinedTrack,
  KEY,
  KID,
  packaged,
  packets,
  run,
  SHAKA_PACKAGER,
  sameBytes,
  sameTimes,
  tabpack,
  temporaryFolder,
} from './support.mjs';

const FFMPEG = needTool('ffmpeg', 'ffmpeg');
const concurrency = availableParallelism();
const PAIR = `${KID}:${KEY}`;

/**
 * Runs `tabpack verify --json`; gives its status and report.
 *
 * @param {Arg} folder
 * @param {string[]} args
 */
async function verify(folder, ...args) {
  const { status, stdout, stderr } = await tabpack('verify', folder, '--key', PAIR, '--json', args);
  assert.equal(stderr, '');
  return { status, report: JSON.parse(stdout) };
}

/** @param {{ findings: readonly Finding[] }} options */
const shown = ({ findings }) => findings.map(({ code, file, message }) => `${code} ${file}: ${message}`).join('\n');

describe('verify accepts what was packaged', { concurrency }, () => {
  /** @type {Record<string, string[]>} */
  const SCHEMES = { cenc: ['--all'], cbcs: ['--all'], cens: ['--dash'], cbc1: ['--dash'] };
  const CLIPS = {
    'bframes-1080p.mp4': ['cenc', 'cbcs', 'cens', 'cbc1'],
    'slices.mp4': ['cenc', 'cbcs', 'cens', 'cbc1'],
    'two-stsd.mp4': ['cenc', 'cbcs'],
    'offset-start.mp4': ['cenc', 'cbcs'],
    'hevc.mp4': ['cenc', 'cbcs', 'cens', 'cbc1'],
    'hev1.mp4': ['cenc', 'cbcs'],
    'av1-tiles.mp4': ['cenc', 'cbcs'],
    'vp9.mp4': ['cenc'],
    'vp8.mp4': ['cenc'],
    'audio/aac-pce.mp4': ['cenc', 'cbcs', 'cens', 'cbc1'],
    'audio/ac3-51.mp4': ['cenc', 'cbcs'],
    'audio/eac3-51.mp4': ['cenc', 'cbcs'],
    'audio/opus.mp4': ['cenc', 'cbcs'],
    'audio/flac.mp4': ['cenc', 'cbcs'],
    'audio/alac.m4a': ['cenc', 'cbcs'],
    'audio/mp3.mp4': ['cenc', 'cbcs'],
    'audio/dtsc.mp4': ['cenc', 'cbcs'],
    'text/wvtt.mp4': ['cenc'],
    'text/stpp.mp4': ['cenc'],
  };
  for (const [name, schemes] of Object.entries(CLIPS)) {
    test(name, async (t) => {
      for (const scheme of schemes) {
        for (const layout of [[], ['--single-file']]) {
          const folder = join(await temporaryFolder(t), 'out');
          const targets =
            SCHEMES[scheme][0] === '--all'
              ? ['--cmaf', ...(scheme === 'cenc' ? ['--dash'] : ['--hls'])]
              : SCHEMES[scheme];
          const { report: job } = await packaged(
            fixture(name),
            '-o',
            folder,
            targets,
            '--scheme',
            scheme,
            '--key',
            PAIR,
            '--segment-duration',
            2,
            layout,
          );
          const { status, report } = await verify(folder, '--source', fixture(name));
          assert.equal(shown(report), '', `${scheme} ${layout}`);
          assert.equal(status, 0);
          assert.ok(
            report.samples > 0 && report.encrypted === report.decrypted && report.compared === report.samples,
            JSON.stringify(report),
          );
          assert.equal(
            report.encrypted > 0,
            job.tracks.some(({ kind }) => kind !== 'text'),
          );
        }
      }
    });
  }

  test('sound that each of two sizes has is one track, and its source is either', async (t) => {
    const folder = join(await temporaryFolder(t), 'out');
    const inputs = ['ladder-360p.mp4', 'ladder-720p.mp4'].map(fixture);
    await packaged(inputs, '-o', folder, '--key', PAIR);
    const sources = inputs.flatMap((path) => ['--source', path]);
    const { status, report } = await verify(folder, ...sources);
    assert.equal(shown(report), '');
    assert.equal(status, 0);
    // A size that isn't there is still told, and so is sound of another kind.
    const { report: more } = await verify(
      folder,
      ...sources,
      ...['ladder-1080p.mp4', 'audio/ac3-51.mp4'].flatMap((name) => ['--source', fixture(name)]),
    );
    const missing = more.findings.filter((/** @type {Finding} */ { code }) => code === 'SOURCE_TRACK_MISSING');
    assert.equal(missing.length, 2, shown(more));
  });

  test('with a clear lead, keys by track, rotation and every DRM system', async (t) => {
    for (const options of [
      ['--clear-lead', 3.5],
      ['--crypto-period', 4, '--scheme', 'cenc'],
      ['--multi-key'],
      ['--clear', 'AUDIO'],
      ['--pattern', '5:5', '--scheme', 'cbcs'],
      ['--iv-size', 16, '--scheme', 'cenc'],
      ['--no-encryption'],
    ]) {
      const folder = join(await temporaryFolder(t), 'out');
      const { keys } = await packaged(fixture('bframes-1080p.mp4'), '-o', folder, '--segment-duration', 2, options);
      const given = keys.flatMap(({ kid, key }) => ['--key', `${kid.hex}:${key.hex}`]);
      const { status, stdout } = await tabpack('verify', folder, given, '--source', fixture('bframes-1080p.mp4'));
      assert.equal(status, 0, `${options}\n${stdout}`);
      assert.match(stdout, /^0 errors, 0 warnings;/, String(options));
    }
  });
});

describe('verify finds faults', { concurrency }, () => {
  /** @type {Record<string, [code: string, file: string, damage: ((bytes: Buffer) => string | Buffer | void) | null]>} */
  const CASES = {
    'a flipped byte of ciphertext': [
      'SAMPLE_DIFFERS',
      'cmaf/video-1/2.m4s',
      (bytes) => {
        bytes[bytes.length - 5000] ^= 1;
      },
    ],
    'a wrong default_KID': [
      'DEFAULT_KID_WRONG',
      'cmaf/stream.mpd',
      (bytes) => bytes.toString().replace('default_KID="0a', 'default_KID="0b'),
    ],
    'a missing segment': ['FILE_MISSING', 'cmaf/audio-1/3.m4s', null],
    'a truncated segment': ['SEGMENT_INVALID', 'cmaf/video-1/2.m4s', (bytes) => bytes.subarray(0, bytes.length - 20)],
    'a wrong CODECS': ['CODECS_WRONG', 'cmaf/master.m3u8', (bytes) => bytes.toString().replace('avc1.64', 'avc1.4d')],
  };
  for (const [what, [code, file, damage]] of Object.entries(CASES)) {
    test(what, async (t) => {
      const folder = join(await temporaryFolder(t), 'out');
      await packaged(fixture('bframes-1080p.mp4'), '-o', folder, '--segment-duration', 2, '--key', PAIR);
      const path = join(folder, file);
      if (damage === null) await rm(path);
      else {
        const bytes = await readFile(path);
        await writeFile(path, damage(bytes) ?? bytes);
      }
      const { status, report } = await verify(folder, '--source', fixture('bframes-1080p.mp4'));
      assert.equal(status, 1);
      assert.ok(
        report.findings.some(
          (
            /** @type {{ code: string | ((bytes: any) => void) | ((bytes: any) => any) | ((bytes: any) => any) | ((bytes: any) => any) | null; file: string | ((bytes: any) => void) | ((bytes: any) => any) | ((bytes: any) => any) | ((bytes: any) => any) | null }} */ finding,
          ) => finding.code === code && finding.file === file,
        ),
        `${code} in\n${shown(report)}`,
      );
      const { stdout } = await tabpack('verify', folder, '--key', PAIR, '--source', fixture('bframes-1080p.mp4'));
      assert.match(stdout, new RegExp(`^error ${code} ${file}: `, 'm'));
      assert.ok(!stdout.toLowerCase().includes(KEY));
    });
  }

  test('in the output of Shaka Packager, which it accepts as it is', async (t) => {
    const folder = await temporaryFolder(t);
    const source = fixture('bframes-1080p.mp4');
    for (const scheme of ['cenc', 'cbcs']) {
      const out = join(folder, scheme);
      const stream = (/** @type {string} */ kind) =>
        `in=${source},stream=${kind},init_segment=${kind}/init.mp4,segment_template=${kind}/$Number$.m4s,playlist_name=${kind}.m3u8`;
      await cp(fixture('text'), join(out, 'video'), { recursive: true }); // the packager makes no folders by itself
      const { status, stderr } = await run(
        SHAKA_PACKAGER,
        [
          stream('video'),
          stream('audio'),
          '--segment_duration',
          '2',
          '--enable_raw_key_encryption',
          '--protection_scheme',
          scheme,
          '--keys',
          `label=:key_id=${KID}:key=${KEY}`,
          '--clear_lead',
          '0',
          '--mpd_output',
          'stream.mpd',
          '--hls_master_playlist_output',
          'master.m3u8',
        ],
        { cwd: out },
      );
      assert.equal(status, 0, stderr);
      const sound = await verify(out, '--source', source);
      assert.equal(sound.report.errors, 0, shown(sound.report));
      assert.ok(sound.report.compared > 0 && sound.report.compared === sound.report.samples);
      const segment = join(out, 'audio', '2.m4s');
      const bytes = await readFile(segment);
      bytes[bytes.length - 300] ^= 4;
      await writeFile(segment, bytes);
      const faulty = await verify(out, '--source', source);
      const errors = faulty.report.findings.filter(
        (/** @type {{ severity: string }} */ { severity }) => severity === 'error',
      );
      assert.deepEqual(
        [
          faulty.status,
          errors.map((/** @type {{ code: string, file: string }} */ { code, file }) => `${code} ${file}`),
        ],
        [1, ['SAMPLE_DIFFERS audio/2.m4s']],
      );
    }
  });

  test('nothing in the output of ffmpeg: sound and pictures in one file, MPEG-TS, AES-128', async (t) => {
    const folder = await temporaryFolder(t);
    const source = fixture('bframes-1080p.mp4');
    await writeFile(join(folder, 'k.key'), Buffer.from(KEY, 'hex'));
    await writeFile(join(folder, 'info'), 'k.key\nk.key\n');
    const key = ['-hls_key_info_file', 'info'];
    for (const [name, options] of Object.entries({ fmp4: ['-hls_segment_type', 'fmp4'], ts: [], aes: key })) {
      const made = ['-i', source, '-c', 'copy', '-f', 'hls', '-hls_time', '2', '-hls_playlist_type', 'vod', ...options];
      const files = ['-hls_segment_filename', `${name}-%d.${name === 'fmp4' ? 'm4s' : 'ts'}`];
      const more = name === 'fmp4' ? ['-hls_fmp4_init_filename', 'fmp4-init.mp4'] : [];
      const { status, stderr } = await run(FFMPEG, ['-v', 'error', ...made, ...files, ...more, `${name}.m3u8`], {
        cwd: folder,
      });
      assert.equal(status, 0, stderr);
      const { stdout } = await tabpack('verify', join(folder, `${name}.m3u8`), '--json', '--source', source);
      const report = JSON.parse(stdout);
      // It says version 7 where 6 would do.
      const found = report.findings.filter((/** @type {Finding} */ { code }) => code !== 'BIS-6.2.1-version-high');
      assert.equal(shown({ findings: found }), '', name);
      assert.deepEqual([report.samples, report.compared], [806, 806], name);
    }
  });

  test('a name that no disk can have is that of a missing file', async (t) => {
    const folder = await temporaryFolder(t);
    const representation = `<Representation id="v" bandwidth="1" codecs="avc1.640028"><SegmentTemplate duration="1" initialization="${'i'.repeat(300)}.mp4" media="$Number$.m4s"/></Representation>`;
    await writeFile(
      join(folder, 'long.mpd'),
      `<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT1S"><Period><AdaptationSet mimeType="video/mp4">${representation}</AdaptationSet></Period></MPD>`,
    );
    const { status, stdout } = await tabpack('verify', join(folder, 'long.mpd'));
    assert.equal(status, 1);
    assert.match(stdout, /^error FILE_MISSING i+\.mp4: /m);
  });

  test('without a key it says which is missing, and without a manifest that there is none', async (t) => {
    const folder = join(await temporaryFolder(t), 'out');
    await packaged(fixture('audio-only.m4a'), '-o', folder, '--key', PAIR);
    const without = await tabpack('verify', folder);
    assert.equal(without.status, 1);
    assert.match(without.stdout, new RegExp(`KEY_MISSING .*${KID}`));
    const empty = await tabpack('verify', await temporaryFolder(t));
    assert.equal(empty.status, 1);
    assert.match(empty.stderr, /no manifest/);
  });
});

describe('decrypt', { concurrency }, () => {
  for (const scheme of ['cenc', 'cbcs', 'cens', 'cbc1']) {
    test(`${scheme}: what a manifest lists, a file, and what is packaged again with another key`, async (t) => {
      const folder = await temporaryFolder(t);
      const source = fixture('bframes-1080p.mp4');
      await packaged(
        source,
        '-o',
        join(folder, 'out'),
        '--dash',
        '--scheme',
        scheme,
        '--key',
        PAIR,
        '--segment-duration',
        2,
      );
      const clear = join(folder, 'clear');
      const { status, stderr } = await tabpack(
        'decrypt',
        join(folder, 'out/dash/stream.mpd'),
        '-o',
        clear,
        '--key',
        PAIR,
      );
      assert.equal(status, 0, stderr);
      for (const kind of ['video', 'audio']) {
        const [input, output] = await Promise.all([packets(source, kind), packets(join(clear, `${kind}-1.mp4`), kind)]);
        sameBytes(output, input, kind);
        sameTimes(output, input, kind);
      }
      // A protected file is an input as well, with its key; without it the advice says so.
      const file = await joinedTrack(join(folder, 'out/dash/video-1'), join(folder, 'joined'));
      const refused = await tabpack('package', file, '-o', join(folder, 'again'), '--key', PAIR);
      assert.equal(refused.status, 1);
      assert.match(refused.stderr, /MP4_ENCRYPTED/);
      const other = 'ffeeddccbbaa99887766554433221100:00112233445566778899aabbccddeeff';
      await packaged(
        file,
        '-o',
        join(folder, 'again'),
        '--dash',
        '--scheme',
        'cenc',
        '--decryption-key',
        PAIR,
        '--key',
        other,
      );
      const [kid, key] = other.split(':');
      const again = await joinedTrack(join(folder, 'again/dash/video-1'), join(folder, 'joined-again'));
      const opened = await packets(await decryptedByShaka(again, 'video', { kid, key }), 'video');
      sameBytes(opened, await packets(source, 'video'), 'with another key');
    });
  }

  test('with a wrong key id nothing is written', async (t) => {
    const folder = await temporaryFolder(t);
    await packaged(fixture('audio-only.m4a'), '-o', join(folder, 'out'), '--dash', '--key', PAIR, '--single-file');
    await copyFile(join(folder, 'out/dash/audio-1.mp4'), join(folder, 'audio.mp4'));
    const { status, stderr } = await tabpack(
      'decrypt',
      join(folder, 'audio.mp4'),
      '-o',
      join(folder, 'clear'),
      '--key',
      `${KEY}:${KEY}`,
    );
    assert.equal(status, 1);
    assert.match(stderr, /KEY_MISSING|MP4_ENCRYPTED/);
    assert.ok(!stderr.includes(KEY));
    await assert.rejects(readFile(join(folder, 'clear/audio-1.mp4')));
  });
});

describe('counters of AES-CTR', () => {
  test('are not used for other samples by a later job, whatever its IV', async () => {
    const packager = await Packager.create();
    const pack = (/** @type {string} */ name, /** @type {Options} */ options) =>
      packager.package(fixture(name), { output: memory(), targets: ['dash'], scheme: 'cenc', key: PAIR, ...options });
    await pack('audio-only.m4a', { iv: '00000000000000ff' });
    await pack('audio-only.m4a', { iv: '00000000000000ff', segmentDuration: 2 }); // the same samples
    await pack('audio/flac.mp4', {}); // a random one
    for (const iv of ['00000000000000ff', '0000000000000100', '00000000000000f0']) {
      await assert.rejects(
        pack('audio/flac.mp4', { iv }),
        ({ code, message }) => code === 'IV_REUSED' && message.includes(KID) && !message.includes(KEY),
      );
    }
    await pack('audio/flac.mp4', { iv: '00000000000000ff', key: `${KEY}:${KID}` }); // another key
    await pack('audio/flac.mp4', { scheme: 'cbcs', iv: '00000000000000ff00000000000000ff' });
  });
});
