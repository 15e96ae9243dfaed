// Finds the Chromium that the browser tests drive, and its driver.

import { join } from 'node:path';
import { installOnDebian, isExecutable, needTool, onPath } from './tools.mjs';

/** What Chromium and its kin are called on a PATH. */
const NAMES = [
  'chromium',
  'chromium-browser',
  'google-chrome-stable',
  'google-chrome',
  'chrome',
  'microsoft-edge',
  'msedge',
];

/** Where installers put them without a PATH entry. */
function usualPlaces() {
  const { HOME = '', LOCALAPPDATA, PROGRAMFILES, 'PROGRAMFILES(X86)': programFiles32 } = process.env;
  if (process.platform === 'darwin') {
    return ['/Applications', join(HOME, 'Applications')].flatMap((folder) => [
      join(folder, 'Google Chrome.app/Contents/MacOS/Google Chrome'),
      join(folder, 'Chromium.app/Contents/MacOS/Chromium'),
      join(folder, 'Microsoft Edge.app/Contents/MacOS/Microsoft Edge'),
    ]);
  }
  if (process.platform === 'win32') {
    return [PROGRAMFILES, programFiles32, LOCALAPPDATA]
      .filter((folder) => folder !== undefined)
      .flatMap((folder) => [
        join(folder, 'Google/Chrome/Application/chrome.exe'),
        join(folder, 'Chromium/Application/chrome.exe'),
        join(folder, 'Microsoft/Edge/Application/msedge.exe'),
      ]);
  }
  return ['/usr/lib/chromium/chromium', '/opt/google/chrome/chrome', '/snap/bin/chromium'];
}

/**
 * The path of a Chromium: `CHROME_PATH` if set, else by its usual names and places, else freshly installed
 * (on Debian, as root).
 *
 * @returns {string}
 */
export function findBrowser() {
  const { CHROME_PATH } = process.env;
  if (CHROME_PATH) {
    if (isExecutable(CHROME_PATH)) return CHROME_PATH;
    throw new Error(
      `CHROME_PATH is ${CHROME_PATH}, which is not a program that can be run: set it to a Chromium or Chrome.`,
    );
  }
  const found = installed();
  if (found) return found;
  installOnDebian('chromium', 'chromium-driver');
  const fresh = installed();
  if (fresh) return fresh;
  throw new Error(
    'No Chromium was found: install Chromium or Chrome (on Debian and Ubuntu: apt-get install chromium chromium-driver), or set CHROME_PATH to one.',
  );
}

/** The first Chromium that is there, or null. */
function installed() {
  for (const name of NAMES) {
    const path = onPath(name);
    if (path) return path;
  }
  return usualPlaces().find(isExecutable) ?? null;
}

/**
 * The path of chromedriver: `CHROMEDRIVER` if set, else on the PATH, else freshly installed (on Debian, as root).
 *
 * @returns {string}
 */
export function findDriver() {
  return process.env.CHROMEDRIVER || needTool('chromedriver', 'chromium-driver');
}
