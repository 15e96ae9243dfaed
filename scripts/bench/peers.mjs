// Other people's tools for the tab: npm packages, installed when they are first asked for. No other part needs them.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { folder } from './input.mjs';

const PACKAGES = { mediabunny: '1.61.0', '@ffmpeg/ffmpeg': '0.12.15', '@ffmpeg/core': '0.12.10' };
const home = join(folder, 'peers');

/** Where the packages are. */
export const peersFolder = join(home, 'node_modules');

/** Installs them, 75 MB. */
export function installPeers() {
  if (Object.keys(PACKAGES).every((name) => existsSync(join(peersFolder, name)))) return;
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'package.json'), JSON.stringify({ private: true, dependencies: PACKAGES }));
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  execFileSync(npm, ['install', '--no-audit', '--no-fund', '--ignore-scripts'], {
    cwd: home,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
}
