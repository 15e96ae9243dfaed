// What every script needs before it can build: the toolchain's target, the wasm-bindgen CLI of exactly the
// crate's version, and the npm packages. Each step is skipped where its result is there.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Runs a command in the project's folder, its output shown.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').ExecFileSyncOptions} [options]
 */
export function run(command, args, options = {}) {
  execFileSync(command, args, { cwd: root, stdio: 'inherit', ...options });
}

/** The npm packages of the lock file. */
export function installPackages() {
  const stamp = join(root, 'node_modules', '.package-lock.json');
  const fresh = existsSync(stamp) && statSync(stamp).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs;
  if (fresh) return;
  run(process.platform === 'win32' ? 'npm.cmd' : 'npm', ['ci', '--no-audit', '--no-fund']);
  if (existsSync(stamp)) utimesSync(stamp, new Date(), new Date());
}

/** The Rust target and components: `rust-toolchain.toml` alone doesn't fetch them everywhere. */
export function installToolchain() {
  const mark = join(root, 'target', 'tools', 'toolchain');
  const wanted = readFileSync(join(root, 'rust-toolchain.toml'), 'utf8');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === wanted) return;
  need('rustup', 'Install Rust with rustup: see https://rustup.rs');
  run('rustup', ['target', 'add', 'wasm32-unknown-unknown']);
  run('rustup', ['component', 'add', 'clippy', 'rustfmt']);
  mkdirSync(join(root, 'target', 'tools'), { recursive: true });
  writeFileSync(mark, wanted);
}

/** The path of the `wasm-bindgen` CLI, whose version must be the crate's own. */
export function wasmBindgen() {
  const lock = readFileSync(join(root, 'Cargo.lock'), 'utf8');
  const version = /name = "wasm-bindgen"\nversion = "([^"]+)"/.exec(lock)?.[1];
  if (version === undefined) throw new Error('Cargo.lock names no wasm-bindgen');
  const folder = join(root, 'target', 'tools', `wasm-bindgen-${version}`);
  const program = join(folder, 'bin', process.platform === 'win32' ? 'wasm-bindgen.exe' : 'wasm-bindgen');
  if (!existsSync(program)) {
    console.log(`Installing wasm-bindgen ${version} (once, about two minutes) …`);
    run('cargo', ['install', '--locked', '--quiet', 'wasm-bindgen-cli', '--version', version, '--root', folder]);
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
