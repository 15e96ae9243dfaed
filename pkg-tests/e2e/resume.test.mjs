/** Interrupted jobs in a browser: a closed page, a dead worker, full storage. What they give in the end is the same. */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { memory, Packager } from 'tabpack';
import { fixture, KEY, openApp, PATIENCE, row, rowStatus, serve, setOptions, storedOutputs } from './support.mjs';

const DIST = fileURLToPath(new URL('../../dist', import.meta.url));
const CLIP = 'bframes-1080p.mp4';
const JOB = 'bframes-1080p';
const KEY_OPTION = `${KEY.kid}:${KEY.key}`;
/** @type {Options & { targets: Target[], key: string }} */
const OPTIONS = { targets: ['cmaf', 'dash', 'hls'], segmentDuration: 2, key: KEY_OPTION };
const JOURNAL = 'tabpack-journal.jsonl';

/**
 * The digests of an uninterrupted job's files, by path.
 *
 * @param {Options} options
 */
async function inNode(options) {
  const output = memory();
  const packager = await Packager.create();
  await packager.package(fixture(CLIP), { ...OPTIONS, ...options, output });
  return Object.fromEntries(
    [...output.files].map(([path, bytes]) => [path, createHash('sha256').update(bytes).digest('hex')]),
  );
}

/** The digests of the files of a folder in the origin private file system, by path. */
const stored = (/** @type {Page} */ page, /** @type {string} */ folder) =>
  page.evaluate(async (/** @type {string} */ root) => {
    /** @type {Record<string, string>} */
    const found = {};
    const visit = async (/** @type {FileSystemDirectoryHandle} */ directory, /** @type {string} */ prefix) => {
      for await (const handle of directory.values()) {
        if (handle.kind === 'directory')
          await visit(/** @type {FileSystemDirectoryHandle} */ (handle), `${prefix}${handle.name}/`);
        else {
          const digest = new Uint8Array(
            await crypto.subtle.digest(
              'SHA-256',
              await (await /** @type {FileSystemFileHandle} */ (handle).getFile()).arrayBuffer(),
            ),
          );
          found[prefix + handle.name] = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
        }
      }
    };
    let directory = await navigator.storage.getDirectory();
    for (const name of root.split('/')) directory = await directory.getDirectoryHandle(name);
    await visit(directory, '');
    return found;
  }, folder);

const journalOf = (/** @type {Page} */ page, /** @type {string} */ folder) =>
  page.evaluate(
    async ([root, name]) => {
      let directory = await navigator.storage.getDirectory();
      for (const part of root.split('/')) directory = await directory.getDirectoryHandle(part);
      return (await (await directory.getFileHandle(name)).getFile()).text();
    },
    [folder, JOURNAL],
  );

