// Every audio codec in every scheme, and text beside it: packaged by the command line, read back by other
// people's programs, packet by packet.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { find, findIfAny, parse, table, tracks } from '../fixtures/boxes.mjs';
import {
  decryptedByShaka,
  fixture,
  fragmentFiles,
  fragmentsOf,
  joinedTrack,
  KEY,
  KID,
  packaged,
  packets,
  packetsOfFragments,
  playlist,
  sameBytes,
  sameTimes,
  temporaryFolder,
  trackFiles,
  xpath,
} from './support.mjs';

const concurrency = availableParallelism();
const KEY_OPTION = ['--key', `${KID}:${KEY}`];

/** The columns of the table: a scheme, and the target that takes it. */
const SCHEMES = { cenc: 'cmaf', cbcs: 'cmaf', cens: 'dash', cbc1: 'dash' };
/** How the files of a track lie in their folder: the options for it, how to make it one file, and its fragments. */
const LAYOUTS = {
  segmented: { options: [], joined: joinedTrack, fragments: fragmentFiles },
  'single file': {
    options: ['--single-file'],
    joined: async (/** @type {any} */ track) => `${track}.mp4`,
    fragments: (/** @type {any} */ track, /** @type {string} */ output) => fragmentsOf(`${track}.mp4`, output),
  },
};

const NOT_CENS = 'it and ffmpeg differ on sound under cens (pattern 0:0); ours is as ffmpeg has it';

const NO_MP3 = 'Shaka Packager knows no MP3 in mp4a ("Unsupported audio object type")';
/**
 * ffmpeg 5.1 doesn't take the alac box of a protected entry ("extradata is too small"): it is told of PCM, whose packets it leaves as they are.
 *
 * @type {[from: string, to: string]}
 */
const AS_PCM = ['frmaalac', 'frmatwos'];

/**
 * The rows: codecs parameter, sample entry, rate and channels in the manifests, why one of the readers can't read a row
 * back, and for sound whose frames don't all stand alone, where the first segment ends. (ffmpeg takes all sound of
 * fragments as key frames.)
 *
 * @type {Record<string, { codecs: string, entry: string, rate: number, channels: string, firstCut?: number, forFfmpeg?: [from: string, to: string], notByShaka?: string }>}
 */
const CODECS = {
  'audio-only.m4a': { codecs: 'mp4a.40.2', entry: 'mp4a', rate: 44100, channels: '2' },
  'audio/aac-pce.mp4': { codecs: 'mp4a.40.2', entry: 'mp4a', rate: 44100, channels: '5' },
  'audio/ac3-51.mp4': { codecs: 'ac-3', entry: 'ac-3', rate: 48000, channels: '6' },
  'audio/eac3-51.mp4': { codecs: 'ec-3', entry: 'ec-3', rate: 48000, channels: '6' },
  'audio/opus.mp4': { codecs: 'opus', entry: 'Opus', rate: 48000, channels: '2' },
  'audio/flac.mp4': { codecs: 'flac', entry: 'fLaC', rate: 44100, channels: '2' },
  'audio/flac-96k.mp4': { codecs: 'flac', entry: 'fLaC', rate: 96000, channels: '2' },
  'audio/alac.m4a': { codecs: 'alac', entry: 'alac', rate: 44100, channels: '1', forFfmpeg: AS_PCM },
  'audio/alac.mov': { codecs: 'alac', entry: 'alac', rate: 44100, channels: '1', forFfmpeg: AS_PCM },
  'audio/mp3.mp4': { codecs: 'mp4a.6B', entry: 'mp4a', rate: 44100, channels: '2', notByShaka: NO_MP3 },
  // One channel in truth: ffmpeg writes 2 into every entry of an MP4, and only the bit stream knows better.
  'audio/mp3-22k.mp4': { codecs: 'mp4a.69', entry: 'mp4a', rate: 22050, channels: '2', notByShaka: NO_MP3 },
  'audio/mp3.mov': { codecs: 'mp4a.6B', entry: 'mp4a', rate: 44100, channels: '2', notByShaka: NO_MP3 },
  'audio/dts-mp4a.mp4': { codecs: 'mp4a.A9', entry: 'mp4a', rate: 48000, channels: '2' },
  'audio/dtsc.mp4': { codecs: 'dtsc', entry: 'dtsc', rate: 48000, channels: '2' },
  // The layout 7.1.4 by its number.
  'audio/mhm1.mp4': { codecs: 'mhm1.0x0D', entry: 'mhm1', rate: 48000, channels: '19', firstCut: 48 * 1024 },
  'audio/mha1.mp4': { codecs: 'mha1.0x0D', entry: 'mha1', rate: 48000, channels: '19', firstCut: 48 * 1024 },
};

