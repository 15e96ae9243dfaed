/** Shared set-up of the end-to-end tests: a static server, a browser with a profile of its own, the page's hooks. */

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { listening } from '../listening.mjs';

const HERE = path.dirname(fileURLToPath(import.meta.url));

/** The built pages. */
export const SITE = path.resolve(HERE, '../../www/dist');

/**
 * A test input's path.
 *
 * @param {string} name
 */
export const fixture = (name) => path.resolve(HERE, '../fixtures', name);

/** A key for tests that give one. */
export const KEY = {
  kid: 'b1c0a5e2d3f44856a7b8c9d0e1f20314',
  key: '3a7d1c5e9f02b846d1e8f3a2c4b69075',
};

/** Longest waits, milliseconds: generous, since a shared machine may be slow; nothing waits longer than it must. */
export const PATIENCE = { job: 120_000, play: 45_000, check: 180_000 };

/** @type {Readonly<Record<string, string>>} */
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.mp4': 'video/mp4',
};

/**
 * Serves a folder below a path on a free port of this machine.
 *
 * @param {string} root
 */
export async function serve(root, base = '/') {
  const server = http.createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const relative = decodeURIComponent(pathname).slice(base.length) || 'index.html';
    const file = path.join(root, relative);
    const inside = pathname.startsWith(base) && file.startsWith(root + path.sep);
    // A player may still ask for a file when its test has ended, and its folder has gone.
    const bytes = inside ? await readFile(file).catch(() => null) : null;
    if (bytes === null) {
      response.writeHead(404, { 'Content-Type': 'text/plain' }).end('No such file on the test server.\n');
      return;
    }
    response.writeHead(200, { 'Content-Type': TYPES[path.extname(file)] ?? 'application/octet-stream' });
    response.end(bytes);
  });
  const port = await listening(server);
  return {
    url: `http://127.0.0.1:${port}${base}`,
    /** @returns {Promise<unknown>} */
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}

/**
 * Opens the app in a browser with a fresh profile on disk: a plain context keeps its file system in memory.
 * Whatever the test leaves is removed when it ends.
 *
 * @param {TestContext} t
 */
export async function openApp(t, { base = '/' } = {}) {
  assert.ok(existsSync(path.join(SITE, 'index.html')), 'the pages are built before the tests: npm run build');
  const executablePath = process.env.CHROME_PATH;
  assert.ok(executablePath, 'CHROME_PATH names the browser');
  const server = await serve(SITE, base);
  const profile = await mkdtemp(path.join(tmpdir(), 'tabpack-e2e-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    acceptDownloads: true,
    viewport: { width: 1280, height: 900 },
    args: [
      '--no-sandbox',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      '--autoplay-policy=no-user-gesture-required',
    ],
  });
  t.after(async () => {
    await context.close();
    await server.close();
    await rm(profile, { recursive: true, force: true });
  });
  const page = context.pages()[0] ?? (await context.newPage());
  /** @type {Error[]} */
  const crashes = [];
  page.on('pageerror', (error) => crashes.push(error));
  t.after(() => assert.deepEqual(crashes, [], 'no uncaught error in the page'));
  await page.goto(server.url);
  return { page, context, url: server.url };
}

/**
 * Sets the options of the packager page; whatever isn't named stays.
 *
 * @param {Page} page
 * @param {{ targets?: readonly string[], scheme?: string, key?: string, segmentDuration?: number, clear?: boolean | readonly string[] }} options
 */
export async function setOptions(page, { targets, scheme, key, segmentDuration, clear }) {
  if (targets) {
    for (const target of ['cmaf', 'dash', 'hls']) {
      await page.getByTestId(`target-${target}`).setChecked(targets.includes(target));
    }
  }
  if (clear !== undefined) await page.getByTestId('leave-clear').setChecked(clear === true);
  if (scheme !== undefined) await page.getByTestId('scheme').selectOption(scheme);
  if (key !== undefined) await page.getByTestId('key').fill(key);
  if (segmentDuration !== undefined) {
    await page.getByTestId('segment-duration').fill(String(segmentDuration));
    await page.getByTestId('segment-duration').blur();
  }
}

/**
 * The row of a file on the list.
 *
 * @param {Page} page
 * @param {string} name
 */
export const row = (page, name) => page.getByTestId('job-row').filter({ has: page.getByText(name, { exact: true }) });

/**
 * Waits until a row has one of the statuses, and returns it.
 *
 * @param {Page} page
 * @param {string} name
 * @param {string[]} statuses
 */
