// A tab in Chromium that packages a file into OPFS, or copies it there.

import { createReadStream, existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { chromium } from 'playwright-core';
import { findBrowser } from '../browser.mjs';
import { root } from '../setup.mjs';
import { folder } from './input.mjs';
import { descendants, processorTime, Watch } from './memory.mjs';
import { peersFolder } from './peers.mjs';

/**
 * What was measured: wall time, processor time (without memory), the first segment's time, all in seconds, and the peak of memory
 * in bytes.
 *
 * @typedef {{ seconds: number, processor?: number, firstSegment?: number | undefined, memory?: number }} Timed
 */

/** @type {Readonly<Record<string, string>>} */
const TYPES = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

/**
 * Opens the page in a profile on disk: a plain context keeps its files in memory.
 *
 * @param {string} input
 */
export async function openTab(input, dist = join(root, 'dist')) {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const file = path.startsWith('/peers/')
      ? join(peersFolder, path.slice('/peers/'.length))
      : path.startsWith('/dist/')
        ? join(dist, path.slice('/dist/'.length))
        : join(root, 'scripts', 'bench', 'page', path === '/' ? 'index.html' : path);
    if (!existsSync(file)) return void response.writeHead(404).end();
    response.writeHead(200, { 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream' });
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  const profile = await mkdtemp(join(folder, 'profile-'));
  const before = new Set(descendants(process.pid));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: findBrowser(),
    args: ['--no-sandbox'],
  });
  const page = context.pages()[0] ?? (await context.newPage());
  page.on('pageerror', (error) => console.error(error));
  page.setDefaultTimeout(0);
  await page.goto(`http://127.0.0.1:${address.port}/`);
  await page.locator('input').setInputFiles(input);
  await page.evaluate(() => window.ready());

  const processes = () => descendants(process.pid).filter((pid) => !before.has(pid));
  /**
   * @param {boolean} watch
   * @param {() => Promise<Timed>} run
   * @returns {Promise<Timed>}
   */
  const measured = async (watch, run) => {
    if (watch) {
      await new Promise((resolve) => setTimeout(resolve, 2000)); // idle
      const memory = new Watch('Pss', processes);
      const result = await run();
      return { ...result, memory: memory.end() };
    }
    const began = processorTime(processes());
    const result = await run();
    return { ...result, processor: processorTime(processes()) - began };
  };
  return {
    copy: (/** @type {boolean} */ watch) => measured(watch, () => page.evaluate(() => window.copy())),
    peer: (/** @type {string} */ name, /** @type {string} */ scheme, /** @type {boolean} */ watch) =>
      measured(watch, () => page.evaluate((job) => window.peer(job), { name, scheme })),
    pack: (/** @type {string} */ scheme, /** @type {number | undefined} */ workers, /** @type {boolean} */ watch) =>
      measured(watch, () => page.evaluate((job) => window.pack(job), { scheme, workers })),
    page,
    close: async () => {
      await context.close();
      server.close();
      server.closeAllConnections();
      await rm(profile, { recursive: true, force: true });
    },
  };
}
