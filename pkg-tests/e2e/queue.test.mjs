/** The list of jobs: failures, cancelling, names, what stays in the browser. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { fixture, openApp, PATIENCE, packageFile, row, rowStatus, setOptions, storedOutputs } from './support.mjs';

const CLIP = 'bframes-1080p.mp4';

/** Bad inputs with the codes that are right for them. */
const BAD = [
  { name: 'empty.mp4', codes: ['INPUT_EMPTY'] },
  { name: 'not-an-mp4.mp4', codes: ['INPUT_NOT_RECOGNISED'] },
  { name: 'truncated-moov.mp4', codes: ['MP4_BOX_TRUNCATED'] },
  { name: 'truncated-mdat.mp4', codes: ['MP4_BOX_TRUNCATED', 'MP4_SAMPLE_OUT_OF_FILE'] },
  { name: 'no-track.mp4', codes: ['TRACK_NONE'] },
  { name: 'sample-past-end.mp4', codes: ['MP4_SAMPLE_OUT_OF_FILE'] },
];

test('each bad input fails with its code and leaves nothing, and the next file is packaged', async (t) => {
  const { page } = await openApp(t);
  const files = BAD.flatMap(({ name }) => fixture(`bad/${name}`));
  await page.getByTestId('file-input').setInputFiles([...files, fixture('video-only.mp4')]);
  assert.equal(await page.getByTestId('job-row').count(), BAD.length + 1);
  await page.getByTestId('package').click();
  assert.equal(await rowStatus(page, 'video-only.mp4', ['Succeed', 'Failed']), 'Succeed');

  for (const { name, codes } of BAD) {
    const failed = row(page, name);
    assert.equal(await failed.getAttribute('data-status'), 'Failed', name);
    const code = await failed.getByTestId('job-error-code').innerText();
    assert.ok(codes.includes(code), `${name}: ${code} is one of ${codes.join(', ')}`);
    const text = await failed.getByTestId('job-error').innerText();
    assert.match(text, /· -?\d+/, `${name}: the numeric code is shown`);
    const log = await page.getByTestId('log').innerText();
    assert.ok(log.includes(code), `${name}: the log has the code`);
  }
  // Where the box is known, the row names it with its offset.
  assert.match(await row(page, 'truncated-moov.mp4').getByTestId('job-error').innerText(), /moov.*byte [\d,]+/s);
  const { folders } = await storedOutputs(page);
  assert.deepEqual(
    folders.filter((folder) => !folder.includes('/')),
    ['video-only'],
  );
});

test('cancelling leaves nothing in the browser, and the file can be packaged after all', async (t) => {
  const { page } = await openApp(t);
  await setOptions(page, { targets: ['cmaf', 'dash', 'hls'], segmentDuration: 1 });
  const other = 'ladder-720p.mp4';
  await page.getByTestId('file-input').setInputFiles([fixture(CLIP), fixture(other)]);
  // Pressed by the page itself once segments have been written: from here it would come too late.
  await page.evaluate(() => {
    const watcher = new MutationObserver(() => {
      const bar = document.querySelector('[data-testid="job-progress"]');
      if (!(Number(bar?.getAttribute('aria-valuenow')) > 0)) return;
      watcher.disconnect();
      document.querySelector('[data-testid="cancel"]').click();
    });
    watcher.observe(document.body, { subtree: true, childList: true, attributes: true });
  });
  await page.getByTestId('package').click();
  await row(page, CLIP).getByText('Cancelled').waitFor({ timeout: PATIENCE.job });
  assert.equal(await rowStatus(page, CLIP, ['Ready']), 'Ready');
  assert.equal(await rowStatus(page, other, ['Ready']), 'Ready', 'the one that waited isn’t begun');
  assert.deepEqual(await storedOutputs(page), { files: [], folders: [] });

  await page.getByTestId('package').click();
  assert.equal(await rowStatus(page, CLIP, ['Succeed', 'Failed']), 'Succeed');
  assert.equal(await rowStatus(page, other, ['Succeed', 'Failed']), 'Succeed');
});

test('outputs of files of one name are kept apart, and found again after a reload', async (t) => {
  const { page } = await openApp(t);
  await packageFile(page, fixture('video-only.mp4'));
  await row(page, 'video-only.mp4').getByTestId('job-remove').click();
  await packageFile(page, fixture('video-only.mp4'));
  const top = async () => (await storedOutputs(page)).folders.filter((folder) => !folder.includes('/')).sort();
  assert.deepEqual(await top(), ['video-only', 'video-only-2']);

  await page.reload();
  const rows = page.getByTestId('output-row');
  await rows.nth(1).waitFor();
  assert.equal(await rows.count(), 2);
  const first = page.locator('[data-testid="output-row"][data-job="video-only"]');
  await first.getByTestId('output-delete').click();
  await first.getByTestId('output-delete-yes').click();
  await first.waitFor({ state: 'detached' });
  assert.deepEqual(await top(), ['video-only-2']);
});

test('a key that can’t be read is refused at its field, and nothing is begun', async (t) => {
  const { page } = await openApp(t);
  await setOptions(page, { key: '0011:2233' });
  await page.getByTestId('file-input').setInputFiles(fixture('video-only.mp4'));
  await page.getByTestId('package').click();
  await page.getByTestId('key-problem').waitFor();
  assert.equal(await page.getByTestId('key').getAttribute('aria-invalid'), 'true');
  assert.equal(await row(page, 'video-only.mp4').getAttribute('data-status'), 'Ready');
});
