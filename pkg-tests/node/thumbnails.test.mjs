// Thumbnails: sheets of pictures that manifests list.

import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { Packager } from 'tabpack';
import { filesBelow, fixture, packaged, playlist, run, tabpack, temporaryFolder, XMLLINT } from './support.mjs';

const CLIP = fixture('ladder-360p.mp4');
const SHEETS = ['--thumbnails', fixture('sheets'), '--thumbnail-grid', '2x2', '--thumbnail-interval', '1.5'];

test('sheets are in each target as they are, and the MPD and the playlists list them', async (t) => {
  const folder = await temporaryFolder(t);
  const { files, report } = await packaged(
    CLIP,
    '-o',
    folder,
    '--cmaf',
    '--dash',
    '--hls',
    '--key',
    '0a1b2c3d4e5f60718293a4b5c6d7e8f9:9f8e7d6c5b4a39281706f5e4d3c2b1a0',
    SHEETS,
  );
  const written = await filesBelow(folder);
  const sheets = await Promise.all([1, 2].map((number) => readFile(fixture(`sheets/sheet-${number}.jpg`))));
  for (const target of ['cmaf', 'dash', 'hls']) {
    for (const [index, sheet] of sheets.entries()) {
      const path = `${target}/thumbnails-1/${index + 1}.jpg`;
      assert.deepEqual(written[path], sheet);
      assert.deepEqual(
        files.find((file) => file.path === path),
        { path, size: sheet.length, type: 'image/jpeg' },
      );
    }
  }
  assert.equal(
    report.outputBytes,
    Object.values(written).reduce((sum, bytes) => sum + bytes.length, 0),
  );

  const mpd = written['dash/stream.mpd'].toString();
  const [, set] = mpd.split(/(?=<AdaptationSet id="3")/);
  assert.match(set, /contentType="image" mimeType="image\/jpeg"/);
  assert.doesNotMatch(set, /ContentProtection/);
  assert.match(set, /<EssentialProperty schemeIdUri="http:\/\/dashif\.org\/guidelines\/thumbnail_tile" value="2x2"\/>/);
  const bandwidth = Math.ceil((Math.max(...sheets.map((sheet) => sheet.length)) * 8) / 6);
  assert.match(set, new RegExp(`<Representation id="thumbnails-1" bandwidth="${bandwidth}" width="320" height="180">`));
  assert.match(
    set,
    /<SegmentTemplate timescale="1000" duration="6000" startNumber="1" media="\$RepresentationID\$\/\$Number\$\.jpg"\/>/,
  );
  if (process.env.TABPACK_XSD) {
    const { status, stderr } = await run(XMLLINT, [
      '--nonet',
      '--noout',
      '--schema',
      process.env.TABPACK_XSD,
      join(folder, 'dash/stream.mpd'),
    ]);
    assert.equal(status, 0, stderr);
  }

  for (const target of ['cmaf', 'hls']) {
    assert.ok(
      (await playlist(join(folder, target, 'master.m3u8'))).variants.length > 0,
      'a strict parser goes past the tag',
    );
    assert.match(
      written[`${target}/master.m3u8`].toString(),
      /\n#EXT-X-IMAGE-STREAM-INF:BANDWIDTH=\d+,RESOLUTION=160x90,CODECS="jpeg",URI="thumbnails-1\/media\.m3u8"\n/,
    );
    const { segments } = await playlist(join(folder, target, 'thumbnails-1/media.m3u8'));
    assert.deepEqual(
      segments.map(({ uri, duration }) => [uri, duration]),
      [
        ['1.jpg', 6],
        ['2.jpg', 2],
      ],
    );
  }
});

test('a presentation with thumbnails is verified', async (t) => {
  const folder = await temporaryFolder(t);
  await packaged(CLIP, '-o', folder, '--no-encryption', SHEETS);
  const { status, stdout, stderr } = await tabpack('verify', folder, '--source', CLIP);
  assert.equal(status, 0, stdout + stderr);
});

test('single pictures may be PNG, and one file is enough for all of a short clip', async (t) => {
  const folder = await temporaryFolder(t);
  await packaged(CLIP, '-o', folder, '--no-encryption', '--thumbnails', fixture('picture.png'), '--single-file');
  const written = await filesBelow(folder);
  assert.deepEqual(written['cmaf/thumbnails-1/1.png'], await readFile(fixture('picture.png')));
  assert.match(written['cmaf/stream.mpd'].toString(), /mimeType="image\/png".*value="1x1".*duration="10000"/s);
});

