/** What verifies, a script of its own beside its wasm. */

export { default as load, verifyFiles } from '../../wasm/tabpack_verify.js';
