// Packages INPUT into FOLDER, and kills itself in the middle of write N. `node interrupted.mjs INPUT FOLDER N OPTIONS`

import { folder, Packager } from 'tabpack';

const [input, path, writes, options] = process.argv.slice(2);
const sink = folder(path);
let left = Number(writes);

/** The last write gets half of its bytes to the disk. */
async function write(bytes, begin) {
  left -= 1;
  if (left > 0) return begin(bytes);
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
    writeAt: (file, offset, bytes) => write(bytes, (part) => sink.writeAt(file, offset, part)),
  },
});
