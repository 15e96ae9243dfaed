// Packages INPUT into FOLDER, and kills itself in the middle of write N. `node interrupted.mjs INPUT FOLDER N OPTIONS`

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { folder, Packager } from 'tabpack';

const JOURNAL = 'tabpack-journal.jsonl';
const [input, path, writes, options] = process.argv.slice(2);
const sink = folder(path);
let left = Number(writes);

/** Waits until a step that was done stands in the journal, which is written beside the next one; at most a second. */
async function journalled() {
  for (let waited = 0; waited < 1000; waited += 10) {
    const text = await readFile(join(path, JOURNAL), 'utf8').catch(() => '');
    if (text.trim().split('\n').length > 1) return;
    await sleep(10);
  }
}

/**
 * The last write gets half of its bytes to the disk.
 *
 * @param {Uint8Array} bytes
 * @param {(part: Uint8Array) => Promise<void>} begin
 * @returns {Promise<void>}
 */
async function write(bytes, begin) {
  left -= 1;
  if (left > 0) return begin(bytes);
  await journalled();
  await begin(bytes.subarray(0, bytes.length >> 1));
  process.kill(process.pid, 'SIGKILL');
  return new Promise(() => undefined);
}

const packager = await Packager.create();
await packager.package(input, {
  journal: true,
  ...JSON.parse(options),
  output: {
    ...sink,
    write: (file, bytes) => write(bytes, (part) => sink.write(file, part)),
    writeAt: (file, offset, bytes) => write(bytes, (part) => sink.writeAt?.(file, offset, part) ?? Promise.resolve()),
  },
});