for (const [when, percent] of /** @type {[when: string, percent: number][]} */ ([
  ['early', 1],
  ['in the middle', 40],
  ['late', 80],
])) {
  test(`a page closed ${when}: the next one offers the job, and it goes on to the same bytes`, async (t) => {
    const { page, context, url } = await openApp(t);
    /** @type {(value?: unknown) => void} */
    let reached;
    const closing = new Promise((resolve) => {
      reached = resolve;
    });
    await page.exposeBinding('reached', () => reached());
    await setOptions(page, OPTIONS);
    await page.getByTestId('file-input').setInputFiles(fixture(CLIP));
    // The page stands still there, so that the job isn't done before the page is closed: workers get no more steps.
    await page.evaluate((at) => {
      const watcher = new MutationObserver(() => {
        const bar = document.querySelector('[data-testid="job-progress"]');
        if (!(Number(bar?.getAttribute('aria-valuenow')) >= at)) return;
        watcher.disconnect();
        window.reached();
        for (const end = performance.now() + 4000; performance.now() < end; );
      });
      watcher.observe(document.body, { subtree: true, childList: true, attributes: true });
    }, percent);
    await page.getByTestId('package').click();
    await closing;
    await page.close();

    const next = await context.newPage();
    await next.goto(url);
    const left = next.locator(`[data-testid="output-row"][data-job="${JOB}"]`);
    await left.getByTestId('unfinished').waitFor();
    const journal = await journalOf(next, `outputs/${JOB}`);
    const bytes = Buffer.from(KEY.key, 'hex');
    for (const notation of [KEY.key, bytes.toString('base64').slice(0, 20), bytes.toString('base64url').slice(0, 20)])
      assert.ok(!journal.includes(notation));
    const [head, ...lines] = journal
      .trim()
      .split('\n')
      .map((/** @type {string} */ line) => JSON.parse(line));
    assert.ok(lines.length > 0, 'steps are in the journal');
    const expected = await inNode({ seed: head.seed });

    assert.ok(await left.getByTestId('resume-file').isDisabled(), 'the key isn’t stored, so it is asked for');
    // A wrong key is told, and changes nothing.
    const before = await stored(next, `outputs/${JOB}`);
    await left.getByTestId('resume-keys').fill(`${KEY.kid}:${'0'.repeat(32)}`);
    await left.getByTestId('resume-file').setInputFiles(fixture(CLIP));
    assert.equal(await rowStatus(next, CLIP, ['Succeed', 'Failed']), 'Failed');
    assert.equal(await row(next, CLIP).getByTestId('job-error-code').innerText(), 'RESUME_MISMATCH');
    assert.deepEqual(await stored(next, `outputs/${JOB}`), before);
    await row(next, CLIP).getByTestId('job-remove').click();

    await left.getByTestId('resume-keys').fill(KEY_OPTION);
    await left.getByTestId('resume-file').setInputFiles(fixture(CLIP));
    const status = await rowStatus(next, CLIP, ['Succeed', 'Failed']);
    assert.equal(status, 'Succeed', await row(next, CLIP).innerText());
    assert.match(await next.getByTestId('log').innerText(), /Resumed: [1-9]\d* of/);
    assert.deepEqual(await stored(next, `outputs/${JOB}`), expected);
  });
}

/**
 * A page with the package alone, and an input that holds the clip.
 *
 * @param {TestContext} t
 */
async function bare(t) {
  const { page, context } = await openApp(t);
  const server = await serve(DIST);
  t.after(() => server.close());
  await page.goto(`${server.url}nothing-here`);
  await page.setContent('<input type="file">');
  await page.setInputFiles('input', fixture(CLIP));
  return { page, context, url: server.url };
}

/**
 * Runs in the page: the sink of this name, for `films/one`.
 *
 * @type {Record<string, string>}
 */
const SINKS = {
  opfs: '({ opfs }) => opfs("films/one")',
  directory: `async ({ directory }) => {
    const films = await (await navigator.storage.getDirectory()).getDirectoryHandle('films', { create: true });
    return directory(await films.getDirectoryHandle('one', { create: true }));
  }`,
};

