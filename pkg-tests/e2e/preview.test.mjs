/** A preview in the page: what is dropped plays as it would be packaged, before it is and meanwhile; nothing is stored. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { needTool } from '../../scripts/tools.mjs';
import {
  fixture,
  KEY,
  openApp,
  PATIENCE,
  playsBeyond,
  row,
  rowStatus,
  runCheck,
  serve,
  setOptions,
} from './support.mjs';

const CLIP = 'bframes-1080p.mp4';
const KEY_OPTION = `${KEY.kid}:${KEY.key}`;

/**
 * Adds a file, opens its preview and waits for the player.
 *
 * @param {Page} page
 * @param {string} file
 */
async function openPreview(page, file, name = path.basename(file)) {
  await page.getByTestId('file-input').setInputFiles(file);
  await pressPreview(page, name);
}

/**
 * @param {Page} page
 * @param {string} name
 */
async function pressPreview(page, name) {
  await row(page, name).getByTestId('preview').click();
  await page.getByTestId('preview-note').waitFor({ timeout: PATIENCE.play });
}

/** Everything in the origin private file system. */
const stored = (/** @type {Page} */ page) =>
  page.evaluate(async () => {
    /** @type {any[]} */
    const found = [];
    const visit = async (/** @type {any[] | FileSystemDirectoryHandle} */ directory, /** @type {string} */ prefix) => {
      for await (const handle of directory.values()) {
        if (handle.kind === 'file') found.push(prefix + handle.name);
        else await visit(handle, `${prefix}${handle.name}/`);
      }
    };
    await visit(await navigator.storage.getDirectory(), '');
    return found;
  });

const seek = (/** @type {Page} */ page, /** @type {number} */ time) =>
  page.evaluate((/** @type {number} */ to) => {
    document.querySelector('video').currentTime = to;
  }, time);

/** What the address of a file of the open preview answers. */
const ask = (/** @type {Page} */ page, /** @type {string} */ address, /** @type {RequestInit} */ init = {}) =>
  page.evaluate(
    async ([url, options]) => {
      const response = await fetch(url, options);
      const bytes = new Uint8Array(await response.arrayBuffer());
      const headers = Object.fromEntries(response.headers);
      return {
        status: response.status,
        headers,
        size: bytes.length,
        text: new TextDecoder().decode(bytes.subarray(0, 300)),
        first: [...bytes.subarray(0, 8)],
      };
    },
    /** @type {[string, RequestInit]} */ ([address, init]),
  );

/** The address below which the files of the preview on the player page are. */
const base = (/** @type {Page} */ page) =>
  page.evaluate(() => new URL(`__preview/${location.hash.split('/')[2]}/`, document.baseURI).href);

/**
 * Twenty minutes of the clip: jobs of it take their time, and players don't read it to its end.
 *
 * @param {TestContext} t
 */
