/** Titles of several files: what belongs together by its name or by the user's word is one job and one output. */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { memory, Packager } from 'tabpack';
import {
  fixture,
  KEY,
  openApp,
  openPlayer,
  PATIENCE,
  playsBeyond,
  row,
  rowStatus,
  setOptions,
  storedOutputs,
} from './support.mjs';

const KEY_OPTION = `${KEY.kid}:${KEY.key}`;

/** A fixture under another name, as the page gets it. */
const as = async (/** @type {string} */ name, /** @type {string} */ source) => ({
  name,
  mimeType: '',
  buffer: await readFile(fixture(source)),
});

/** Two renditions with sound of no language, and a German sound of their own length. */
const FILM = () =>
  Promise.all([
    as('film-360p.mp4', 'ladder-360p.mp4'),
    as('film-720p.mp4', 'ladder-720p.mp4'),
    as('film.de.m4a', 'audio-only.m4a'),
  ]);

const add = (/** @type {Page} */ page, /** @type {Parameters<Locator['setInputFiles']>[0]} */ files) =>
  page.getByTestId('file-input').setInputFiles(files);

/** The rows as the names of their files; a title of one file has its name in the head. */
const titles = async (/** @type {Page} */ page) => {
  const rows = await page.getByTestId('job-row').all();
  return Promise.all(
    rows.map(async (one) => {
      const files = await one
        .locator('.title-file-name')
        .evaluateAll((names) => names.map((name) => name.firstChild?.textContent ?? ''));
      return files.length > 0 ? files : [await one.locator('.job-name strong').innerText()];
    }),
  );
};

const fileRow = (/** @type {Page} */ page, /** @type {string} */ name) =>
  page.getByTestId('title-file').filter({ has: page.getByText(name, { exact: true }) });

/** A file of an output, as text. */
const outputText = (/** @type {Page} */ page, /** @type {string} */ path) =>
  page.evaluate(async (/** @type {any[]} */ parts) => {
    let folder = await navigator.storage.getDirectory();
    for (const part of parts.slice(0, -1)) folder = await folder.getDirectoryHandle(part);
    return (await (await folder.getFileHandle(parts.at(-1))).getFile()).text();
  }, path.split('/'));

test('two renditions and a second sound dropped together are one title, which plays with both qualities and both languages', async (t) => {
  const { page } = await openApp(t);
  await setOptions(page, { key: KEY_OPTION, segmentDuration: 2 });
  const files = await FILM();
  // Dropped, as a user does it, rather than chosen.
  const transfer = await page.evaluateHandle(
    (dropped) => {
      const data = new DataTransfer();
      for (const { name, base64 } of dropped)
        data.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name));
      return data;
    },
    files.map(({ name, buffer }) => ({ name, base64: buffer.toString('base64') })),
  );
  await page.dispatchEvent('[data-testid="drop-zone"]', 'drop', { dataTransfer: transfer });
  assert.deepEqual(await titles(page), [files.map(({ name }) => name)]);
  assert.match(
    await fileRow(page, 'film.de.m4a').getByTestId('said').innerText(),
    /German/,
    'the language is taken from the name',
  );

  await fileRow(page, 'film-720p.mp4').locator('summary').click();
  await fileRow(page, 'film-720p.mp4').getByTestId('said-language').fill('en');
  assert.match(
    await fileRow(page, 'film-360p.mp4').getByTestId('said').innerText(),
    /English/,
    'of the sound of all renditions the same is said',
  );
  await fileRow(page, 'film.de.m4a').locator('summary').click();
  await fileRow(page, 'film.de.m4a').getByTestId('said-label').fill('Hörfilm');
  await fileRow(page, 'film.de.m4a').getByTestId('said-role').selectOption('description');

  await page.getByTestId('package').click();
  assert.equal(await rowStatus(page, 'film', ['Succeed', 'Failed']), 'Succeed', await row(page, 'film').innerText());
  assert.deepEqual(
    (await storedOutputs(page)).folders.filter((folder) => !folder.includes('/')),
    ['film'],
  );
  const mpd = await outputText(page, 'outputs/film/cmaf/stream.mpd');
  const sets = mpd.split('<AdaptationSet').slice(1);
  assert.equal(sets.length, 3);
  assert.equal(sets[0].split('<Representation').length - 1, 2, 'both renditions are in one set');
  assert.match(sets[1], /lang="en"/);
  assert.match(sets[2], /lang="de".*<Label>Hörfilm<\/Label>.*value="description"/s);

  await openPlayer(page, row(page, 'film'), 'cmaf/stream.mpd');
  await playsBeyond(page, 1);
  const facts = await page.getByTestId('facts').innerText();
  for (const size of ['640×360', '1280×720'])
    for (const language of ['en', 'de']) assert.match(facts, new RegExp(`${size}[^\n]*\n${language}, `), facts);
});

