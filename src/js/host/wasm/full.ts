/** The full build of the core, a script of its own beside its wasm: a worker loads it for what the small build refuses. */

export { default as load, Engine } from '../../wasm/tabpack_full.js';