for (const [when, step] of [
  ['early', 2],
  ['in the middle', 4],
  ['late', 6],
]) {
  for (const [sink, singleFile] of /** @type {[sink: string, singleFile: boolean][]} */ ([
    ['opfs', false],
    ['opfs', true],
    ['directory', false],
  ])) {
    test(`a worker that dies ${when}, into ${sink}()${singleFile ? ', single files' : ''}: the job goes on to the same bytes`, async (t) => {
      const { page, url } = await bare(t);
      await page.evaluate((sink) => {
        // biome-ignore lint/security/noGlobalEval: a function doesn't cross to the page; its source is this file's
        window.sink = eval(sink);
      }, SINKS[sink]);
      const failed = await page.evaluate(
        async ([url, options, step]) => {
          const tabpack = await import(`${url}browser.js`);
          const { Packager, unfinished } = tabpack;
          // The worker that is to do this step of 6 dies instead, when the journal has what the others did.
          let steps = 0;
          const createWorker = () => {
            const worker = new Worker(`${url}worker.js`, { type: 'module' });
            const post = worker.postMessage.bind(worker);
            worker.postMessage = (/** @type {any} */ message, /** @type {any[]} */ ...rest) => {
              if (message.path?.[0] !== 'step') return void post(message, .../** @type {[any]} */ (rest));
              steps += 1;
              if (steps !== step) return void post(message, .../** @type {[any]} */ (rest));
              setTimeout(() => {
                worker.terminate();
                worker.dispatchEvent(new ErrorEvent('error', { message: 'killed' }));
              }, 300);
            };
            return worker;
          };
          const packager = await Packager.create({ workers: 2, createWorker });
          const error = await packager
            .package(document.querySelector('input').files?.[0], {
              ...options,
              journal: true,
              output: await window.sink(tabpack),
            })
            .then(
              () => null,
              (/** @type {{ code: string }} */ { code }) => code,
            );
          packager.close();
          return { error, left: await unfinished(await window.sink(tabpack)) };
        },
        /** @type {const} */ ([url, { ...OPTIONS, singleFile }, step]),
      );
      assert.equal(failed.error, 'INTERNAL');
      assert.ok(failed.left.bytesDone < failed.left.bytesTotal);
      const [head] = (await journalOf(page, 'films/one')).split('\n');
      const expected = await inNode({ seed: JSON.parse(head).seed, singleFile });
      const first = await page.evaluate(
        async ([url, options]) => {
          const tabpack = await import(`${url}browser.js`);
          const packager = await tabpack.Packager.create({ workers: 2 });
          /** @type {any[]} */
          const begun = [];
          await packager.package(document.querySelector('input').files?.[0], {
            ...options,
            resume: true,
            output: await window.sink(tabpack),
            onProgress: (/** @type {any} */ progress) => begun.push(progress),
          });
          packager.close();
          return begun.find(({ phase }) => phase === 'render').bytesDone;
        },
        /** @type {const} */ ([url, { ...OPTIONS, singleFile }]),
      );
      assert.equal(first, failed.left.bytesDone, 'what was done isn’t done again');
      assert.ok(first > 0);
      assert.deepEqual(await stored(page, 'films/one'), expected);
    });
  }
}

test('storage that is too small is told with both figures, before anything is written', async (t) => {
  const { page } = await openApp(t);
  // Chromium tells pages 10 GiB whatever there is, so the platform's answer is a made-up one here.
  await page.evaluate(() => {
    window.estimate = { quota: 3_000_000, usage: 2_000_000 };
    navigator.storage.estimate = async () => window.estimate;
  });
  await setOptions(page, OPTIONS);
  await page.getByTestId('file-input').setInputFiles(fixture(CLIP));
  await page.getByTestId('package').click();
  assert.equal(await rowStatus(page, CLIP, ['Succeed', 'Failed']), 'Failed');
  const said = await row(page, CLIP).getByTestId('job-error').innerText();
  assert.match(said, /needs about 2\.\d MB, but there is only room for 1\.0 MB/);
  assert.match(said, /OUTPUT_NO_SPACE · 1205/);
  assert.deepEqual(await storedOutputs(page), { files: [], folders: [] });
  await page.evaluate(() => {
    window.estimate.quota = 10_000_000;
  });
  await page.getByTestId('package').click();
  await rowStatus(page, CLIP, ['Succeed']); // it is still the failed one for a moment
});

