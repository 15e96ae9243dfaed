// Every codec by every scheme and layout, read back by other people's decryptors. A cell that one of them can't
// read says why.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import {
  decryptedByShaka,
  filesBelow,
  fixture,
  fragmentsOf,
  joinedTrack,
  KEY,
  KID,
  packaged,
  packets,
  packetsOfFragments,
  playlist,
  run,
  SHAKA_PACKAGER,
  sameBytes,
  sameTimes,
  subsamples,
  tabpack,
  temporaryFolder,
  validMpd,
  xpath,
} from './support.mjs';

const concurrency = availableParallelism();
const KEY_OPTION = ['--key', `${KID}:${KEY}`];

/** The schemes with the target that takes each. */
const SCHEMES = { cenc: '--cmaf', cbcs: '--cmaf', cens: '--dash', cbc1: '--dash' };
const LAYOUTS = { segmented: [], 'single file': ['--single-file'] };

const CENC_ONLY = { cbcs: 'refused', cens: 'refused', cbc1: 'refused' };
const CENC_AND_CBCS = { cens: 'refused', cbc1: 'refused' };

/**
 * The fixtures: the RFC 6381 name, or its beginning; the schemes that are refused.
 *
 * @type {Record<string, { codecs: string } & Partial<Record<string, string>>>}
 */
const CODECS = {
  'slices.mp4': { codecs: 'avc1.64000C' },
  'avc3-bare.mp4': { codecs: 'avc1.64000C' },
  'hevc.mp4': { codecs: 'hvc1.1.6.L60.90' },
  'hevc-slices.mp4': { codecs: 'hvc1.2.4.L60.90' },
  'hev1.mp4': { codecs: 'hvc1.1.6.L60.90' },
  'av1.mp4': { codecs: 'av01.0.00M.08', ...CENC_AND_CBCS },
  'av1-tiles.mp4': { codecs: 'av01.0.05M.08', ...CENC_AND_CBCS },
  'av1-10bit.mp4': { codecs: 'av01.0.00M.10', ...CENC_AND_CBCS },
  'vp9.mp4': { codecs: 'vp09.00.11.08', ...CENC_ONLY },
  'vp9-profile2.mp4': { codecs: 'vp09.02.11.10', ...CENC_ONLY },
  'vp8.mp4': { codecs: 'vp08.00.11.08', ...CENC_ONLY },
};

/** What each reader can't do is a sentence by scheme and kind of track. */
const READERS = {
  'Shaka Packager': {
    not: (/** @type {string} */ scheme, /** @type {string} */ kind) =>
      scheme === 'cens' &&
      kind === 'audio' &&
      'it and ffmpeg differ on sound under cens (pattern 0:0); ours is as ffmpeg has it',
    /**
     * @param {string} joined
     * @param {string} kind
     */
    async read(joined, kind) {
      return packets(await decryptedByShaka(joined, kind), kind);
    },
  },
  ffmpeg: {
    not: () => false,
    /**
     * @param {string} joined
     * @param {string} kind
     */
    async read(joined, kind) {
      return packetsOfFragments(await fragmentsOf(joined, joined.replace(/\.mp4$/, '')), kind, '-decryption_key', KEY);
    },
  },
};

