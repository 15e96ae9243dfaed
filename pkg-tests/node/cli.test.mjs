// The command line, from the outside: real files in, and what comes out is read by other people's programs.

import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { parse, table, track } from '../fixtures/boxes.mjs';
import {
  commands,
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
  playlist,
  sameBytes,
  sameTimes,
  tabpack,
  temporaryFolder,
  trackFiles,
  validMpd,
  xpath,
} from './support.mjs';

const concurrency = availableParallelism();
const SCHEMES = ['cenc', 'cbcs'];
const KEY_OPTION = ['--key', `${KID}:${KEY}`];

/** Some fixtures have tracks that can't be packaged beside the others. */
const LEAVE_OUT = '--skip-unsupported';
const SEED = ['--seed', '00112233445566778899aabbccddeeff'];

/**
 * The fixtures that are packaged, with what is particular to them.
 *
 * @type {Record<string, { notByFfmpeg?: string, shiftOfShaka?: number }>}
 */
const FIXTURES = {
  'bframes-1080p.mp4': {},
  'faststart-co64.mp4': {},
  'largesize-mdat.mp4': {},
  'mdat-to-eof.mp4': {},
  'vfr.mp4': {},
  'ctts-v1.mp4': {},
  'offset-start.mp4': {},
  // Without an edit list times are kept as they are; Shaka Packager moves the first picture to 0.
  'no-elst-cts.mp4': { shiftOfShaka: -1024 },
  'two-stsd.mp4': {
    notByFfmpeg: 'ffmpeg drops the samples of a second protected sample entry ("multiple fourcc not supported")',
  },
  'avc3.mp4': {},
  'slices.mp4': {},
  'cavlc-baseline.mp4': {},
  'interlaced.mp4': {},
  'weighted.mp4': {},
  'high10.mp4': {},
  'high422.mp4': {},
  'extra-tracks.mov': {},
  'audio-only.m4a': {},
  'video-only.mp4': {},
  'long-gop.mp4': {},
};

/** The input's packets are read once for all tests of a fixture. */
const inputPackets = (() => {
  const known = new Map();
  return (/** @type {string} */ name, /** @type {string} */ kind) => {
    const id = `${name} ${kind}`;
    if (!known.has(id)) known.set(id, packets(fixture(name), kind));
    return known.get(id);
  };
})();

describe('the samples come back exactly', { concurrency }, () => {
  for (const [name, particular] of Object.entries(FIXTURES)) {
    test(`${name}, not encrypted`, async (t) => {
      const folder = await temporaryFolder(t);
      const { report, keys } = await packaged(fixture(name), '-o', folder, '--no-encryption', LEAVE_OUT);
      assert.deepEqual(keys, []);
      for (const { id, kind, samples } of report.tracks.filter(isMedia)) {
        const input = await inputPackets(name, kind);
        const output = await packets(await joinedTrack(join(folder, 'cmaf', id), join(folder, id)), kind);
        assert.equal(samples, input.list.length, `${id}: samples in the report`);
        sameBytes(output, input, id);
        sameTimes(output, input, id);
      }
      await everyTrack(name, report);
    });

    for (const scheme of SCHEMES) {
      test(`${name}, ${scheme}, decrypted by Shaka Packager`, async (t) => {
        const folder = await temporaryFolder(t);
        const { report } = await packaged(fixture(name), '-o', folder, '--scheme', scheme, KEY_OPTION, LEAVE_OUT);
        for (const { id, kind } of report.tracks.filter(isMedia)) {
          const input = await inputPackets(name, kind);
          const joined = await joinedTrack(join(folder, 'cmaf', id), join(folder, id));
          const clear = await packets(await decryptedByShaka(joined, kind), kind);
          sameBytes(clear, input, id);
          sameTimes(clear, input, id, { shift: (kind === 'video' && particular.shiftOfShaka) || 0 });
        }
        await everyTrack(name, report);
      });

      test(`${name}, ${scheme}, decrypted by ffmpeg`, { skip: particular.notByFfmpeg ?? false }, async (t) => {
        const folder = await temporaryFolder(t);
        const { report } = await packaged(fixture(name), '-o', folder, '--scheme', scheme, KEY_OPTION, LEAVE_OUT);
        for (const { id, kind } of report.tracks.filter(isMedia)) {
          const input = await inputPackets(name, kind);
          const fragments = await fragmentFiles(join(folder, 'cmaf', id), join(folder, id));
          isEncrypted(await packetsOfFragments(fragments, kind), input, id);
          const clear = await packetsOfFragments(fragments, kind, '-decryption_key', KEY);
          sameBytes(clear, input, id);
          sameTimes(clear, input, id);
        }
        await everyTrack(name, report);
      });
    }
  }

  for (const scheme of [...SCHEMES, null]) {
    test(`two renditions of one title, ${scheme ?? 'not encrypted'}`, async (t) => {
      const folder = await temporaryFolder(t);
      const inputs = ['ladder-360p.mp4', 'ladder-720p.mp4'];
      const { report } = await packaged(
        inputs.map(fixture),
        '-o',
        folder,
        '--segment-duration',
        2,
        scheme ? ['--scheme', scheme, KEY_OPTION] : '--no-encryption',
      );
      const videos = report.tracks.filter(({ kind }) => kind === 'video');
      assert.deepEqual(videos.map(({ width }) => width).sort(), [1280, 640]);
      for (const { id, kind, width } of report.tracks) {
        // The renditions' sound is the same, so either file will do to compare it with.
        const name = width === 1280 ? inputs[1] : inputs[0];
        const joined = await joinedTrack(join(folder, 'cmaf', id), join(folder, id));
        const output = await packets(scheme ? await decryptedByShaka(joined, kind) : joined, kind);
        sameBytes(output, await inputPackets(name, kind), id);
        sameTimes(output, await inputPackets(name, kind), id);
      }
      const durations = await Promise.all(
        videos.map(async ({ id }) =>
          (await playlist(join(folder, 'cmaf', id, 'media.m3u8'))).segments.map(({ duration }) => duration),
        ),
      );
      assert.deepEqual(durations[0], [2, 2, 2, 2]);
      assert.deepEqual(durations[1], durations[0]);
    });
  }
});