export async function rowStatus(page, name, statuses) {
  const selector = statuses.map((status) => `[data-status="${status}"]`).join(', ');
  const found = row(page, name).and(page.locator(selector));
  await found.waitFor({ timeout: PATIENCE.job });
  return found.getAttribute('data-status');
}

/**
 * Adds files, presses Package and waits until the first of them has been packaged.
 *
 * @param {Page} page
 * @param {string | { name: string, mimeType: string, buffer: Buffer }} file
 */
export async function packageFile(page, file, name = path.basename(typeof file === 'string' ? file : file.name)) {
  await page.getByTestId('file-input').setInputFiles(file);
  await page.getByTestId('package').click();
  const status = await rowStatus(page, name, ['Succeed', 'Failed']);
  const said = status === 'Failed' ? await row(page, name).getByTestId('job-error').innerText() : '';
  assert.equal(status, 'Succeed', said);
  return row(page, name);
}

/**
 * Goes from a finished row to the player page, on the given manifest if several are there.
 *
 * @param {Page} page
 * @param {Locator} finished
 * @param {string} [manifest]
 */
export async function openPlayer(page, finished, manifest) {
  if (manifest) {
    const choice = finished.getByTestId('result-manifest');
    if (await choice.count()) await choice.selectOption(manifest);
  }
  await finished.getByTestId('result-play').click();
  await page.getByTestId('check').waitFor();
}

/**
 * What the video element itself says: the tests don't take the page's word for it.
 *
 * @param {Page} page
 */
export const playback = (page) =>
  page.evaluate(() => {
    const video = document.querySelector('video');
    return {
      time: video.currentTime,
      duration: video.duration,
      width: video.videoWidth,
      paused: video.paused,
      error: video.error?.message ?? null,
      frames: video.getVideoPlaybackQuality().totalVideoFrames,
    };
  });

/**
 * Waits until the video element stands beyond a time and has decoded more frames than before.
 *
 * @param {Page} page
 * @param {number} time
 */
export async function playsBeyond(page, time, frames = 0) {
  await page
    .waitForFunction(
      ([t, f]) => {
        const video = document.querySelector('video');
        return video.currentTime > t && video.getVideoPlaybackQuality().totalVideoFrames > f;
      },
      [time, frames],
      { timeout: PATIENCE.play },
    )
    .catch(async (error) => {
      const problem = page.getByTestId('player-problem');
      const said = (await problem.count()) ? await problem.innerText() : 'nothing';
      throw new Error(
        `It doesn't play beyond ${time} s. The page says: ${said} The element: ${JSON.stringify(await playback(page))}`,
        { cause: error },
      );
    });
  return playback(page);
}

/**
 * Runs the check and returns its verdict with what each step says.
 *
 * @param {Page} page
 */
export async function runCheck(page) {
  await page.getByTestId('check').click();
  await page
    .locator('[data-testid="verdict"][data-verdict="pass"], [data-testid="verdict"][data-verdict="fail"]')
    .waitFor({ timeout: PATIENCE.check });
  const verdict = page.getByTestId('verdict');
  /** @type {Record<string, { state: string | null, frames: number, text: string }>} */
  const steps = {};
  for (const id of ['with-key', 'no-key', 'wrong-key']) {
    const step = page.getByTestId(`step-${id}`);
    if (!(await step.count())) continue;
    steps[id] = {
      state: await step.getAttribute('data-state'),
      frames: Number(await step.getAttribute('data-frames')),
      text: await step.innerText(),
    };
  }
  return { verdict: await verdict.getAttribute('data-verdict'), text: await verdict.innerText(), steps };
}

/**
 * Every file below `outputs/` in the origin private file system, and every folder, as paths.
 *
 * @param {Page} page
 */
export const storedOutputs = (page) =>
  page.evaluate(async () => {
    /** @type {{ files: string[], folders: string[] }} */
    const found = { files: [], folders: [] };
    /**
     * @param {FileSystemDirectoryHandle} folder
     * @param {string} prefix
     */
    const visit = async (folder, prefix) => {
      for await (const handle of folder.values()) {
        const name = prefix + handle.name;
        if (handle.kind === 'file') found.files.push(name);
        else {
          found.folders.push(name);
          await visit(/** @type {FileSystemDirectoryHandle} */ (handle), `${name}/`);
        }
      }
    };
    const root = await navigator.storage.getDirectory();
    await visit(await root.getDirectoryHandle('outputs', { create: true }), '');
    return found;
  });
