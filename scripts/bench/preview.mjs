// How soon a dropped file plays as a preview, on the page that people use.

import { createReadStream, existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { chromium } from 'playwright-core';
import { findBrowser } from '../browser.mjs';
import { root } from '../setup.mjs';
import { folder } from './input.mjs';

/** @type {Readonly<Record<string, string>>} */
const TYPES = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

/**
 * Drops the file in a browser that has never seen the page, presses Preview as soon as it is there, and gives the
 * seconds from the drop to the first decoded frame; from a seek near the end to the first frame there; and how many
 * files were stored.
 *
 * @param {string} input
 */
export async function preview(input) {
  const pages = join(root, 'www', 'dist');
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const file = join(pages, path === '/' ? 'index.html' : path);
    if (!existsSync(file)) return void response.writeHead(404).end();
    response.writeHead(200, { 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream' });
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  const profile = await mkdtemp(join(folder, 'profile-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: findBrowser(),
    args: ['--no-sandbox', '--autoplay-policy=no-user-gesture-required'],
  });
  try {
    const page = context.pages()[0] ?? (await context.newPage());
    page.on('pageerror', (error) => console.error(error));
    await page.goto(`http://127.0.0.1:${address.port}/`);
    const firstFrame = page.evaluate(untilFirstFrame);
    await page.getByTestId('file-input').setInputFiles(input);
    const { seconds, encrypted } = await firstFrame;
    if (!encrypted) throw new Error('It plays without a key.');
    return { seconds, seek: await page.evaluate(untilFrameNearTheEnd), stored: await page.evaluate(storedFiles) };
  } finally {
    await context.close();
    server.close();
    server.closeAllConnections();
    await rm(profile, { recursive: true, force: true });
  }
}

/**
 * Runs in the page: the clock begins with the drop, and Preview is pressed as soon as it can be.
 *
 * @returns {Promise<{ seconds: number, encrypted: boolean }>}
 */
function untilFirstFrame() {
  return new Promise((resolve) => {
    /** @type {number | undefined} */
    let dropped;
    let pressed = false;
    document.addEventListener(
      'change',
      () => {
        dropped ??= performance.now();
      },
      { capture: true },
    );
    const look = () => {
      /** @type {HTMLButtonElement | null} */
      const button = document.querySelector('[data-testid="preview"]:enabled');
      if (dropped !== undefined && button && !pressed) {
        pressed = true;
        button.click();
      }
      const video = document.querySelector('video');
      if (dropped !== undefined && video !== null && video.getVideoPlaybackQuality().totalVideoFrames > 0) {
        resolve({ seconds: (performance.now() - dropped) / 1000, encrypted: video.mediaKeys !== null });
      } else setTimeout(look, 4);
    };
    look();
  });
}

/**
 * Runs in the page.
 *
 * @returns {Promise<number>}
 */
function untilFrameNearTheEnd() {
  const video = document.querySelector('video');
  if (video === null) throw new Error('There is no video.');
  const began = performance.now();
  return new Promise((resolve) => {
    video.requestVideoFrameCallback(function shown(_, { mediaTime }) {
      if (mediaTime > video.duration - 21) resolve((performance.now() - began) / 1000);
      else video.requestVideoFrameCallback(shown);
    });
    video.currentTime = video.duration - 20;
  });
}

/** Runs in the page: the files in the origin private file system. */
async function storedFiles() {
  /** @param {FileSystemDirectoryHandle} directory */
  const count = async (directory) => {
    let files = 0;
    for await (const handle of directory.values()) files += handle.kind === 'file' ? 1 : await count(handle);
    return files;
  };
  return count(await navigator.storage.getDirectory());
}