test('names tell what belongs together', async (t) => {
  const { page, url } = await openApp(t);
  const dropped = async (/** @type {string[]} */ ...names) => {
    await page.goto('about:blank');
    await page.goto(url);
    await add(
      page,
      names.map((name) => ({ name, mimeType: '', buffer: Buffer.from('x') })),
    );
    return titles(page);
  };
  const alone = (/** @type {string[]} */ ...names) => names.map((name) => [name]);
  for (const [one, ...said] of /** @type {[one: string[], ...said: RegExp[]][]} */ ([
    [['Film_1080p.mp4', 'film_720p.mp4', 'film.en.vtt']],
    [['360p.mp4', '720p.mp4', '1080p.mp4', 'de.m4a']],
    [
      ['my.film.2160p.x265.mkv', 'my.film.720.mp4', 'my.film.pt-BR.forced.srt', 'my.film [ger] 5.1.ac3'],
      /Brazilian Portuguese, Forced/,
      /German/,
    ],
    [
      ['film.mp4', 'film-audio-fr.mp4', 'film-commentary.m4a', 'film-français-sdh.vtt'],
      /French/,
      /Commentary/,
      /French, Captions/,
    ],
    [['Interview.mov', 'Deutsch.srt'], /German/],
    [['film.en.mp4', 'film.de.mp4'], /English/, /German/],
  ])) {
    assert.deepEqual(await dropped(...one), [one]);
    const text = (await page.getByTestId('said').allInnerTexts()).join('\n');
    for (const pattern of said) assert.match(text, pattern);
  }
  for (const names of [
    ['holiday-1.mp4', 'holiday-2.mp4'], // episodes
    ['film.mp4', 'film.mkv'], // copies
    ['what-is-it.mp4', 'what-is-no.mp4'], // English, not Italian and Norwegian
    ['film.mp4', 'podcast.mp3'], // works of their own
    ['one.mp4', 'two.mp4', 'three.vtt'], // nobody knows whose
  ])
    assert.deepEqual(await dropped(...names), alone(...names));
});

test('sound and subtitles that are added later go to the one video there is', async (t) => {
  const { page } = await openApp(t);
  const named = (/** @type {string} */ name) => ({ name, mimeType: '', buffer: Buffer.from('x') });
  await add(page, named('film.mp4'));
  await add(page, named('dialogue.en.vtt'));
  await add(page, named('music.m4a'));
  assert.deepEqual(await titles(page), [['film.mp4', 'dialogue.en.vtt', 'music.m4a']]);
  await add(page, named('other.mp4'));
  await add(page, named('other.fr.vtt'));
  await add(page, named('lost.fr.vtt'));
  assert.deepEqual(await titles(page), [
    ['film.mp4', 'dialogue.en.vtt', 'music.m4a'],
    ['other.mp4', 'other.fr.vtt'],
    ['lost.fr.vtt'],
  ]);
});