describe('segments', { concurrency }, () => {
  test('video starts with a key frame and audio at the first frame at or after it', async (t) => {
    const folder = await temporaryFolder(t);
    await packaged(fixture('bframes-1080p.mp4'), '-o', folder, '--no-encryption', '--segment-duration', 2);
    const starts = async (/** @type {string} */ id, /** @type {string} */ kind) => {
      const [init, ...segments] = await trackFiles(join(folder, 'cmaf', id));
      const first = [];
      for (const segment of segments) {
        const path = join(folder, `${id}-${first.length + 1}.mp4`);
        await writeFile(path, Buffer.concat([await readFile(init), await readFile(segment)]));
        const {
          timeBase: { num, den },
          list,
        } = await packets(path, kind);
        assert.ok(list[0].key, `${id}, segment ${first.length + 1}: starts with a key frame`);
        first.push((list[0].pts * Number(num)) / Number(den));
      }
      return first;
    };
    const video = await starts('video-1', 'video');
    assert.deepEqual(video, [0, 2, 4, 6, 8, 10]);
    const audio = await starts('audio-1', 'audio');
    assert.equal(audio.length, video.length);
    audio.slice(1).forEach((start, index) => {
      const late = start - video[index + 1];
      assert.ok(late >= 0 && late < 1024 / 44100, `audio segment ${index + 2} starts ${late} s after the video's`);
    });
  });

  test('the target duration is kept with the key frames that there are', async (t) => {
    const folder = await temporaryFolder(t);
    await packaged(fixture('bframes-1080p.mp4'), '-o', folder, '--no-encryption');
    const { segments } = await playlist(join(folder, 'cmaf/video-1/media.m3u8'));
    assert.deepEqual(
      segments.map(({ duration }) => duration),
      [6, 6],
    );
  });

  test('a runt at the end joins the segment before it', async (t) => {
    const folder = await temporaryFolder(t);
    // Of 12 s, 2 s would be left.
    await packaged(fixture('bframes-1080p.mp4'), '-o', folder, '--no-encryption', '--segment-duration', 10);
    const { segments } = await playlist(join(folder, 'cmaf/video-1/media.m3u8'));
    assert.deepEqual(
      segments.map(({ duration }) => duration),
      [12],
    );
  });
});

