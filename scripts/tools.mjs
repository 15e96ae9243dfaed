// Finds the programs that the tests read our output with.

import { spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * The path of a program. On Debian as root a missing one is installed; elsewhere a missing one is an error
 * whose one sentence says what to install.
 *
 * @param {string} name as it is called on the command line
 * @param {string} debianPackage the Debian package that holds it
 * @returns {string}
 */
export function needTool(name, debianPackage) {
  const found = onPath(name);
  if (found) return found;
  installOnDebian(debianPackage);
  const installed = onPath(name);
  if (installed) return installed;
  throw new Error(
    `${name} is needed and was not found on the PATH: install it (on Debian and Ubuntu: apt-get install ${debianPackage}).`,
  );
}

/**
 * The path of an executable on the PATH, or null.
 *
 * @param {string} name
 */
export function onPath(name) {
  const endings = process.platform === 'win32' ? (process.env.PATHEXT ?? '.EXE;.CMD').split(';') : [''];
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    if (folder === '') continue;
    for (const ending of endings) {
      const path = join(folder, name + ending);
      if (isExecutable(path)) return path;
    }
  }
  return null;
}

/**
 * Whether there is a file that may be run; a folder may be entered, which is not the same.
 *
 * @param {string} path
 */
export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/**
 * Installs packages where that needs no question: on Debian, as root. Does nothing elsewhere.
 *
 * @param {...string} packages
 */
export function installOnDebian(...packages) {
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !onPath('apt-get')) return;
  console.error(`Installing ${packages.join(' and ')} …`);
  // Output goes to stderr: a caller's stdout may be data.
  /** @param {...string} args */
  const run = (...args) =>
    spawnSync('apt-get', args, {
      stdio: ['ignore', 2, 2],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    }).status === 0;
  if (run('update')) run('install', '-y', ...packages);
}
