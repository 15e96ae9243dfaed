import { readFile } from 'node:fs/promises';
import { initSync } from '../wasm/tabpack.js';
import { once } from './once';

/** The core in Node, compiled and begun when it is first needed. */
export const core = once(async () => {
  const file = await readFile(new URL('./tabpack_bg.wasm', import.meta.url));
  initSync({ module: await WebAssembly.compile(file) });
});