test('a preview shows the sheets as well', async () => {
  const packager = await Packager.create();
  const images = await Promise.all([1, 2].map((number) => readFile(fixture(`sheets/sheet-${number}.jpg`))));
  const preview = await packager.preview(CLIP, { thumbnails: { images, interval: 1.5, columns: 2, rows: 2 } });
  assert.match(new TextDecoder().decode((await preview.read('cmaf/stream.mpd')).bytes), /thumbnail_tile/);
  const { bytes, type } = await preview.read('cmaf/thumbnails-1/2.jpg');
  assert.deepEqual([Buffer.from(bytes), type], [images[1], 'image/jpeg']);
  preview.close();
});

for (const [what, options, said] of /** @type {[what: string, options: string[], said: RegExp][]} */ ([
  [
    'sheets that end before the film',
    ['--thumbnails', fixture('sheets'), '--thumbnail-grid', '2x2', '--thumbnail-interval', '0.5'],
    /last until 4\.000 s, the presentation until 8\.\d+ s: it needs [45]/,
  ],
  [
    "a grid that doesn't divide the sheet",
    ['--thumbnails', fixture('sheets'), '--thumbnail-grid', '3x2'],
    /320 × 180 pixels can't be cut into 3 × 2/,
  ],
  [
    'sheets of two sizes',
    ['--thumbnails', fixture('sheets'), '--thumbnails', fixture('picture.png')],
    /image 3 is image\/png of 160 × 90, but the first is image\/jpeg of 320 × 180/,
  ],
  ['what is no image', ['--thumbnails', CLIP], /image 1 is neither JPEG nor PNG/],
  ["a path that isn't there", ['--thumbnails', 'no-such-sheets'], /there is no file no-such-sheets/],
  ['a grid without images', ['--thumbnail-grid', '2x2'], /no images are given/],
])) {
  test(`${what} is refused, and nothing is written`, async (t) => {
    const folder = join(await temporaryFolder(t), 'out');
    const { status, stderr } = await tabpack('package', CLIP, '-o', folder, ...options);
    assert.notEqual(status, 0);
    assert.match(stderr, said);
    assert.deepEqual(await filesBelow(folder), {});
  });
}

test('an image cut off anywhere is refused or read, but never hangs', async () => {
  const packager = await Packager.create();
  const sheet = await readFile(fixture('sheets/sheet-1.jpg'));
  const write = async () => undefined;
  for (const length of [0, 1, 2, 3, 4, 10, 20, 100, 160, 200]) {
    const thumbnails = { images: [sheet.subarray(0, length)], interval: 10, columns: 2, rows: 2 };
    const failed = await packager.package(CLIP, { output: { write, discard: write }, thumbnails }).then(
      () => null,
      ({ code }) => code,
    );
    assert.ok(failed === null || failed === 'OPTION_INVALID', `${length}: ${failed}`);
  }
});

test('a sheet that is missing or damaged is found', async (t) => {
  const folder = await temporaryFolder(t);
  await packaged(CLIP, '-o', folder, '--no-encryption', SHEETS);
  await rm(join(folder, 'cmaf/thumbnails-1/1.jpg'));
  await writeFile(join(folder, 'cmaf/thumbnails-1/2.jpg'), 'no image');
  const { status, stdout } = await tabpack('verify', folder, '--json');
  assert.notEqual(status, 0);
  const { findings } = JSON.parse(stdout);
  assert.deepEqual(
    findings
      .map((/** @type {{ code: string, file: string, segment: number | null }} */ { code, file, segment }) => [
        code,
        file,
        segment,
      ])
      .sort(),
    [
      ['FILE_MISSING', 'cmaf/stream.mpd', 1],
      ['FILE_MISSING', 'cmaf/thumbnails-1/media.m3u8', 1],
      ['SEGMENT_INVALID', 'cmaf/stream.mpd', 2],
      ['SEGMENT_INVALID', 'cmaf/thumbnails-1/media.m3u8', 2],
    ],
  );
});