describe('codecs', { concurrency }, () => {
  for (const [name, cell] of Object.entries(CODECS)) {
    for (const [scheme, target] of Object.entries(SCHEMES)) {
      if (cell[scheme] === 'refused') {
        test(`${name}, ${scheme}: refused by name before anything is written`, async (t) => {
          const folder = join(await temporaryFolder(t), 'out');
          const { status, stderr } = await tabpack(
            'package',
            fixture(name),
            '-o',
            folder,
            target,
            '--scheme',
            scheme,
            KEY_OPTION,
          );
          assert.equal(status, 1);
          assert.match(stderr, /SCHEME_UNSUPPORTED/);
          assert.match(stderr, /(AV1|VP8|VP9) can't be protected by/);
        });
        continue;
      }
      for (const [layout, option] of Object.entries(LAYOUTS)) {
        test(`${name}, ${scheme}, ${layout}`, async (t) => {
          const folder = await temporaryFolder(t);
          const { report } = await packaged(
            fixture(name),
            '-o',
            folder,
            target,
            option,
            '--scheme',
            scheme,
            KEY_OPTION,
          );
          const video = report.tracks.find(({ kind }) => kind === 'video');
          assert.ok(video.codecs.toLowerCase().startsWith(cell.codecs.toLowerCase()), video.codecs);
          for (const { id, kind } of report.tracks) {
            const joined =
              layout === 'single file'
                ? join(folder, target.slice(2), `${id}.mp4`)
                : await joinedTrack(join(folder, target.slice(2), id), join(folder, id));
            const input = await packets(fixture(name), kind);
            const encrypted = await packets(joined, kind);
            assert.equal(encrypted.list.length, input.list.length);
            const untouched = encrypted.list.filter(
              ({ size, hash }, index) => size > 400 && hash === input.list[index].hash,
            );
            assert.equal(
              untouched.length,
              0,
              `${id}: ${untouched.length} packets of a size to be protected are as they were`,
            );
            for (const [who, reader] of Object.entries(READERS)) {
              const reason = reader.not(scheme, kind);
              if (reason) {
                t.diagnostic(`not read by ${who}: ${reason}`);
                continue;
              }
              const clear = await reader.read(joined, kind);
              sameBytes(clear, input, `${id}, ${who}`);
              sameTimes(clear, input, `${id}, ${who}`);
            }
          }
        });
      }
    }
  }
});

test("where no scheme is asked for, what cbcs can't protect is in cenc, and the report says so", async (t) => {
  const { report } = await packaged(fixture('vp9.mp4'), '-o', await temporaryFolder(t), '--cmaf', '--hls', KEY_OPTION);
  assert.deepEqual(report.schemes, { cmaf: 'cenc', hls: 'cenc' });
  assert.equal(
    report.warnings.filter((warning) =>
      /^VP9 can't be protected by cbcs, only by cenc: (cmaf|hls) is in cenc/.test(warning),
    ).length,
    2,
  );
});

describe('subsamples are where Shaka Packager puts them', { concurrency }, () => {
  for (const [name, cell] of Object.entries(CODECS)) {
    for (const scheme of ['cenc', 'cbcs']) {
      const reason = name === 'vp8.mp4' && 'Shaka Packager protects VP8 whole, against the binding';
      if (cell[scheme] === 'refused') continue;
      test(`${name}, ${scheme}`, { skip: reason }, async (t) => {
        const folder = await temporaryFolder(t);
        await packaged(fixture(name), '-o', folder, '--cmaf', '--single-file', '--scheme', scheme, KEY_OPTION);
        const theirs = join(folder, 'shaka.mp4');
        const { status, stderr } = await run(SHAKA_PACKAGER, [
          `in=${fixture(name)},stream=video,output=${theirs}`,
          '--enable_raw_key_encryption',
          '--protection_scheme',
          scheme,
          '--keys',
          `label=:key_id=${KID}:key=${KEY}`,
          '--clear_lead',
          '0',
        ]);
        assert.equal(status, 0, stderr);
        const ivSize = scheme === 'cenc' ? 8 : 0;
        // A range without a whole block is clear, whichever count it stands in.
        const blocks = (/** @type {any[]} */ list) =>
          list.map((/** @type {any[]} */ ranges) => ranges.filter(([start, end]) => end - start >= 16));
        const [ours, shakas] = await Promise.all(
          [join(folder, 'cmaf/video-1.mp4'), theirs].map(async (path) =>
            blocks(subsamples(await readFile(path), ivSize)),
          ),
        );
        assert.ok(ours.length > 0);
        assert.deepEqual(ours, shakas);
      });
    }
  }
});

describe('AV1', () => {
  test('under cbcs each tile has a subsample, however short', async (t) => {
    const folder = await temporaryFolder(t);
    await packaged(fixture('av1-tiles.mp4'), '-o', folder, '--single-file', '--scheme', 'cbcs', KEY_OPTION);
    const samples = subsamples(await readFile(join(folder, 'cmaf/video-1.mp4')), 0);
    assert.ok(
      samples.some((ranges) => ranges.length >= 16),
      'a frame of 16 tiles',
    );
    assert.ok(
      samples.some((ranges) => ranges.some(([start, end]) => end - start < 16)),
      'a tile of less than a block',
    );
  });

  test('more tiles in a sample than its encryption information can list are refused with advice', async (t) => {
    const folder = join(await temporaryFolder(t), 'out');
    const { status, stderr } = await tabpack(
      'package',
      fixture('bad/av1-too-many-tiles.mp4'),
      '-o',
      folder,
      KEY_OPTION,
    );
    assert.equal(status, 1);
    assert.match(stderr, /CODEC_UNSUPPORTED/);
    assert.match(stderr, /encode it with fewer/i);
    assert.deepEqual(await filesBelow(folder), {});
    // Nothing stands in the way of the clear samples.
    await packaged(fixture('bad/av1-too-many-tiles.mp4'), '-o', folder, '--no-encryption');
  });
});

describe('a clear lead that ends within a group of pictures', { concurrency }, () => {
  // The headers of the protected samples depend on those of the clear ones before; the first has B pictures, too.
  for (const name of ['bframes-1080p.mp4', 'hevc.mp4', 'av1.mp4', 'vp9.mp4']) {
    test(name, async (t) => {
      const folder = await temporaryFolder(t);
      await packaged(
        fixture(name),
        '-o',
        folder,
        '--single-file',
        '--scheme',
        'cenc',
        '--clear-lead',
        1.2,
        '--segment-duration',
        2,
        KEY_OPTION,
      );
      const input = await packets(fixture(name), 'video');
      const single = join(folder, 'cmaf/video-1.mp4');
      sameBytes(await packets(await decryptedByShaka(single, 'video'), 'video'), input, name);
      const fragments = await fragmentsOf(single, join(folder, 'video'));
      assert.ok(fragments.length >= 3, 'a clear and a protected fragment in the first segment');
      const isClear = await Promise.all(fragments.map(async (path) => !(await readFile(path)).includes('senc')));
      const changes = isClear.filter((clear, index) => index > 0 && clear !== isClear[index - 1]).length;
      assert.equal(changes, 1, 'one change in decoding order');
      const encrypted = await packetsOfFragments(fragments, 'video');
      const first = encrypted.list.findIndex(({ hash }, index) => hash !== input.list[index].hash);
      assert.ok(first > 0 && !encrypted.list[first].key, `the first encrypted packet, ${first}, is no key frame`);
    });
  }
});

describe('names and signalling', { concurrency }, () => {
  for (const name of ['hev1.mp4', 'avc3-bare.mp4', 'avc3.mp4', 'dolby-vision-5.mp4']) {
    test(`${name}: the entry is renamed, with the parameter sets that were in band`, async (t) => {
      const folder = await temporaryFolder(t);
      const { report } = await packaged(fixture(name), '-o', folder, '--no-encryption');
      assert.match(report.tracks[0].codecs, /^(hvc1|avc1|dvh1)\./);
      assert.deepEqual(report.warnings, []);
      assert.equal(`${report.tracks[0].width}x${report.tracks[0].height}`, '320x180');
      const init = await readFile(join(folder, 'cmaf/video-1/init.mp4'));
      const record = name.startsWith('avc') ? 'avcC' : 'hvcC';
      const at = init.indexOf(record) - 4;
      assert.ok(init.readUInt32BE(at) > 40, `${record} of ${init.readUInt32BE(at)} bytes`);
      // ffmpeg decodes from the record: the whole track without a complaint.
      const joined = await joinedTrack(join(folder, 'cmaf', 'video-1'), join(folder, 'joined'));
      sameBytes(await packets(joined, 'video'), await packets(fixture(name), 'video'), name);
    });
  }

  for (const [name, range, points] of [
    ['hevc-hdr10.mp4', 'PQ', '9,16,9'],
    ['hevc-hlg.mp4', 'HLG', '9,18,9'],
    ['dolby-vision-8.mp4', 'PQ', '9,16,9'],
  ]) {
    test(`${name} is signalled as ${range}`, async (t) => {
      const folder = await temporaryFolder(t);
      await packaged(fixture(name), '-o', folder, KEY_OPTION);
      const master = await readFile(join(folder, 'cmaf/master.m3u8'), 'utf8');
      assert.match(master, new RegExp(`VIDEO-RANGE=${range}(,|\\n)`));
      await playlist(join(folder, 'cmaf/master.m3u8'));
      const mpd = join(folder, 'cmaf/stream.mpd');
      const values = await Promise.all(
        ['ColourPrimaries', 'TransferCharacteristics', 'MatrixCoefficients'].map((scheme) =>
          xpath(
            mpd,
            `string(//*[local-name()="EssentialProperty"][@schemeIdUri="urn:mpeg:mpegB:cicp:${scheme}"]/@value)`,
          ),
        ),
      );
      assert.equal(values.join(), points);
    });
  }

  test('SDR says nothing of its range', async (t) => {
    const folder = await temporaryFolder(t);
    await packaged(fixture('hevc.mp4'), '-o', folder, KEY_OPTION);
    assert.doesNotMatch(await readFile(join(folder, 'cmaf/master.m3u8'), 'utf8'), /VIDEO-RANGE/);
    assert.doesNotMatch(await readFile(join(folder, 'cmaf/stream.mpd'), 'utf8'), /cicp:(Colour|Transfer|Matrix)/);
  });

  test('Dolby Vision 8 stands beside HEVC, 5 alone', async (t) => {
    const folder = await temporaryFolder(t);
    await packaged(fixture('dolby-vision-8.mp4'), '-o', join(folder, '8'), KEY_OPTION);
    const master = await readFile(join(folder, '8/cmaf/master.m3u8'), 'utf8');
    assert.match(master, /CODECS="hvc1\.2\.4\.[^"]*",SUPPLEMENTAL-CODECS="dvh1\.08\.03\/db1p"/);
    const mpd = await readFile(join(folder, '8/cmaf/stream.mpd'), 'utf8');
    assert.match(mpd, /scte214:supplementalCodecs="dvh1\.08\.03" scte214:supplementalProfiles="db1p"/);
    assert.match(mpd, /xmlns:scte214="urn:scte:dash:scte214-extensions"/);
    const init = await readFile(join(folder, '8/cmaf/video-1/init.mp4'));
    assert.ok(init.includes('dvvC') && init.includes('encv'), 'the configuration box is carried');

    const { report } = await packaged(fixture('dolby-vision-5.mp4'), '-o', join(folder, '5'), KEY_OPTION);
    assert.equal(report.tracks[0].codecs, 'dvh1.05.03');
    const five = await readFile(join(folder, '5/cmaf/master.m3u8'), 'utf8');
    assert.match(five, /CODECS="dvh1\.05\.03"/);
    assert.match(five, /VIDEO-RANGE=PQ/);
    assert.doesNotMatch(five, /SUPPLEMENTAL/);
  });

  test('MPDs with colour and supplemental codecs are valid by the schema', {
    skip: !process.env.TABPACK_XSD && 'TABPACK_XSD names no DASH schema (DASH-MPD.xsd)',
  }, async (t) => {
    for (const name of ['dolby-vision-8.mp4', 'hevc-hlg.mp4', 'vp9.mp4', 'av1.mp4']) {
      const folder = await temporaryFolder(t);
      await packaged(fixture(name), '-o', folder, '--dash', KEY_OPTION);
      await validMpd(join(folder, 'dash/stream.mpd'), process.env.TABPACK_XSD ?? '');
    }
  });
});
