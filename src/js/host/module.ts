/** The core's wasm file in a browser: compiled once, while it downloads, for all workers of the page. */

import { failures } from '../api/errors';
import { once } from './once';

/** Where the wasm file is, or what it holds. */
export type Wasm = string | URL | ArrayBuffer | WebAssembly.Module;

/** Compiles the wasm file, by default the one beside this script. */
export function moduleOf(wasm: Wasm | undefined): Promise<WebAssembly.Module> {
  if (wasm === undefined) return beside();
  if (wasm instanceof WebAssembly.Module) return Promise.resolve(wasm);
  return wasm instanceof ArrayBuffer ? WebAssembly.compile(wasm) : compiled(new URL(wasm, location.href));
}

const beside = once(() => compiled(new URL('./tabpack_bg.wasm', import.meta.url)));

async function compiled(url: URL): Promise<WebAssembly.Module> {
  const response = await fetch(url).catch((error: unknown) => unloadable(url, String(error)));
  if (!response.ok) unloadable(url, `the server answered ${response.status}`);
  try {
    // Under another media type a browser doesn't compile what it hasn't got as a whole.
    if (response.headers.get('Content-Type') !== 'application/wasm')
      return await WebAssembly.compile(await response.arrayBuffer());
    return await WebAssembly.compileStreaming(response);
  } catch (error) {
    return unloadable(url, String(error));
  }
}

function unloadable(url: URL, why: string): never {
  throw failures.internal(`the wasm file could not be loaded from ${url.href}: ${why}`);
}
