// What bench.mjs calls in the page. Outputs are removed after the clock has stopped.

import { opfs, Packager } from '/dist/browser.js';

const KEY = 'b1c0a5e2d3f44856a7b8c9d0e1f20314:3a7d1c5e9f02b846d1e8f3a2c4b69075';
const file = () => {
  const chosen = document.querySelector('input')?.files?.[0];
  if (chosen === undefined) throw new Error('No file is chosen.');
  return chosen;
};
const packagers = new Map();
const copier = new Worker('/copy.mjs', { type: 'module' });

/**
 * A packager with so many workers; they are there before the clock starts, as they are in an app.
 *
 * @param {number | undefined} workers
 */
async function packager(workers) {
  if (!packagers.has(workers)) packagers.set(workers, await Packager.create(workers === undefined ? {} : { workers }));
  return packagers.get(workers);
}

async function clear() {
  const root = await navigator.storage.getDirectory();
  for await (const name of root.keys()) await root.removeEntry(name, { recursive: true });
}

window.ready = async () => {
  await clear();
  await packager(undefined);
};

window.pack = async ({ scheme, workers }) => {
  const tool = await packager(workers);
  let firstSegment;
  const started = performance.now();
  const since = () => (performance.now() - started) / 1000;
  await tool.package(file(), {
    output: opfs('bench'),
    onProgress: (/** @type {{ segment: number }} */ { segment }) => {
      if (segment > 0) firstSegment ??= since();
    },
    ...(scheme === 'clear' ? { encryption: false } : { scheme, key: KEY }),
  });
  const seconds = since();
  await clear();
  return { seconds, firstSegment };
};

window.copy = async () => {
  const started = performance.now();
  copier.postMessage(file());
  const problem = await new Promise((resolve) =>
    copier.addEventListener('message', ({ data }) => resolve(data), { once: true }),
  );
  const seconds = (performance.now() - started) / 1000;
  if (problem !== null) throw new Error(problem);
  await clear();
  return { seconds };
};

window.peer = async ({ name, scheme }) => {
  const { ffmpeg, mediabunny } = await import('./peers.mjs');
  const run = await (name === 'ffmpeg' ? ffmpeg(file(), scheme) : mediabunny(file()));
  const started = performance.now();
  const size = await run();
  const seconds = (performance.now() - started) / 1000;
  await clear();
  if (size < file().size * 0.9) throw new Error(`${name} wrote no more than ${size} bytes`);
  return { seconds };
};
