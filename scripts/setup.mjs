// What every script needs before it can build: the toolchain's target, what makes the wasm's bindings, and the npm
// packages. Each step is skipped where its result is there.

import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Runs a command in the project's folder, its output shown.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').ExecFileSyncOptions} options
 */
export function run(command, args, options = {}) {
  execFileSync(command, args, { cwd: root, stdio: 'inherit', ...options });
}

/**
 * Runs a command beside this script and others, its output shown.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} options
 * @returns {Promise<void>}
 */
export function start(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', ...options });
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`Command failed: ${command} ${args.join(' ')}`)),
    );
  });
}

/** The npm packages of the lock file. */
export async function installPackages() {
  const stamp = join(root, 'node_modules', '.package-lock.json');
  const fresh = existsSync(stamp) && statSync(stamp).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs;
  if (fresh) return;
  await start(process.platform === 'win32' ? 'npm.cmd' : 'npm', ['ci', '--no-audit', '--no-fund']);
  if (existsSync(stamp)) utimesSync(stamp, new Date(), new Date());
}

/** The Rust target and components: `rust-toolchain.toml` alone doesn't fetch them everywhere. */
export async function installToolchain() {
  const mark = join(root, 'target', 'tools', 'toolchain');
  const wanted = readFileSync(join(root, 'rust-toolchain.toml'), 'utf8');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === wanted) return;
  need('rustup', 'Install Rust with rustup: see https://rustup.rs');
  await start('rustup', ['target', 'add', 'wasm32-unknown-unknown']);
  await start('rustup', ['component', 'add', 'clippy', 'rustfmt']);
  mkdirSync(join(root, 'target', 'tools'), { recursive: true });
  writeFileSync(mark, wanted);
}

/**
 * Builds what makes the bindings, wasm-bindgen's own library with a few lines around it, and gives its path. The CLI
 * would take twice as long and give the same.
 */
export async function buildBindgen() {
  const folder = join(root, 'target', 'tools', 'bindgen');
  const manifest = join(root, 'scripts', 'bindgen', 'Cargo.toml');
  await start('cargo', ['build', '--quiet', '--locked', '--manifest-path', manifest, '--target-dir', folder]);
  return join(folder, 'debug', process.platform === 'win32' ? 'bindgen.exe' : 'bindgen');
}

/** Installs what runs the tests of the bindings in a browser, of exactly the crate's version, and gives its path. */
export async function installWasmTestRunner() {
  const lock = readFileSync(join(root, 'Cargo.lock'), 'utf8');
  const version = /name = "wasm-bindgen"\nversion = "([^"]+)"/.exec(lock)?.[1];
  if (version === undefined) throw new Error('Cargo.lock names no wasm-bindgen');
  const folder = join(root, 'target', 'tools', `wasm-bindgen-${version}`);
  const ending = process.platform === 'win32' ? '.exe' : '';
  const program = join(folder, 'bin', `wasm-bindgen-test-runner${ending}`);
  if (!existsSync(program)) {
    console.log(`Installing wasm-bindgen-test-runner ${version} (once, about two minutes) …`);
    await start('cargo', [
      'install',
      '--locked',
      '--quiet',
      'wasm-bindgen-cli',
      '--version',
      version,
      '--root',
      folder,
      '--bin',
      'wasm-bindgen-test-runner',
    ]);
  }
  return program;
}

/**
 * @param {string} program
 * @param {string} advice
 */
function need(program, advice) {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
  } catch {
    throw new Error(`${program} is missing. ${advice}`);
  }
}

/**
 * Ends a script with one sentence instead of a stack trace where a step said what is wrong.
 *
 * @param {() => unknown} script
 */
export async function main(script) {
  try {
    await script();
  } catch (error) {
    console.error(error instanceof Error && error.message.startsWith('Command failed') ? `\n${error.message}` : error);
    process.exitCode = 1;
  }
}
