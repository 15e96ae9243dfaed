/**
 * Sinks that leave the machine or become one file. They are apart from the packager, so that a page loads them when
 * it needs them.
 *
 * @module tabpack/sinks
 */

export { type PutOptions, type PutTarget, put } from './put';
export { type ByteStream, each, type HandedFile, type NodeStream } from './streams';
export { type TarOptions, tar } from './tar';
export { type ZipOptions, type ZipSink, zip } from './zip';
