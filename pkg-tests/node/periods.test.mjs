// Cue points: MPDs of several Periods.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { Packager } from 'tabpack';
import { fixture, packaged, playlist, tabpack, temporaryFolder, validMpd, xpath } from './support.mjs';

const INPUT = fixture('bframes-1080p.mp4'); // 12 s with a key frame each 2 s

test('segments may be named by their times, in all manifests, and are found by a preview', async (t) => {
  const folder = await temporaryFolder(t);
  const { files } = await packaged(
    INPUT,
    '-o',
    folder,
    '--cmaf',
    '--hls',
    '--no-encryption',
    '--segment-duration',
    4,
    '--segment-names',
    'time',
    '--cue-points',
    7,
  );
  const mpd = join(folder, 'cmaf/stream.mpd');
  assert.equal(
    await xpath(mpd, 'string((//*[local-name()="SegmentTemplate"])[1]/@media)'),
    '$RepresentationID$/$Time$.m4s',
  );
  if (process.env.TABPACK_XSD) await validMpd(mpd, process.env.TABPACK_XSD);
  const { status, stdout, stderr } = await tabpack('verify', folder, '--source', INPUT);
  assert.equal(status, 0, `${stdout}${stderr}`);
  const packager = await Packager.create();
  t.after(() => packager.close());
  const preview = await packager.preview(INPUT, {
    targets: ['cmaf', 'hls'],
    encryption: false,
    segmentDuration: 4,
    segmentNames: 'time',
    cuePoints: [7],
  });
  t.after(() => preview.close());
  for (const { path } of files.filter(({ path }) => path.endsWith('.m4s'))) {
    assert.ok(Buffer.from((await preview.read(path)).bytes).equals(await readFile(join(folder, path))), path);
  }
});

for (const layout of [[], ['--single-file']]) {
  test(`a Period starts at the key frame at or after each cue point${layout.length > 0 ? ', single files' : ''}`, async (t) => {
    const folder = await temporaryFolder(t);
    const { report } = await packaged(
      INPUT,
      '-o',
      folder,
      '--no-encryption',
      '--segment-duration',
      4,
      '--cue-points',
      '1.5,7,60',
      layout,
    );
    assert.ok(
      report.warnings.some((warning) => warning.includes('no period starts at 0:01:00.000')),
      report.warnings.join('\n'),
    );
    const mpd = join(folder, 'cmaf/stream.mpd');
    const all = async (/** @type {string} */ expression) =>
      (await xpath(mpd, expression))
        .split(/\s+/)
        .filter(Boolean)
        .map((text) => text.split('"')[1]);
    assert.deepEqual(await all('//*[local-name()="Period"]/@start'), ['PT0S', 'PT2.000000S', 'PT8.000000S']);
    const offsets = await all(
      '//*[local-name()="SegmentTemplate" or local-name()="SegmentBase"]/@presentationTimeOffset',
    );
    const scale = Number(
      await xpath(mpd, 'string((//*[local-name()="SegmentTemplate" or local-name()="SegmentBase"])[1]/@timescale)'),
    );
    assert.deepEqual(offsets.map(Number), [2 * scale, 2 * 44100, 8 * scale, 8 * 44100]);
    if (process.env.TABPACK_XSD) await validMpd(mpd, process.env.TABPACK_XSD);
    if (layout.length === 0) {
      assert.deepEqual(await all('//*[local-name()="SegmentTemplate"]/@startNumber'), ['1', '1', '2', '2', '4', '4']);
      // Playlists have the same segments, without a break.
      const { segments } = await playlist(join(folder, 'cmaf/video-1/media.m3u8'));
      assert.deepEqual(
        segments.map(({ duration }) => duration),
        [2, 4, 2, 4],
      );
      assert.ok(segments.every(({ discontinuity }) => !discontinuity));
      const { status, stdout, stderr } = await tabpack('verify', folder, '--source', INPUT);
      assert.equal(status, 0, `${stdout}${stderr}`);
    }
  });
}
