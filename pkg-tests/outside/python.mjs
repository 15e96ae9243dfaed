// Software from PyPI that our output is held against, in virtual environments of the tests' own: below target/, made
// from requirements/NAME.txt, where every package has its version. `cpix` wants another `construct` than `pywidevine`
// and `pyplayready` do, so there are several. Where Python, pip or a package can't be had (no network, no wheel for this
// machine), the tests are skipped and say why: none needs the network to pass.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../node/support.mjs';

const target = fileURLToPath(new URL('../../target/outside/', import.meta.url));

/**
 * Whether everything is run (`npm run test:outside`), or one small case of each thing (`npm test`).
 *
 * @type {boolean}
 */
export const everything = process.env.TABPACK_OUTSIDE === 'everything';

/**
 * A virtual environment with the packages of `requirements/NAME.txt`.
 *
 * @param {string} name
 * @returns {Promise<{ python: string, skip: false } | { python: '', skip: string }>} `skip` says why there is none
 */
export async function environment(name) {
  const wanted = await readFile(new URL(`requirements/${name}.txt`, import.meta.url), 'utf8');
  const folder = join(target, name);
  const windows = process.platform === 'win32';
  const python = join(folder, ...(windows ? ['Scripts', 'python.exe'] : ['bin', 'python']));
  const mark = join(folder, 'made-of.txt');
  if (existsSync(python) && existsSync(mark) && (await readFile(mark, 'utf8')) === wanted)
    return { python, skip: false };
  await rm(folder, { recursive: true, force: true });
  const requirements = fileURLToPath(new URL(`requirements/${name}.txt`, import.meta.url));
  const pip = ['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check'];
  for (const [program, args] of /** @type {[string, string[]][]} */ ([
    [windows ? 'python' : 'python3', ['-m', 'venv', folder]],
    [python, [...pip, '--retries', '0', '--timeout', '20', '--no-deps', '-r', requirements]],
  ])) {
    const failed = await run(program, args).then(
      ({ status, stdout, stderr }) => (status === 0 ? null : `${stdout}\n${stderr}`),
      String,
    );
    if (failed !== null) {
      const words = failed.trim().split('\n').at(-1);
      return { python: '', skip: `${name}: \`${program} ${args.slice(0, 3).join(' ')} …\` failed: ${words}` };
    }
  }
  await writeFile(mark, wanted);
  return { python, skip: false };
}

/**
 * Files of a public repository at one commit, by their SHA-256: from the folder that `variable` names, or fetched once.
 *
 * @param {{ variable: string, url: string, files: Readonly<Record<string, string>> }} source
 * @returns {Promise<{ folder: string, skip: false } | { folder: '', skip: string }>} `skip` says why there are none
 */
export async function checkout({ variable, url, files }) {
  const own = process.env[variable];
  if (own !== undefined) return { folder: own, skip: false };
  const folder = join(target, 'sources', variable.toLowerCase());
  for (const [path, digest] of Object.entries(files)) {
    const to = join(folder, path);
    if (existsSync(to) && sha256(await readFile(to)) === digest) continue;
    try {
      const response = await fetch(`${url}/${path}`, { signal: AbortSignal.timeout(20_000) });
      if (!response.ok) throw new Error(`status ${response.status}`);
      const bytes = Buffer.from(await response.arrayBuffer());
      if (sha256(bytes) !== digest) throw new Error('it has changed');
      await mkdir(dirname(to), { recursive: true });
      await writeFile(to, bytes);
    } catch (error) {
      const { message, cause } = /** @type {Error} */ (error);
      const words = cause instanceof Error ? `${message}: ${cause.message}` : message;
      return { folder: '', skip: `${url}/${path}: ${words}. ${variable} may name a folder that has it.` };
    }
  }
  return { folder, skip: false };
}

/** @param {Buffer} bytes */
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