describe('tracks that are not packaged', () => {
  test('end the job with their reason, unless they may be left out', async (t) => {
    const folder = join(await temporaryFolder(t), 'out');
    const { status, stderr } = await tabpack('package', fixture('extra-tracks.mov'), '-o', folder, '-q');
    assert.equal(status, 1);
    assert.match(stderr, /^TRACK_UNSUPPORTED \(1102\): .*--skip-unsupported/s);
    assert.equal(await readdir(folder).catch(() => undefined), undefined, 'nothing is written');
  });

  test('are named in warnings', async (t) => {
    const folder = await temporaryFolder(t);
    const { report } = await packaged(fixture('extra-tracks.mov'), '-o', folder, '--no-encryption', LEAVE_OUT);
    assert.deepEqual(
      report.tracks.map(({ id }) => id),
      ['video-1', 'audio-1', 'text-1'],
    );
    for (const left of [/time ?code|tmcd/i, /\(raw \)/, /jpeg/]) {
      assert.ok(
        report.warnings.some((warning) => left.test(warning)),
        `${left} in ${JSON.stringify(report.warnings)}`,
      );
    }
  });

  test('renditions whose key frames never meet are not cut apart', async (t) => {
    const folder = await temporaryFolder(t);
    const output = join(folder, 'out');
    const { status, stderr } = await tabpack(
      'package',
      fixture('ladder-360p.mp4'),
      fixture('ladder-misaligned.mp4'),
      '-o',
      output,
      '--segment-duration',
      2,
    );
    assert.equal(status, 1);
    isFailure(stderr, 'VIDEO_NOT_ALIGNED', 1102);
    // Key frames each 2 s, and each 2.5 s.
    assert.match(
      stderr,
      /at 0:00:02\.500 in video 1 \(ladder-misaligned\.mp4\); at 0:00:02\.000 in video 2 \(ladder-360p\.mp4\)/,
    );
    assert.deepEqual(await filesBelow(output), {});
  });

  test('renditions that are cut apart less often than they could be are told by time code', async (t) => {
    const folder = await temporaryFolder(t);
    // Key frames each 2 s, and each 3 s: in common at 6 s.
    const inputs = [fixture('ladder-360p.mp4'), fixture('ladder-3s.mp4')];
    const { report } = await packaged(inputs, '-o', folder, '--segment-duration', 3, '--no-encryption');
    const told = report.warnings.find((warning) => warning.includes('key frames of the renditions differ'));
    assert.match(
      told,
      /at 0:00:03\.000 in video 1 \(ladder-3s\.mp4\); at 0:00:04\.000 in video 2 \(ladder-360p\.mp4\)/,
    );
    for (const id of ['video-1', 'video-2']) {
      const { segments } = await playlist(join(folder, 'cmaf', id, 'media.m3u8'));
      assert.deepEqual(
        segments.map(({ duration }) => duration),
        [6, 2],
      );
    }
  });

  test('25 and 50 frames a second are aligned where their times are', async (t) => {
    const folder = await temporaryFolder(t);
    const inputs = [fixture('ladder-25fps.mp4'), fixture('ladder-50fps.mp4')];
    const { report } = await packaged(inputs, '-o', folder, '--segment-duration', 2, '--no-encryption');
    assert.ok(!report.warnings.some((warning) => warning.includes('key frames')), report.warnings.join('\n'));
    for (const id of ['video-1', 'video-2']) {
      const { segments } = await playlist(join(folder, 'cmaf', id, 'media.m3u8'));
      assert.deepEqual(
        segments.map(({ duration }) => duration),
        [2, 2, 2, 2],
      );
    }
    const mpd = await readFile(join(folder, 'cmaf/stream.mpd'), 'utf8');
    assert.equal(mpd.match(/contentType="video"/g).length, 1, 'both are in one AdaptationSet');
  });
});