async function longClip(t) {
  const folder = await mkdtemp(path.join(tmpdir(), 'tabpack-preview-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'long.mp4');
  execFileSync(needTool('ffmpeg', 'ffmpeg'), [
    '-v',
    'error',
    '-nostdin',
    '-stream_loop',
    '99',
    '-i',
    fixture(CLIP),
    '-map',
    '0',
    '-c',
    'copy',
    file,
  ]);
  return file;
}

test('a dropped file plays with its key and only with it, to its end, and nothing is stored', async (t) => {
  const { page, context } = await openApp(t);
  /** @type {string[]} */
  const addresses = [];
  context.on('request', (request) => addresses.push(request.url()));
  await setOptions(page, { targets: ['cmaf', 'dash', 'hls'], key: KEY_OPTION, segmentDuration: 2 });
  await openPreview(page, fixture(CLIP));
  const played = await playsBeyond(page, 1);
  assert.equal(played.width, 1920);
  assert.equal(await page.evaluate(() => document.querySelector('video').mediaKeys !== null), true, 'it is encrypted');
  assert.equal(await page.locator('h1').innerText(), CLIP);
  await seek(page, 11);
  await playsBeyond(page, 11.5, played.frames);
  const { verdict, text } = await runCheck(page);
  assert.equal(verdict, 'pass', text);

  await page.goBack();
  const links = row(page, CLIP).getByTestId('preview-manifest');
  assert.deepEqual(await links.allInnerTexts(), [
    'cmaf/stream.mpd',
    'dash/stream.mpd',
    'cmaf/master.m3u8',
    'hls/master.m3u8',
  ]);
  for (const manifest of ['dash/stream.mpd', 'hls/master.m3u8']) {
    await links.getByText(manifest, { exact: true }).click();
    await page.getByTestId('preview-note').waitFor();
    await playsBeyond(page, 1);
    await page.goBack();
    await links.first().waitFor();
  }
  assert.equal(await row(page, CLIP).getAttribute('data-status'), 'Ready');
  assert.deepEqual(await stored(page), []);

  assert.ok(addresses.some((address) => address.includes('/__preview/')));
  const shown = [
    ...addresses,
    await page.getByTestId('log').innerText(),
    await page.evaluate(() =>
      JSON.stringify([{ ...localStorage }, { ...sessionStorage }, history.state, document.cookie]),
    ),
  ];
  assert.deepEqual(
    shown.filter((text) => text.includes(KEY.key)),
    [],
  );
  assert.deepEqual(await page.evaluate(async () => [...(await caches.keys()), ...(await indexedDB.databases())]), []);
});

test('the files of a preview have plain addresses: ranges, HEAD, and words where there is none', async (t) => {
  const { page } = await openApp(t);
  await setOptions(page, { targets: ['cmaf'], segmentDuration: 2 });
  await openPreview(page, fixture(CLIP));
  const files = await base(page);
  const segment = `${files}cmaf/video-1/2.m4s`;
  const whole = await ask(page, segment);
  assert.deepEqual(
    [whole.status, whole.headers['content-type'], whole.headers['cache-control']],
    [200, 'video/mp4', 'no-store'],
  );
  assert.equal(Buffer.from(whole.first.slice(4)).toString(), 'styp');
  const part = await ask(page, segment, { headers: { Range: 'bytes=4-7' } });
  assert.deepEqual([part.status, part.text, part.headers['content-range']], [206, 'styp', `bytes 4-7/${whole.size}`]);
  const beyond = await ask(page, segment, { headers: { Range: 'bytes=99999999-' } });
  assert.deepEqual([beyond.status, beyond.headers['content-range']], [416, `bytes */${whole.size}`]);
  const head = await ask(page, segment, { method: 'HEAD' });
  assert.deepEqual([head.status, head.size, head.headers['content-length']], [200, 0, String(whole.size)]);
  const none = await ask(page, `${files}cmaf/video-1/99.m4s`);
  assert.equal(none.status, 404);
  assert.match(none.text, /no file "cmaf\/video-1\/99\.m4s"/);
  assert.equal((await ask(page, segment, { method: 'POST' })).status, 405);
  const other = await ask(page, segment.replace(/__preview\/[^/]+/, '__preview/00000000'));
  assert.equal(other.status, 404);
  assert.match(other.text, /isn’t open any more/);
});

test('a preview plays on when the browser has stopped the service worker', async (t) => {
  const { page, context } = await openApp(t);
  await setOptions(page, { targets: ['cmaf'] });
  await openPreview(page, await longClip(t), 'long.mp4');
  const played = await playsBeyond(page, 0.5);
  const session = await context.newCDPSession(page);
  await session.send('ServiceWorker.enable');
  const stopped = new Promise((resolve) => {
    session.on('ServiceWorker.workerVersionUpdated', ({ versions }) => {
      if (versions.some(({ runningStatus }) => runningStatus === 'stopped')) resolve(undefined);
    });
  });
  await session.send('ServiceWorker.stopAllWorkers');
  await stopped;
  await seek(page, 1190);
  await playsBeyond(page, 1190.5, played.frames);
});

test('while its job runs a file is previewed with the job’s key, and the job goes on', async (t) => {
  const file = await longClip(t);
  const { page } = await openApp(t);
  await setOptions(page, { targets: ['cmaf', 'dash', 'hls'], segmentDuration: 1 });
  await page.getByTestId('file-input').setInputFiles(file);
  await page.getByTestId('package').click();
  await row(page, 'long.mp4').getByTestId('key-card').waitFor();
  const kid = /for key id ([0-9a-f]{8})/.exec(await row(page, 'long.mp4').getByTestId('key-card').innerText())[1];
  await pressPreview(page, 'long.mp4');
  await playsBeyond(page, 0.5);
  assert.match(await page.getByTestId('facts').innerText(), new RegExp(`Key ids\\s+${kid}`));
  await page.goBack();
  assert.equal(await rowStatus(page, 'long.mp4', ['Start', 'Succeed', 'Failed']), 'Start', 'the job was still running');
  await page.getByTestId('cancel').click();
  assert.equal(await rowStatus(page, 'long.mp4', ['Ready']), 'Ready');
  assert.deepEqual(await stored(page), []);
});

test('when a preview is closed, or its page, players elsewhere are told', async (t) => {
  const file = await longClip(t);
  for (const by of ['button', 'page']) {
    const { page, context } = await openApp(t);
    await setOptions(page, { targets: ['cmaf'], key: KEY_OPTION });
    await openPreview(page, file);
    await playsBeyond(page, 0.2);
    const address = page.url();
    await page.goBack();
    await row(page, 'long.mp4').getByTestId('preview-close').waitFor();

    const tab = await context.newPage();
    await tab.goto(address);
    await tab.getByTestId('key-wanted').waitFor();
    await tab.getByTestId('player-key').fill(KEY_OPTION);
    await tab.getByTestId('play').click();
    await playsBeyond(tab, 0.2);
    if (by === 'page') await page.close();
    else await page.getByTestId('preview-close').click();
    await seek(tab, 600);
    await tab
      .getByTestId('player-problem')
      .filter({ hasText: 'This preview isn’t open any more' })
      .waitFor({ timeout: PATIENCE.play });
    await tab.reload();
    await tab
      .getByTestId('player-problem')
      .filter({ hasText: 'This preview isn’t open any more' })
      .waitFor({ timeout: PATIENCE.play });
    if (by === 'button') assert.equal(await row(page, 'long.mp4').getByTestId('preview-manifest').count(), 0);
  }
});

test('a file that can’t be packaged can’t be previewed, and says why; the next one can', async (t) => {
  const { page } = await openApp(t);
  await page.getByTestId('file-input').setInputFiles([fixture('bad/truncated-moov.mp4'), fixture(CLIP)]);
  const bad = row(page, 'truncated-moov.mp4');
  await bad.getByTestId('preview').click();
  assert.equal(await bad.getByTestId('job-error-code').innerText(), 'MP4_BOX_TRUNCATED');
  assert.equal(await bad.getAttribute('data-status'), 'Ready');
  await pressPreview(page, CLIP);
  await playsBeyond(page, 0.5);
  await page.goBack();
  await row(page, CLIP).getByTestId('job-remove').click();
  assert.equal(await page.getByTestId('preview-manifest').count(), 0);
});

test('packager.preview() in a page: while a job waits, ended by its signal and by close()', async (t) => {
  const { page } = await openApp(t);
  const server = await serve(fileURLToPath(new URL('../../dist', import.meta.url)));
  t.after(() => server.close());
  await page.goto(`${server.url}nothing-here`);
  await page.setContent('<input type="file">');
  await page.setInputFiles('input', fixture(CLIP));
  const outcome = await page.evaluate(async (url) => {
    const { Packager, memory } = await import(`${url}browser.js`);
    const [file] = document.querySelector('input').files ?? [];
    const options = { targets: ['dash'], segmentDuration: 2, seed: '0011' };
    const packager = await Packager.create({ workers: 1 });
    const output = memory();
    await packager.package(file, { ...options, output });
    const differs = [];
    // A job that hangs at its first file holds no preview up.
    let release;
    const held = {
      write: () =>
        new Promise((resolve) => {
          release = resolve;
        }),
      discard: async () => undefined,
    };
    const stop = new AbortController();
    const hanging = packager
      .package(file, { ...options, output: held, signal: stop.signal })
      .catch((/** @type {{ name: any }} */ error) => error.name);
    while (release === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
    const life = new AbortController();
    const preview = await packager.preview(file, { ...options, signal: life.signal });
    for (const [path, bytes] of output.files) {
      if (path.endsWith('.mpd')) continue;
      const read = await preview.read(path);
      if (
        read.bytes.length !== bytes.length ||
        read.bytes.some((/** @type {any} */ byte, /** @type {string | number} */ index) => byte !== bytes[index])
      )
        differs.push(path);
    }
    const code = async (/** @type {Promise<any>} */ promise) =>
      promise.then(
        () => 'none',
        (/** @type {{ code: any; message: any; name: any }} */ error) => error.code ?? error.message ?? error.name,
      );
    const unknown = await code(preview.read('dash/nothing'));
    life.abort(new Error('enough'));
    const aborted = await code(preview.read('dash/stream.mpd'));
    const second = await packager.preview(file, options);
    const waiting = code(second.read('dash/video-1/1.m4s'));
    second.close();
    const closed = [await waiting, await code(second.read('dash/video-1/1.m4s'))];
    const third = await packager.preview(file, options);
    packager.close();
    const ended = await code(third.read('dash/video-1/1.m4s'));
    stop.abort();
    return { count: output.files.size, differs, unknown, aborted, closed, ended, hanging: await hanging };
  }, server.url);
  assert.ok(outcome.count > 10);
  assert.deepEqual(
    { ...outcome, count: 0, hanging: '' },
    {
      count: 0,
      differs: [],
      unknown: 'OUTPUT_NOT_FOUND',
      aborted: 'enough',
      closed: ['PREVIEW_CLOSED', 'PREVIEW_CLOSED'],
      ended: 'INTERNAL',
      hanging: '',
    },
  );
});
