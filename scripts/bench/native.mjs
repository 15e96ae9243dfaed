// Packagers outside the browser: our own command line, and Shaka Packager's binary.

import { spawn } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { root } from '../setup.mjs';
import { folder } from './input.mjs';
import { peakResident, processorTime } from './memory.mjs';

const KID = 'b1c0a5e2d3f44856a7b8c9d0e1f20314';
const KEY = '3a7d1c5e9f02b846d1e8f3a2c4b69075';

/**
 * `dist/cli.js` in this Node.
 *
 * @param {string} input
 * @param {string} scheme
 */
export function node(input, scheme) {
  const protection = scheme === 'clear' ? ['--no-encryption'] : ['--scheme', scheme, '--key', `${KID}:${KEY}`];
  return timed((out) => [
    process.execPath,
    [join(root, 'dist', 'cli.js'), 'package', input, '-o', out, '--quiet', ...protection],
  ]);
}

/**
 * The binary of the npm package `shaka-packager`, with the same segments, manifests and key.
 *
 * @param {string} input
 * @param {string} scheme
 */
export function shaka(input, scheme) {
  /**
   * @param {string} name
   * @param {string} out
   */
  const stream = (name, out) =>
    `in=${input},stream=${name},init_segment=${out}/${name}/init.mp4,segment_template=${out}/${name}/$Number$.m4s`;
  const protection =
    scheme === 'clear'
      ? []
      : [
          '--enable_raw_key_encryption',
          '--keys',
          `label=:key_id=${KID}:key=${KEY}`,
          '--protection_scheme',
          scheme,
          '--clear_lead',
          '0',
        ];
  return timed((out) => [
    shakaPath(),
    [
      stream('video', out),
      stream('audio', out),
      '--segment_duration',
      '6',
      '--mpd_output',
      `${out}/stream.mpd`,
      '--hls_master_playlist_output',
      `${out}/master.m3u8`,
      ...protection,
    ],
  ]);
}

function shakaPath() {
  const require = createRequire(join(root, 'pkg-tests', 'package.json'));
  const { platform } = process;
  const system = platform === 'darwin' ? 'osx' : platform === 'win32' ? 'win' : 'linux';
  const path = join(
    dirname(require.resolve('shaka-packager/package.json')),
    'bin',
    `packager-${system}-${process.arch}${system === 'win' ? '.exe' : ''}`,
  );
  chmodSync(path, 0o755);
  return path;
}

/**
 * @param {(out: string) => [program: string, args: string[]]} command
 * @returns {Promise<import('./tab.mjs').Timed>}
 */
async function timed(command) {
  const out = await mkdtemp(join(folder, 'out-'));
  try {
    const [program, args] = command(out);
    const started = performance.now();
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (text) => {
      said += text;
    });
    let memory = 0;
    let processor = 0;
    const timer = setInterval(() => {
      if (child.pid === undefined) return;
      memory = Math.max(memory, peakResident(child.pid));
      processor = Math.max(processor, processorTime([child.pid]));
    }, 20);
    const status = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
    const seconds = (performance.now() - started) / 1000;
    clearInterval(timer);
    if (status !== 0) throw new Error(`${program} ended with ${status}: ${said}`);
    return { seconds, processor, memory };
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}