describe('manifests', { concurrency }, () => {
  for (const target of ['cmaf', 'dash', 'hls']) {
    const manifests = /** @type {Record<string, string[]>} */ ({
      cmaf: ['stream.mpd', 'master.m3u8'],
      dash: ['stream.mpd'],
      hls: ['master.m3u8'],
    })[target];
    test(`--${target}: ffprobe reads the clear manifests`, async (t) => {
      const folder = await temporaryFolder(t);
      const result = await packaged(
        fixture('bframes-1080p.mp4'),
        '-o',
        folder,
        `--${target}`,
        '--no-encryption',
        '--segment-duration',
        2,
      );
      assert.deepEqual([...result.manifests].sort(), manifests.map((name) => `${target}/${name}`).sort());
      for (const manifest of manifests) {
        for (const kind of ['video', 'audio']) {
          const input = await inputPackets('bframes-1080p.mp4', kind);
          const output = await packets(join(folder, target, manifest), kind);
          sameBytes(output, input, `${target}/${manifest}, ${kind}`);
        }
      }
    });
  }

  test('all targets together are the three of them', async (t) => {
    const folder = await temporaryFolder(t);
    const result = await packaged(fixture('bframes-1080p.mp4'), '-o', folder, '--cmaf', '--dash', '--hls', KEY_OPTION);
    assert.deepEqual([...result.manifests].sort(), [
      'cmaf/master.m3u8',
      'cmaf/stream.mpd',
      'dash/stream.mpd',
      'hls/master.m3u8',
    ]);
    const files = await filesBelow(folder);
    assert.deepEqual(result.files.map(({ path }) => path).sort(), Object.keys(files).sort());
    for (const { path, size } of result.files) assert.equal(size, files[path].length, path);
    const written = result.files.map(({ path }) => path);
    assert.ok(
      written.findIndex((path) => result.manifests.includes(path)) >=
        written.findLastIndex((path) => /\.(m4s|mp4)$/.test(path)),
      'manifests are written last',
    );
  });

  const schema = process.env.TABPACK_XSD;
  const withoutSchema = schema ? false : 'TABPACK_XSD names no DASH schema (DASH-MPD.xsd)';
  const cases = [
    ['bframes-1080p.mp4'],
    ['two-stsd.mp4'],
    ['vfr.mp4'],
    ['audio-only.m4a'],
    ['video-only.mp4'],
    ['interlaced.mp4'],
    ['offset-start.mp4'],
    ['extra-tracks.mov'],
    ['ladder-360p.mp4', 'ladder-720p.mp4'],
  ];
  for (const inputs of cases) {
    test(`the MPD of ${inputs.join(' and ')} is valid by the DASH schema`, { skip: withoutSchema }, async (t) => {
      for (const protection of [
        ['--scheme', 'cenc', KEY_OPTION],
        ['--scheme', 'cbcs', KEY_OPTION],
        ['--no-encryption'],
      ]) {
        const folder = await temporaryFolder(t);
        await packaged(inputs.map(fixture), '-o', folder, '--cmaf', '--dash', protection, LEAVE_OUT);
        await validMpd(join(folder, 'cmaf/stream.mpd'), schema ?? '');
        await validMpd(join(folder, 'dash/stream.mpd'), schema ?? '');
      }
    });
  }

  for (const scheme of SCHEMES) {
    test(`the MPD signals ${scheme} with the key id and ClearKey`, async (t) => {
      const folder = await temporaryFolder(t);
      await packaged(fixture('bframes-1080p.mp4'), '-o', folder, '--scheme', scheme, KEY_OPTION);
      const mpd = join(folder, 'cmaf/stream.mpd');
      const uuid = KID.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
      const common = `//*[local-name()="AdaptationSet"]/*[local-name()="ContentProtection"][@schemeIdUri="urn:mpeg:dash:mp4protection:2011"]`;
      assert.equal(await xpath(mpd, 'string(count(//*[local-name()="AdaptationSet"]))'), '2');
      assert.equal(
        await xpath(mpd, `string(count(${common}[@value="${scheme}"][@*[local-name()="default_KID"]="${uuid}"]))`),
        '2',
      );
      for (const system of ['e2719d58-a985-b3c9-781a-b030af78d30e', '1077efec-c0b2-4d02-ace3-3c1e52e2fb4b']) {
        const count = await xpath(
          mpd,
          `string(count(//*[local-name()="ContentProtection"][@schemeIdUri="urn:uuid:${system}"]))`,
        );
        assert.equal(count, '2', system);
      }
    });
  }

  for (const [name, inputs, options] of /** @type {[name: string, inputs: string[], options: Arg[]][]} */ ([
    ['one clip', ['bframes-1080p.mp4'], ['--segment-duration', 2, KEY_OPTION]],
    ['one clip, not encrypted', ['bframes-1080p.mp4'], ['--no-encryption']],
    ['a ladder', ['ladder-360p.mp4', 'ladder-720p.mp4'], ['--segment-duration', 2, KEY_OPTION]],
    ['sound only', ['audio-only.m4a'], [KEY_OPTION]],
    ['picture only', ['video-only.mp4'], [KEY_OPTION]],
    ['variable frame rate', ['vfr.mp4'], ['--segment-duration', 2, KEY_OPTION]],
  ])) {
    test(`playlists of ${name} pass a strict parser and tell the truth`, async (t) => {
      const folder = await temporaryFolder(t);
      await packaged(inputs.map(fixture), '-o', folder, '--cmaf', '--hls', options);
      for (const target of ['cmaf', 'hls'])
        await truePlaylists(join(folder, target), { clear: options.includes('--no-encryption') });
    });
  }

  test('CODECS is what the configuration records say', async (t) => {
    const folder = await temporaryFolder(t);
    const { report } = await packaged(fixture('bframes-1080p.mp4'), '-o', folder, KEY_OPTION);
    const entry = table(track(parse(await readFile(fixture('bframes-1080p.mp4'))), 'vide'), 'stsd').children[0].body;
    const profile = entry
      .subarray(entry.indexOf('avcC') + 5)
      .subarray(0, 3)
      .toString('hex')
      .toUpperCase();
    const expected = [`avc1.${profile}`, 'mp4a.40.2'];
    assert.deepEqual(
      report.tracks.map(({ codecs }) => normalCase(codecs)),
      expected,
    );
    const { variants } = await playlist(join(folder, 'cmaf/master.m3u8'));
    assert.deepEqual(
      variants.map(({ codecs }) => (codecs ?? '').split(',').map(normalCase)),
      [expected, [expected[0]]],
    ); // of the key frames, too
    for (const codecs of expected) {
      const found = await xpath(
        join(folder, 'cmaf/stream.mpd'),
        `string(count(//@codecs[translate(., "abcdef", "ABCDEF")="${codecs.replace(/[a-f]/g, (c) => c.toUpperCase())}"]))`,
      );
      assert.equal(found, '1', `${codecs} in the MPD`);
    }
  });
});