test('storage that fills up ends the job as 1205 with nothing corrupt, and it goes on when there is room', async (t) => {
  const { page, context, url } = await bare(t);
  const devtools = await context.newCDPSession(page);
  const origin = new URL(url).origin;
  // Chromium grants room by the megabyte: a filler leaves too little of it for the whole job.
  await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1_500_000 });
  const run = (/** @type {{ journal?: boolean; resume?: boolean }} */ options) =>
    page.evaluate(
      async ([url, options]) => {
        const { Packager, opfs, unfinished } = await import(`${url}browser.js`);
        const packager = await Packager.create({ workers: 2 });
        // Nobody looks for room beforehand here: what is tested is that it runs out on the way.
        const output = { ...opfs('films/one'), room: undefined };
        const error = await packager.package(document.querySelector('input').files?.[0], { ...options, output }).then(
          () => null,
          (/** @type {{ code: string, number: number }} */ { code, number }) => [code, number],
        );
        packager.close();
        return { error, left: (await unfinished(output)) !== undefined };
      },
      /** @type {const} */ ([url, { ...OPTIONS, ...options }]),
    );

  // Without a journal nothing is left.
  assert.deepEqual(await run({}), { error: ['OUTPUT_NO_SPACE', 1205], left: false });
  assert.deepEqual(
    await page.evaluate(async () => {
      const names = [];
      for await (const name of (await (await navigator.storage.getDirectory()).getDirectoryHandle('films')).keys())
        names.push(name);
      return names;
    }),
    [],
  );

  assert.deepEqual(await run({ journal: true }), { error: ['OUTPUT_NO_SPACE', 1205], left: true });
  const [head, ...lines] = (await journalOf(page, 'films/one'))
    .trim()
    .split('\n')
    .map((/** @type {string} */ line) => JSON.parse(line));
  const expected = await inNode({ seed: head.seed });
  const found = await stored(page, 'films/one');
  assert.ok(!Object.keys(found).some((path) => /\.(mpd|m3u8)$/.test(path)), 'nothing looks finished');
  for (const { path } of lines.flatMap((/** @type {{ written: { files: any } }} */ line) => line.written.files))
    assert.equal(found[path], expected[path], path);
  await devtools.send('Storage.overrideQuotaForOrigin', { origin });
  assert.deepEqual(await run({ resume: true }), { error: null, left: false });
  assert.deepEqual(await stored(page, 'films/one'), expected);
});

test('a random key that is kept with the unfinished output lets it go on unasked; it goes with the job’s end', async (t) => {
  const { page, context, url } = await openApp(t);
  const reached = new Promise((resolve) => {
    void page.exposeBinding('reached', () => resolve(undefined));
  });
  await setOptions(page, { ...OPTIONS, key: '' });
  await page.getByTestId('keep-keys').check();
  await page.getByTestId('file-input').setInputFiles(fixture(CLIP));
  await page.evaluate(() => {
    const watcher = new MutationObserver(() => {
      if (!(Number(document.querySelector('[data-testid="job-progress"]')?.getAttribute('aria-valuenow')) >= 20))
        return;
      watcher.disconnect();
      window.reached();
      for (const end = performance.now() + 4000; performance.now() < end; );
    });
    watcher.observe(document.body, { subtree: true, childList: true, attributes: true });
  });
  await page.getByTestId('package').click();
  await reached;
  await page.close();
  const next = await context.newPage();
  await next.goto(url);
  const left = next.locator(`[data-testid="output-row"][data-job="${JOB}"]`);
  await left.getByTestId('unfinished').waitFor({ timeout: PATIENCE.job });
  const { keys } = JSON.parse((await journalOf(next, `outputs/${JOB}`)).split('\n')[0]);
  assert.equal(await left.getByTestId('resume-keys').count(), 0);
  await left.getByTestId('resume-file').setInputFiles(fixture(CLIP));
  assert.equal(await rowStatus(next, CLIP, ['Succeed', 'Failed']), 'Succeed');
  const { files } = await storedOutputs(next);
  assert.ok(!files.some((file) => file.endsWith(JOURNAL)));
  assert.match(await row(next, CLIP).getByTestId('key-card').first().innerText(), new RegExp(keys[0].kid.slice(0, 8)));
});
