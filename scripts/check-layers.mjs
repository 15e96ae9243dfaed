// Checks that the core's modules use only what stands above them in `src/lib.rs`, the order in which data flows.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { main, root } from './setup.mjs';

/** The order; modules in one row don't use each other. */
const ROWS = [
  ['error', 'full', 'limits', 'time'],
  ['bytes', 'xml'],
  ['mp4', 'codec'],
  ['demux'],
  ['segment', 'keys'],
  ['random'],
  ['cenc'],
  ['drm'],
  ['cpix'],
  ['keyserver'],
  ['mux', 'open'],
  ['presentation'],
  ['mpd', 'hls'],
  ['packager', 'manifest'],
  ['verify'],
  ['wasm'],
];

export function checkLayers() {
  const source = join(root, 'src');
  const rank = new Map(ROWS.flatMap((names, index) => names.map((name) => [name, index])));
  const faults = [];
  for (const file of rustFiles(source)) {
    const path = relative(source, file).replaceAll('\\', '/');
    if (path === 'lib.rs') continue;
    const own = path.split('/')[0].replace(/\.rs$/, '');
    if (!rank.has(own)) faults.push(`${path}: module ${own} has no place in the order`);
    for (const [, used] of withoutTests(readFileSync(file, 'utf8')).matchAll(/\bcrate::(?:\{[^}]*\}|(\w+))/g)) {
      if (used === undefined) faults.push(`${path}: name one module in each use of crate::`);
      else if (used !== own && !(rank.get(used) < rank.get(own)) && !(rank.get(own) === 0 && rank.get(used) === 0)) {
        faults.push(`${path}: ${own} may not use ${used}`);
      }
    }
  }
  if (faults.length > 0) throw new Error(`Modules out of order:\n${faults.join('\n')}`);
  console.log('Modules use only what stands above them.');
}

function withoutTests(text) {
  return text.split('#[cfg(test)]')[0];
}

function rustFiles(folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return rustFiles(path);
    return name.endsWith('.rs') ? [path] : [];
  });
}

if (process.argv[1] === join(root, 'scripts', 'check-layers.mjs')) await main(checkLayers);