describe('keys and seeds', { concurrency }, () => {
  const files = async (
    /** @type {Pick<TestContext, "after">} */ t,
    /** @type {(string | string[])[]} */ ...options
  ) => {
    const folder = await temporaryFolder(t);
    const result = await tabpack(
      'package',
      fixture('slices.mp4'),
      '-o',
      folder,
      '--cmaf',
      '--dash',
      '--hls',
      ...options,
    );
    assert.equal(result.status, 0, result.stderr);
    return { ...result, files: await filesBelow(folder) };
  };

  test('the same seed gives the same bytes, another seed other ones', async (t) => {
    const [one, two, other] = [await files(t, SEED), await files(t, SEED), await files(t, '--seed', 'ff')];
    assert.deepEqual(one.files, two.files);
    for (const path of Object.keys(one.files).filter((name) => name.endsWith('.m4s'))) {
      assert.notDeepEqual(one.files[path], other.files[path], path);
    }
  });

  test('the same seed with a given key gives the same bytes, in whatever notation the key is', async (t) => {
    const bytes = (/** @type {import('buffer').WithImplicitCoercion<string>} */ hex) => Buffer.from(hex, 'hex');
    const uuid = (/** @type {string} */ hex) => hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
    const expected = await files(t, SEED, KEY_OPTION);
    for (const given of [
      `${KID.toUpperCase()}:${KEY.toUpperCase()}`,
      `${uuid(KID)}:${uuid(KEY)}`,
      `${bytes(KID).toString('base64')}:${bytes(KEY).toString('base64')}`,
      `${bytes(KID).toString('base64url')}:${KEY}`,
      `${uuid(KID)}:${bytes(KEY).toString('base64url')}`,
    ]) {
      assert.deepEqual((await files(t, SEED, '--key', given)).files, expected.files, given);
    }
  });

  for (const json of [[], ['--json']]) {
    const how = json.length > 0 ? ' with --json' : '';
    test(`a given key is not printed${how}`, async (t) => {
      const { stdout, stderr } = await files(t, KEY_OPTION, json);
      for (const secret of notations(KEY)) assert.ok(!(stdout + stderr).includes(secret), `${secret} was printed`);
    });

    test(`a random key is printed${how}, and it decrypts`, async (t) => {
      const folder = await temporaryFolder(t);
      const { status, stdout, stderr } = await tabpack('package', fixture('slices.mp4'), '-o', folder, json);
      assert.equal(status, 0, stderr);
      const kid = (await xpath(join(folder, 'cmaf/stream.mpd'), 'string(//@*[local-name()="default_KID"])')).replaceAll(
        '-',
        '',
      );
      const candidates =
        json.length > 0
          ? JSON.parse(stdout).keys.map((/** @type {{ key: Notations }} */ { key }) => key.hex)
          : [...new Set(`${stdout}\n${stderr}`.match(/\b[0-9a-f]{32}\b/g))].filter((hex) => hex !== kid);
      assert.equal(candidates.length, 1, `${stdout}${stderr}`);
      const joined = await joinedTrack(join(folder, 'cmaf/video-1'), join(folder, 'video'));
      const clear = await packets(await decryptedByShaka(joined, 'video', { kid, key: candidates[0] }), 'video');
      sameBytes(clear, await inputPackets('slices.mp4', 'video'), 'video');
    });
  }

  test('two random keys differ', async (t) => {
    const made = async () => (await packaged(fixture('slices.mp4'), '-o', await temporaryFolder(t))).keys[0];
    const [one, two] = [await made(), await made()];
    assert.equal(one.generated, true);
    assert.notEqual(one.key.hex, two.key.hex);
    assert.notEqual(one.kid.hex, two.kid.hex);
  });

  test('a given key stays out of the files', async (t) => {
    const { files: written } = await files(t, KEY_OPTION);
    for (const [path, bytes] of Object.entries(written)) {
      for (const secret of [Buffer.from(KEY, 'hex'), ...notations(KEY)])
        assert.ok(!bytes.includes(secret), `${path} holds the key`);
    }
  });

  test('--iv is the constant IV of cbcs and the first IV of cenc', async (t) => {
    const long = 'a1a2a3a4a5a6a7a8a9aaabacadaeafb0';
    const cbcs = await temporaryFolder(t);
    await packaged(fixture('slices.mp4'), '-o', cbcs, '--scheme', 'cbcs', '--iv', long, KEY_OPTION);
    assert.ok((await readFile(join(cbcs, 'cmaf/video-1/init.mp4'))).includes(Buffer.from(long, 'hex')), 'in tenc');
    const cenc = await temporaryFolder(t);
    const short = long.slice(0, 16);
    const { report } = await packaged(fixture('slices.mp4'), '-o', cenc, '--scheme', 'cenc', '--iv', short, KEY_OPTION);
    const holds = await Promise.all(
      report.tracks.map(async ({ id }) =>
        (await readFile(join(cenc, 'cmaf', id, '1.m4s'))).includes(Buffer.from(short, 'hex')),
      ),
    );
    assert.ok(holds.includes(true), 'in senc');
  });

  test('no track counts through the IVs of another', async (t) => {
    const folder = await temporaryFolder(t);
    const { report } = await packaged(
      fixture('slices.mp4'),
      '-o',
      folder,
      '--scheme',
      'cenc',
      '--iv',
      'a1a2a3a4a5a6a7a8',
      KEY_OPTION,
    );
    const all = [];
    for (const { id } of report.tracks) {
      const [, ...segments] = await trackFiles(join(folder, 'cmaf', id));
      for (const segment of segments) all.push(...initializationVectors(await readFile(segment)));
    }
    assert.equal(
      all.length,
      report.tracks.reduce((sum, { samples }) => sum + samples, 0),
    );
    assert.equal(new Set(all).size, all.length, 'an IV is used twice');
  });
});