describe('sound comes back exactly', { concurrency }, () => {
  for (const [name, row] of Object.entries(CODECS)) {
    test(`${name} is named as ${row.codecs}`, async (t) => {
      const folder = await temporaryFolder(t);
      const { report } = await packaged(fixture(name), '-o', folder, '--no-encryption', '--segment-duration', 1);
      assert.deepEqual(
        report.tracks.map(({ kind, codecs }) => `${kind} ${codecs}`),
        [`audio ${row.codecs}`],
      );
      const [init] = await trackFiles(join(folder, 'cmaf', 'audio-1'));
      assert.deepEqual(entries(await readFile(init)), [row.entry]);
      const mpd = join(folder, 'cmaf', 'stream.mpd');
      assert.equal(await xpath(mpd, 'string(//*[local-name()="Representation"]/@codecs)'), row.codecs);
      assert.equal(await xpath(mpd, 'string(//*[local-name()="Representation"]/@audioSamplingRate)'), String(row.rate));
      assert.equal(await xpath(mpd, 'string(//*[local-name()="AudioChannelConfiguration"]/@value)'), row.channels);
      const { variants } = await playlist(join(folder, 'cmaf', 'master.m3u8'));
      assert.deepEqual(
        variants.map(({ codecs }) => codecs),
        [row.codecs],
      );
      if (row.firstCut !== undefined) {
        const first = 'string(//*[local-name()="SegmentTimeline"]/*[1]/@d)';
        assert.equal(await xpath(mpd, first), String(row.firstCut));
      }
      const input = await inputPackets(name);
      const output = await packets(
        await joinedTrack(join(folder, 'cmaf', 'audio-1'), join(folder, 'audio-1')),
        'audio',
      );
      sameBytes(output, input, name);
      sameTimes(output, input, name);
    });

    for (const [scheme, target] of Object.entries(SCHEMES)) {
      for (const [layout, { options, joined, fragments }] of Object.entries(LAYOUTS)) {
        const arguments_ = [`--${target}`, '--scheme', scheme, KEY_OPTION, '--segment-duration', 1, options];

        test(`${name}, ${scheme}, ${layout}`, async (t) => {
          const folder = await temporaryFolder(t);
          await packaged(fixture(name), '-o', folder, arguments_);
          const track = join(folder, target, 'audio-1');
          const input = await inputPackets(name);
          const files = await fragments(track, join(folder, 'fragments'));
          const { forFfmpeg } = row;
          if (forFfmpeg) await Promise.all(files.map((file) => replaced(file, ...forFfmpeg)));
          const still = await packetsOfFragments(files, 'audio');
          assert.ok(
            still.list.every(({ hash }, index) => hash !== input.list[index].hash),
            'every packet is encrypted',
          );
          /** @type {Record<string, [reason: string | false, read: () => Promise<Packets>]>} */
          const readers = {
            'Shaka Packager': [
              row.notByShaka ?? (scheme === 'cens' && NOT_CENS),
              async () =>
                packets(await decryptedByShaka(await joined(track, join(folder, 'joined')), 'audio'), 'audio'),
            ],
            ffmpeg: [false, () => packetsOfFragments(files, 'audio', '-decryption_key', KEY)],
          };
          let count = 0;
          for (const [who, [reason, read]] of Object.entries(readers)) {
            if (reason) {
              t.diagnostic(`not read by ${who}: ${reason}`);
              continue;
            }
            const clear = await read();
            sameBytes(clear, input, `${name}, ${who}`);
            sameTimes(clear, input, `${name}, ${who}`);
            count += 1;
          }
          assert.ok(count > 0, 'somebody else read it');
        });
      }
    }
  }
});

/**
 * The packets of a row's input, as ffmpeg reads them from fragments.
 *
 * @param {string} name
 */
async function inputPackets(name) {
  const input = await packets(fixture(name), 'audio');
  for (const packet of input.list) packet.key ||= CODECS[name].firstCut !== undefined;
  return input;
}

/**
 * Writes a file anew with other bytes of the same length in place of those.
 *
 * @param {string} path
 * @param {string} from
 * @param {string} to
 */
async function replaced(path, from, to) {
  const bytes = await readFile(path);
  const at = bytes.indexOf(from, 0, 'latin1');
  assert.ok(at > 0, `${from} in ${path}`);
  bytes.write(to, at, 'latin1');
  await writeFile(path, bytes);
}

