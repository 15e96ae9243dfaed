/** Packaging through the page, then playing the result with its key and only with its key. */

import assert from 'node:assert/strict';
import test from 'node:test';
import {
  fixture,
  KEY,
  openApp,
  openPlayer,
  packageFile,
  playback,
  playsBeyond,
  row,
  rowStatus,
  runCheck,
  setOptions,
} from './support.mjs';

const CLIP = 'bframes-1080p.mp4';

const CASES = [
  { title: 'cmaf in cbcs, by its MPD', targets: ['cmaf'], scheme: 'cbcs', manifest: 'cmaf/stream.mpd' },
  { title: 'cmaf in cbcs, by its HLS playlist', targets: ['cmaf'], scheme: 'cbcs', manifest: 'cmaf/master.m3u8' },
  { title: 'dash in cenc', targets: ['dash'], scheme: 'cenc', manifest: 'dash/stream.mpd' },
];

for (const { title, targets, scheme, manifest } of CASES) {
  test(`a 1080p clip with B-frames plays as ${title}, with its key only`, async (t) => {
    const { page } = await openApp(t);
    await setOptions(page, { targets, scheme, segmentDuration: 2 });
    const finished = await packageFile(page, fixture(CLIP));
    await openPlayer(page, finished, manifest);

    const played = await playsBeyond(page, 2);
    assert.equal(played.width, 1920);
    assert.ok(played.frames > 30, `two seconds have more than ${played.frames} frames`);
    assert.ok(Math.abs(played.duration - 12) < 0.2, `the clip lasts 12 s, not ${played.duration}`);

    // Out of order, so that at least one target isn't in the buffer's way.
    for (const target of [9, 3, 6]) {
      const before = await playback(page);
      await page.evaluate((time) => {
        document.querySelector('video').currentTime = time;
      }, target);
      // Not just "later than": the time must have gone to the target.
      const after = await playsBeyond(page, target + 0.5, before.frames).then(() => playback(page));
      assert.ok(after.time < target + 3, `after a seek to ${target} s the time is ${after.time} s`);
    }

    const { verdict, text, steps } = await runCheck(page);
    assert.equal(verdict, 'pass', text);
    assert.equal(steps['with-key'].state, 'pass');
    assert.equal(steps['no-key'].state, 'pass');
    assert.equal(steps['no-key'].frames, 0);
    assert.match(steps['no-key'].text, /key/i, 'it says that a key is missing');
    assert.match(steps['no-key'].text, /Shaka Player \d{4}/, 'with the player’s code');
    assert.equal(steps['wrong-key'].state, 'pass');
    // The sound is encrypted too, and its decoder is the first to refuse: not even noise gets through.
    assert.equal(steps['wrong-key'].frames, 0, steps['wrong-key'].text);
    assert.match(steps['wrong-key'].text, /decoder gave up/);
  });
}

test('the player page asks for the key after a reload, refuses a wrong one, and takes the right one', async (t) => {
  const { page } = await openApp(t);
  await setOptions(page, { targets: ['cmaf'], key: `${KEY.kid}:${KEY.key}` });
  await openPlayer(page, await packageFile(page, fixture(CLIP)));
  await playsBeyond(page, 0.5);

  await page.reload();
  await page.locator('[data-testid="play"]:enabled').waitFor();
  assert.equal(await page.getByTestId('player-key').inputValue(), '', 'the key is forgotten');
  await page.getByTestId('play').click();
  assert.match(await page.getByTestId('player-problem').innerText(), /encrypted and no key was given/);
  assert.equal((await playback(page)).frames, 0);

  const wrong = KEY.key.replace(/./g, (digit) => (15 - Number.parseInt(digit, 16)).toString(16));
  await page.getByTestId('player-key').fill(`${KEY.kid}:${wrong}`);
  await page.getByTestId('play').click();
  await page.getByTestId('player-problem').filter({ hasText: 'decoder gave up' }).waitFor();

  await page.getByTestId('player-key').fill(`${KEY.kid}:${KEY.key}`);
  await page.getByTestId('play').click();
  await playsBeyond(page, 2);
});

test('a clear output plays without a key, and the check says that there is nothing to keep out', async (t) => {
  const { page } = await openApp(t);
  await setOptions(page, { targets: ['cmaf'], clear: true });
  await openPlayer(page, await packageFile(page, fixture(CLIP)));
  await playsBeyond(page, 2);
  const { verdict, text, steps } = await runCheck(page);
  assert.equal(verdict, 'pass', text);
  assert.equal(steps['no-key'].state, 'skipped');
  assert.equal(steps['wrong-key'].state, 'skipped');
});

test('sound alone plays and is checked', async (t) => {
  const { page } = await openApp(t);
  await setOptions(page, { targets: ['cmaf'] });
  await openPlayer(page, await packageFile(page, fixture('audio-only.m4a')));
  const { verdict, text } = await runCheck(page);
  assert.equal(verdict, 'pass', text);
});

test('pictures alone play and are checked', async (t) => {
  const { page } = await openApp(t);
  await setOptions(page, { targets: ['dash'] });
  await openPlayer(page, await packageFile(page, fixture('video-only.mp4')));
  const { verdict, text, steps } = await runCheck(page);
  assert.equal(verdict, 'pass', text);
  assert.equal(steps['no-key'].frames, 0);
});

test('a file with an awkward name plays, from a site in a sub-folder', async (t) => {
  const name = 'späß & 100% #1?.mp4';
  const { page } = await openApp(t, { base: '/some/folder/' });
  const { readFile } = await import('node:fs/promises');
  const buffer = await readFile(fixture(CLIP));
  const finished = await packageFile(page, { name, mimeType: 'video/mp4', buffer });
  await openPlayer(page, finished);
  const played = await playsBeyond(page, 2);
  assert.ok(played.frames > 30);
  assert.equal(await page.locator('h1').innerText(), 'späß & 100% #1?');
});

test('the sample that comes with the app is packaged and plays', async (t) => {
  const { page } = await openApp(t);
  await page.getByTestId('sample').click();
  await row(page, 'sample.mp4').waitFor();
  await page.getByTestId('package').click();
  assert.equal(await rowStatus(page, 'sample.mp4', ['Succeed', 'Failed']), 'Succeed');
  await openPlayer(page, row(page, 'sample.mp4'));
  await playsBeyond(page, 1);
});