describe('bad input', { concurrency }, () => {
  for (const [name, code, number] of [
    ['empty.mp4', 'INPUT_EMPTY', 1202],
    ['not-an-mp4.mp4', 'INPUT_NOT_RECOGNISED', 1202],
    ['truncated-moov.mp4', 'MP4_BOX_TRUNCATED', 1202],
    ['truncated-mdat.mp4', 'MP4_BOX_TRUNCATED', 1202],
    ['no-track.mp4', 'TRACK_NONE', 1102],
    ['sample-past-end.mp4', 'MP4_SAMPLE_OUT_OF_FILE', 1202],
    ['zero-size-child.mp4', 'MP4_BOX_INVALID', 1202],
    ['huge-stsz.mp4', 'MP4_BOX_TRUNCATED', 1202],
  ]) {
    test(`${name} gives ${code} and leaves nothing`, async (t) => {
      const folder = await temporaryFolder(t);
      const output = join(folder, 'out');
      const { status, stdout, stderr } = await tabpack('package', fixture(`bad/${name}`), '-o', output, KEY_OPTION);
      assert.equal(status, 1);
      isFailure(stderr, code, number);
      assert.equal(stdout, '');
      assert.deepEqual(await filesBelow(output), {});
    });
  }

  test('damage is reported with the box and the offset', async (t) => {
    const folder = await temporaryFolder(t);
    for (const [name, boxes] of /** @type {[name: string, boxes: RegExp][]} */ ([
      ['truncated-moov.mp4', /moov/],
      ['truncated-mdat.mp4', /mdat/],
      ['huge-stsz.mp4', /moov\/trak(\[\d+\])?\/mdia\/minf\/stbl\/stsz/],
    ])) {
      const { stderr } = await tabpack('package', fixture(`bad/${name}`), '-o', folder);
      assert.match(stderr, boxes);
      assert.match(stderr, /at byte \d+/);
    }
  });

  test('a failure leaves what was in the folder before', async (t) => {
    const folder = await temporaryFolder(t);
    await writeFile(join(folder, 'keep.txt'), 'mine');
    const { status } = await tabpack('package', fixture('bad/sample-past-end.mp4'), '-o', folder);
    assert.equal(status, 1);
    assert.deepEqual(Object.keys(await filesBelow(folder)), ['keep.txt']);
  });

  test('one bad input among good ones fails the presentation', async (t) => {
    const output = join(await temporaryFolder(t), 'out');
    const { status, stderr } = await tabpack(
      'package',
      fixture('slices.mp4'),
      fixture('bad/truncated-mdat.mp4'),
      '-o',
      output,
    );
    assert.equal(status, 1);
    isFailure(stderr, 'MP4_BOX_TRUNCATED', 1202);
    assert.match(stderr, /truncated-mdat\.mp4/);
    assert.deepEqual(await filesBelow(output), {});
  });

  test('an input that is not there', async (t) => {
    const output = join(await temporaryFolder(t), 'out');
    const { status, stderr } = await tabpack('package', join(output, 'nothing.mp4'), '-o', output);
    assert.equal(status, 1);
    isFailure(stderr, 'INPUT_NOT_FOUND', 1201);
  });

  test('an output whose place is taken by a file', async (t) => {
    const folder = await temporaryFolder(t);
    await writeFile(join(folder, 'out'), 'a file');
    const { status, stderr } = await tabpack('package', fixture('slices.mp4'), '-o', join(folder, 'out'));
    assert.equal(status, 1);
    isFailure(stderr, 'OUTPUT_WRITE_FAILED', 1202);
    assert.equal(await readFile(join(folder, 'out'), 'utf8'), 'a file');
  });

  test('an output whose name is too long', async (t) => {
    const folder = await temporaryFolder(t);
    const { status, stderr } = await tabpack('package', fixture('slices.mp4'), '-o', join(folder, 'n'.repeat(300)));
    assert.equal(status, 1);
    isFailure(stderr, 'OUTPUT_NAME_TOO_LONG', 1204);
  });
});