describe('text follows the segments of the pictures', { concurrency }, () => {
  const TEXTS = {
    'text/wvtt.mp4': { codecs: 'wvtt', handler: 'text', header: 'nmhd', samples: 7 },
    'text/stpp.mp4': { codecs: 'stpp.ttml.im1t', handler: 'subt', header: 'sthd', samples: 5 },
  };
  for (const [name, { codecs, handler, header, samples }] of Object.entries(TEXTS)) {
    test(`${name} is left clear beside encrypted tracks, and named in both manifests`, async (t) => {
      const folder = await temporaryFolder(t);
      const { report } = await packaged(
        fixture(name),
        '-o',
        folder,
        '--scheme',
        'cbcs',
        KEY_OPTION,
        '--segment-duration',
        1,
      );
      const text = report.tracks.find(({ kind }) => kind === 'text');
      assert.deepEqual(
        [text.id, text.codecs, text.language, text.segments, text.samples],
        ['text-1', codecs, 'de', 4, samples],
      );

      const [init, ...segments] = await Promise.all(
        (await trackFiles(join(folder, 'cmaf', 'text-1'))).map((file) => readFile(file)),
      );
      assert.equal(segments.length, 4);
      const boxes = parse(init);
      assert.deepEqual(entries(init), [codecs.slice(0, 4)]);
      assert.equal(findIfAny(boxes, 'moov/pssh'), undefined);
      const [trak] = tracks(boxes);
      assert.equal(find(trak.children, 'mdia/hdlr').body.toString('latin1', 8, 12), handler);
      assert.ok(findIfAny(trak.children, `mdia/minf/${header}`), header);
      // What is shown while a segment plays is all in it.
      const shown = segments.map((segment) => ['One', 'Two'].filter((word) => segment.includes(word)));
      assert.deepEqual(
        shown,
        name.includes('wvtt') ? [['One'], ['One'], ['Two'], ['Two']] : [['One'], ['One'], ['One', 'Two'], ['Two']],
      );

      const mpd = join(folder, 'cmaf', 'stream.mpd');
      const set = '//*[local-name()="AdaptationSet"][@contentType="text"]';
      assert.equal(await xpath(mpd, `string(${set}/@mimeType)`), 'application/mp4');
      assert.equal(await xpath(mpd, `string(${set}/@lang)`), 'de');
      assert.equal(await xpath(mpd, `string(${set}/*[local-name()="Representation"]/@codecs)`), codecs);
      assert.equal(await xpath(mpd, `count(${set}/*[local-name()="ContentProtection"])`), '0');
      const { variants } = await playlist(join(folder, 'cmaf', 'master.m3u8'));
      for (const variant of variants.filter(({ isIFrameOnly }) => !isIFrameOnly)) {
        assert.ok(variant.codecs?.split(',').includes(codecs), variant.codecs);
        assert.deepEqual(
          variant.subtitles.map(({ language, uri }) => `${language} ${uri}`),
          ['de text-1/media.m3u8'],
        );
      }
    });
  }

  // Shaka Packager passes over text in MP4; what cues and documents say is Shaka Player's to read, in e2e/text.
  for (const [name, order, times] of /** @type {[name: string, order: number[], times: number[]][]} */ ([
    ['text/wvtt.mp4', [0, 1, 1, 2, 3, 3, 4], [0, 500, 1000, 1500, 2000, 3000, 3800]],
    ['text/stpp.mp4', [0, 0, 0, 1, 1], [0, 1000, 2000, 2500, 3000]],
  ])) {
    test(`ffmpeg reads the samples of ${name} back, repeated where they last over a boundary`, async (t) => {
      const folder = await temporaryFolder(t);
      await packaged(fixture(name), '-o', folder, '--scheme', 'cbcs', KEY_OPTION, '--segment-duration', 1);
      const input = await packets(fixture(name), 'data');
      const output = await packets(await joinedTrack(join(folder, 'cmaf', 'text-1'), join(folder, 'text-1')), 'data');
      assert.deepEqual(
        output.list.map(({ hash }) => hash),
        order.map((index) => input.list[index].hash),
      );
      assert.deepEqual(
        output.list.map(({ pts }) => pts),
        times,
      );
    });
  }
});

/**
 * The names of the sample entries in an init segment.
 *
 * @param {Buffer} init
 */
function entries(init) {
  return tracks(parse(init)).flatMap((trak) => table(trak, 'stsd').children.map(({ type }) => type));
}
