/** Codecs beside H.264, packaged in the page and played under ClearKey: to decoded pictures with the key, to none without. */

import assert from 'node:assert/strict';
import test from 'node:test';
import {
  fixture,
  openApp,
  openPlayer,
  packageFile,
  playsBeyond,
  row,
  rowStatus,
  runCheck,
  setOptions,
} from './support.mjs';

const CASES = [
  { clip: 'av1.mp4', target: 'dash', scheme: 'cenc', manifest: 'dash/stream.mpd' },
  { clip: 'av1.mp4', target: 'cmaf', scheme: 'cbcs', manifest: 'cmaf/stream.mpd' },
  { clip: 'av1.mp4', target: 'cmaf', scheme: 'cbcs', manifest: 'cmaf/master.m3u8' },
  { clip: 'av1-tiles.mp4', target: 'cmaf', scheme: 'cbcs', manifest: 'cmaf/stream.mpd', until: 1 },
  { clip: 'av1-10bit.mp4', target: 'dash', scheme: 'cenc', manifest: 'dash/stream.mpd' },
  { clip: 'vp9.mp4', target: 'dash', scheme: 'cenc', manifest: 'dash/stream.mpd' },
  { clip: 'vp9-profile2.mp4', target: 'dash', scheme: 'cenc', manifest: 'dash/stream.mpd' },
  { clip: 'slices.mp4', target: 'cmaf', scheme: 'cbcs', manifest: 'cmaf/stream.mpd' },
];

for (const { clip, target, scheme, manifest, until = 2 } of CASES) {
  test(`${clip} plays in ${scheme} by ${manifest}, with its key only`, async (t) => {
    const { page } = await openApp(t);
    await setOptions(page, { targets: [target], scheme, segmentDuration: 2 });
    await openPlayer(page, await packageFile(page, fixture(clip)), manifest);
    const played = await playsBeyond(page, until);
    assert.ok(played.frames > 12 * until, `${until} s have more than ${played.frames} frames`);
    const { steps } = await runCheck(page);
    assert.equal(steps['with-key'].state, 'pass', steps['with-key'].text);
    assert.equal(steps['no-key'].state, 'pass', steps['no-key'].text);
    assert.equal(steps['no-key'].frames, 0);
    // Chromium's AV1 and VP9 decoders now and then take the noise of a wrong key for pictures, or give up after a few.
    assert.equal(steps['wrong-key'].state, 'pass', steps['wrong-key'].text);
  });
}

test('VP9 in cbcs is refused with the name of the codec', async (t) => {
  const { page } = await openApp(t);
  await setOptions(page, { targets: ['cmaf'], scheme: 'cbcs' });
  await page.getByTestId('file-input').setInputFiles(fixture('vp9.mp4'));
  await page.getByTestId('package').click();
  assert.equal(await rowStatus(page, 'vp9.mp4', ['Succeed', 'Failed']), 'Failed');
  assert.match(await row(page, 'vp9.mp4').getByTestId('job-error').innerText(), /VP9/);
});