describe('usage', { concurrency }, () => {
  const input = fixture('slices.mp4');
  for (const [
    what,
    args,
    code,
    number,
  ] of /** @type {[what: string, args: string[], code: string, number: number][]} */ ([
    ['no command', [], 'OPTION_MISSING', 1101],
    ['no input', ['package', '-o', 'out'], 'OPTION_MISSING', 1101],
    ['no output', ['package', input], 'OPTION_MISSING', 1101],
    ['an option without its value', ['package', input, '-o'], 'OPTION_MISSING', 1101],
    ['an unknown command', ['unpack', input, '-o', 'out'], 'OPTION_INVALID', 1102],
    ['an unknown option', ['package', input, '-o', 'out', '--fast'], 'OPTION_INVALID', 1102],
    ['an unknown scheme', ['package', input, '-o', 'out', '--scheme', 'cens'], 'OPTION_INVALID', 1102],
    ['a duration of zero', ['package', input, '-o', 'out', '--segment-duration', '0'], 'OPTION_INVALID', 1102],
    ['a duration above 60', ['package', input, '-o', 'out', '--segment-duration', '61'], 'OPTION_INVALID', 1102],
    [
      'a duration that is no number',
      ['package', input, '-o', 'out', '--segment-duration', 'six'],
      'OPTION_INVALID',
      1102,
    ],
    ['a seed that is not hexadecimal', ['package', input, '-o', 'out', '--seed', 'xyz'], 'OPTION_INVALID', 1102],
    ['a key without its key id', ['package', input, '-o', 'out', '--key', KEY], 'KEY_INVALID', 1102],
    [
      'a key that is too short',
      ['package', input, '-o', 'out', '--key', `${KID}:${KEY.slice(2)}`],
      'KEY_INVALID',
      1102,
    ],
    ['an IV that is too short', ['package', input, '-o', 'out', '--iv', 'a1a2a3'], 'IV_INVALID', 1102],
    [
      'an IV of cenc for cbcs',
      ['package', input, '-o', 'out', '--scheme', 'cbcs', '--iv', 'a1a2a3a4a5a6a7a8'],
      'IV_INVALID',
      1102,
    ],
  ])) {
    test(`${what} gives ${code}`, async (t) => {
      const folder = await temporaryFolder(t);
      // A wrong call must not reach the point of writing; if it does, it writes here.
      const { status, stdout, stderr } = await tabpack(args.map((arg) => (arg === 'out' ? join(folder, 'out') : arg)));
      assert.equal(status, 1);
      isFailure(stderr, code, number);
      assert.equal(stdout, '');
      assert.ok(!stderr.includes(KEY.slice(2)), 'a message never holds the key');
      assert.deepEqual(await filesBelow(folder), {});
    });
  }

  test('--help lists the commands, and of each command all of its flags', async () => {
    const all = await tabpack(['--help']);
    assert.equal(all.status, 0);
    for (const { name, flags } of await commands()) {
      assert.match(all.stdout, new RegExp(`^  tabpack ${name} `, 'm'));
      const { status, stdout } = await tabpack([name, '--help']);
      assert.equal(status, 0);
      for (const flag of flags) assert.match(stdout, new RegExp(`^  .*--${flag.name}( |$)`, 'm'), flag.name);
      assert.ok(
        stdout.split('\n').every((line) => line.length <= 100),
        `the help of ${name} fits a terminal`,
      );
    }
    assert.match((await tabpack(['package', '--help'])).stdout, /--key-server KIND/);
  });

  // Misspelt on purpose. cspell:ignore pakage encrytion widevin
  for (const [what, args, said] of /** @type {[what: string, args: string[], said: RegExp][]} */ ([
    [
      'a flag of another command',
      ['verify', '.', '--cmaf'],
      /tabpack verify has no --cmaf, which belongs to tabpack package/,
    ],
    [
      'a mistyped flag',
      ['package', input, '-o', 'x', '--encrytion'],
      /has no --encrytion; did you mean --no-encryption\?/,
    ],
    ['a flag that is like none', ['check', '.', '--zzz'], /tabpack check has no --zzz \(/],
    ['a mistyped command', ['pakage', input], /unknown command "pakage"; did you mean package\?/],
    ['an option of the core, by its flag', ['package', input, '-o', 'x', '--hls-audio', 'ts'], /option --hls-audio\)/],
    ['an unknown DRM system', ['package', input, '-o', 'x', '--drm', 'widevin'], /did you mean widevine\?/],
  ])) {
    test(`${what} is told apart`, async () => {
      const { status, stderr } = await tabpack(args);
      assert.equal(status, 1);
      isFailure(stderr, 'OPTION_INVALID', 1102);
      assert.match(stderr, said);
    });
  }

  test('names with spaces and letters of any script', async (t) => {
    const folder = await temporaryFolder(t);
    const name = join(folder, 'mein Film – 映画 #1.mp4');
    await writeFile(name, await readFile(input));
    const output = join(folder, 'out put');
    await mkdir(output);
    await packaged(name, '-o', output);
    assert.ok((await stat(join(output, 'cmaf/stream.mpd'))).size > 0);
  });
});

// --- What the tests assert ------------------------------------------------------------------------

/**
 * Asserts that the result has each kind of track that the input has.
 *
 * @param {string} name
 * @param {import('tabpack').Report} report
 */
async function everyTrack(name, report) {
  const kinds = ['video', 'audio'].filter(
    (kind) =>
      !(kind === 'video' && name.startsWith('audio-only')) &&
      !(kind === 'audio' && /^(video-only|two-stsd)/.test(name)),
  );
  assert.deepEqual(
    report.tracks.filter(isMedia).map(({ kind }) => kind),
    kinds,
  );
}

/**
 * Text is made into something else: its tests are in text.test.mjs.
 *
 * @param {{ kind: string }} options
 */
function isMedia({ kind }) {
  return kind !== 'text';
}

/**
 * Asserts that no packet long enough to be protected came through as it was.
 *
 * @param {Packets} encrypted
 * @param {Packets} input
 * @param {string} what
 */
function isEncrypted(encrypted, input, what) {
  assert.equal(encrypted.list.length, input.list.length);
  encrypted.list.forEach((packet, index) => {
    // A short slice may have no whole block behind its header.
    if (packet.size > 400)
      assert.notEqual(packet.hash, input.list[index].hash, `${what}: packet ${index} is in the clear`);
  });
}

