/** An input of 64 GiB in a tab: what lies behind the hole is packaged like any other file. */

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { makeSparse } from '../../scripts/bench/input.mjs';
import { fixture, openApp, openPlayer, packageFile, playsBeyond, setOptions } from './support.mjs';

test('an input of 64 GiB is packaged in a tab, and plays to its end', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'tabpack-sparse-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const input = path.join(folder, 'large.mp4');
  await makeSparse(fixture('bframes-1080p.mp4'), input, 64 * 2 ** 30);
  const { page } = await openApp(t);
  await setOptions(page, { targets: ['cmaf'], segmentDuration: 2 });
  const finished = await packageFile(page, input);
  assert.match(await finished.innerText(), /68\.7 GB/);
  await openPlayer(page, finished);
  await playsBeyond(page, 0.5);
  // The last segment: the bytes that lie furthest behind.
  await page.evaluate(() => {
    const video = document.querySelector('video');
    video.currentTime = video.duration - 1.5;
  });
  await playsBeyond(page, 11);
});