test('rows are joined by the button and split again, by keys alone', async (t) => {
  const { page } = await openApp(t);
  await add(page, [fixture('video-only.mp4'), fixture('audio-only.m4a'), fixture('vfr.mp4')]);
  assert.ok(await page.getByTestId('join').isDisabled());
  for (const name of ['video-only.mp4', 'audio-only.m4a']) {
    await row(page, name)
      .getByRole('checkbox', { name: `Tick ${name} to join it with others` })
      .focus();
    await page.keyboard.press('Space');
  }
  await page.getByRole('button', { name: 'One title' }).focus();
  await page.keyboard.press('Enter');
  assert.deepEqual(await titles(page), [['video-only.mp4', 'audio-only.m4a'], ['vfr.mp4']]);

  await page.getByRole('button', { name: 'Split video-only into its files' }).focus();
  await page.keyboard.press('Enter');
  assert.deepEqual(await titles(page), [['video-only.mp4'], ['audio-only.m4a'], ['vfr.mp4']]);

  for (const tick of await page.getByTestId('job-tick').all()) await tick.check();
  await page.getByTestId('join').click();
  await page.getByRole('button', { name: 'Take vfr.mp4 out of video-only' }).click();
  assert.deepEqual(await titles(page), [['video-only.mp4', 'audio-only.m4a'], ['vfr.mp4']]);
});

test('a title of two files that was interrupted goes on with both, whatever their order, to the same bytes', async (t) => {
  const { page, context, url } = await openApp(t);
  /** @type {(value?: unknown) => void} */
  let reached;
  const closing = new Promise((resolve) => {
    reached = resolve;
  });
  await page.exposeBinding('reached', () => reached());
  /** @type {Options & { targets: Target[], key: string, segmentDuration: number }} */
  const options = { targets: ['cmaf', 'dash', 'hls'], segmentDuration: 1, key: KEY_OPTION };
  await setOptions(page, options);
  const files = (await FILM()).slice(1);
  await add(page, files);
  // The page stands still once something is written, so that the job isn't done before the page is closed.
  await page.evaluate(() => {
    const watcher = new MutationObserver(() => {
      if (!(Number(document.querySelector('[data-testid="job-progress"]')?.getAttribute('aria-valuenow')) >= 10))
        return;
      watcher.disconnect();
      window.reached();
      for (const end = performance.now() + 4000; performance.now() < end; );
    });
    watcher.observe(document.body, { subtree: true, childList: true, attributes: true });
  });
  await page.getByTestId('package').click();
  await closing;
  await page.close();

  const next = await context.newPage();
  await next.goto(url);
  const left = next.locator('[data-testid="output-row"][data-job="film"]');
  await left.getByTestId('unfinished').waitFor({ timeout: PATIENCE.job });
  assert.match(await left.getByTestId('unfinished').innerText(), /film-720p\.mp4.*film\.de\.m4a/s);
  const { seed } = JSON.parse((await outputText(next, 'outputs/film/tabpack-journal.jsonl')).split('\n')[0]);
  await left.getByTestId('resume-keys').fill(KEY_OPTION);
  await left.getByTestId('resume-file').setInputFiles(files.slice(0, 1));
  assert.match(await left.getByTestId('resume-missing').innerText(), /film\.de\.m4a/);
  assert.equal(await next.getByTestId('job-row').count(), 0, 'nothing is begun with a part of the files');

  await left.getByTestId('resume-file').setInputFiles([...files].reverse());
  assert.equal(await rowStatus(next, 'film', ['Succeed', 'Failed']), 'Succeed', await row(next, 'film').innerText());
  assert.match(await next.getByTestId('log').innerText(), /Resumed: [1-9]\d* of/);

  const output = memory();
  const packager = await Packager.create();
  const inputs = files.map(({ buffer }) => new Uint8Array(buffer));
  await packager.package(inputs, { ...options, seed, tracks: [{ input: 1, language: 'de' }], output });
  const paths = (await storedOutputs(next)).files.map((path) => path.replace('film/', '')).sort();
  assert.deepEqual(paths, [...output.files.keys()].sort());
  for (const [path, bytes] of output.files) {
    const digest = await next.evaluate(async (parts) => {
      let folder = await navigator.storage.getDirectory();
      for (const part of parts.slice(0, -1)) folder = await folder.getDirectoryHandle(part);
      const content = await (await (await folder.getFileHandle(parts.at(-1))).getFile()).arrayBuffer();
      return Array.from(new Uint8Array(await crypto.subtle.digest('SHA-256', content)), (byte) =>
        byte.toString(16).padStart(2, '0'),
      ).join('');
    }, `outputs/film/${path}`.split('/'));
    assert.equal(digest, createHash('sha256').update(bytes).digest('hex'), path);
  }
});
