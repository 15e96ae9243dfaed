// An input of 64 GiB, nearly all of it a hole: every offset of its media is beyond 32 bits.

import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { memory, Packager } from 'tabpack';
import { makeSparse } from '../../scripts/bench/input.mjs';
import { fixture, temporaryFolder } from './support.mjs';

test('an input of 64 GiB is planned and rendered to its last segment', async (t) => {
  const path = join(await temporaryFolder(t), 'bframes-1080p.mp4');
  await makeSparse(fixture('bframes-1080p.mp4'), path, 64 * 2 ** 30);
  const { size, blocks } = await stat(path);
  assert.ok(size > 64 * 2 ** 30 && blocks * 512 < 2 ** 24, `${size} bytes, ${blocks * 512} of them on the disk`);
  const packager = await Packager.create();
  /** @type {Options} */
  const options = { targets: ['cmaf', 'dash'], segmentDuration: 2, seed: '00112233445566778899aabbccddeeff' };
  const [plain, sparse] = [memory(), memory()];
  await packager.package(fixture('bframes-1080p.mp4'), { ...options, output: plain });
  const { report } = await packager.package(path, { ...options, output: sparse });
  assert.equal(report.inputBytes, size);
  assert.ok(sparse.files.has(`cmaf/video-1/${report.tracks[0].segments}.m4s`));
  assert.deepEqual([...sparse.files.keys()], [...plain.files.keys()]);
  for (const [file, bytes] of plain.files)
    assert.ok(Buffer.from(bytes).equals(Buffer.from(sparse.files.get(file) ?? [])), file);
});