/**
 * Asserts the form of a failure on stderr: the string code, the numeric code, a sentence, and no stack trace.
 *
 * @param {string} stderr
 * @param {string | number | string[]} code
 * @param {string | number | string[]} number
 */
function isFailure(stderr, code, number) {
  assert.match(stderr, new RegExp(`\\b${code}\\b`));
  assert.match(stderr, new RegExp(`(^|[^\\d])${number}([^\\d]|$)`));
  assert.match(stderr, /[A-Za-z]{2,}( \S+){2,}/);
  assert.doesNotMatch(stderr, /^\s+at .*:\d+:\d+/m);
}

/** A codecs parameter with the digits of avc1 in upper case; RFC 6381 leaves the case open. */
const normalCase = (/** @type {string} */ codecs) =>
  codecs.replace(
    /^(avc[13]\.)(.*)$/,
    (/** @type {any} */ _, /** @type {any} */ entry, /** @type {string} */ digits) => entry + digits.toUpperCase(),
  );

/**
 * 16 bytes in the notations that tools of this field use.
 *
 * @param {string} hex
 */
function notations(hex) {
  const bytes = Buffer.from(hex, 'hex');
  const uuid = hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
  return [hex, hex.toUpperCase(), uuid, bytes.toString('base64').slice(0, 22), bytes.toString('base64url')];
}

/**
 * The 8-byte IVs of a segment's senc box; ISO/IEC 23001-7 clause 7.2.
 *
 * @param {Buffer} segment
 */
function initializationVectors(segment) {
  const at = segment.indexOf('senc');
  const subsamples = (segment.readUInt32BE(at + 4) & 2) !== 0;
  const count = segment.readUInt32BE(at + 8);
  const found = [];
  for (let n = 0, next = at + 12; n < count; n++) {
    found.push(segment.toString('hex', next, next + 8));
    next += 8;
    if (subsamples) next += 2 + 6 * segment.readUInt16BE(next);
  }
  return found;
}

/**
 * Asserts that the playlists below a folder agree with the files that they name.
 *
 * @param {string} folder
 * @param {{ clear: boolean }} what
 */
async function truePlaylists(folder, { clear }) {
  const master = await playlist(join(folder, 'master.m3u8'));
  assert.ok(master.variants.length > 0);

  const media = new Map();
  // What playlists of key frames say is checked in hls-rules.test.mjs.
  const variants = master.variants.filter(({ isIFrameOnly }) => !isIFrameOnly);
  assert.ok(variants.length > 0);
  const uris = new Set(
    variants.flatMap(({ uri, audio }) => [uri, ...audio.map((rendition) => rendition.uri).filter(Boolean)]),
  );
  for (const uri of uris) {
    const path = join(folder, decodeURIComponent(uri ?? ''));
    const list = await playlist(path);
    assert.ok(list.endlist, `${uri}: EXT-X-ENDLIST`);
    assert.equal(list.playlistType, 'VOD');
    let bits = 0;
    let seconds = 0;
    let peak = 0;
    for (const segment of list.segments) {
      assert.ok(
        Math.round(segment.duration) <= list.targetDuration,
        `${uri}: EXTINF ${segment.duration} within ${list.targetDuration}`,
      );
      const { size } = await stat(join(dirname(path), decodeURIComponent(segment.uri)));
      if (segment.map) await stat(join(dirname(path), decodeURIComponent(segment.map.uri)));
      assert.equal(
        segment.key === null || segment.key === undefined || segment.key.method === 'NONE',
        clear,
        `${uri}: EXT-X-KEY`,
      );
      bits += size * 8;
      seconds += segment.duration;
      peak = Math.max(peak, (size * 8) / segment.duration);
    }
    media.set(uri, { peak, average: bits / seconds });
  }

  for (const { uri, bandwidth, averageBandwidth, codecs, resolution, audio } of variants) {
    assert.ok(codecs, `${uri}: CODECS`);
    if (codecs.includes('avc')) assert.ok((resolution?.width ?? 0) > 0, `${uri}: RESOLUTION`);
    const own = media.get(uri);
    const sound = audio.map((rendition) => media.get(rendition.uri)).filter((one) => one && one !== own);
    const most = (/** @type {string} */ figure) => Math.max(0, ...sound.map((one) => one[figure]));
    // BANDWIDTH is an upper bound and must not be a lavish one: at most the sum of both peaks, and rounding.
    assert.ok(bandwidth >= own.peak - 1, `${uri}: BANDWIDTH ${bandwidth} under the peak ${own.peak}`);
    assert.ok(
      bandwidth <= (own.peak + most('peak')) * 1.01 + 1,
      `${uri}: BANDWIDTH ${bandwidth} over ${own.peak + most('peak')}`,
    );
    const average = own.average + most('average');
    assert.ok(
      Math.abs((averageBandwidth ?? 0) - average) <= average * 0.01 + 1,
      `${uri}: AVERAGE-BANDWIDTH ${averageBandwidth} for ${average}`,
    );
  }
}
