/**
 * Sinks that leave the machine or become one file. They are apart from the packager, so that a page loads them when
 * it needs them.
 *
 * @module tabpack/sinks
 */

export { put, type PutOptions, type PutTarget } from './put';
export { each, type ByteStream, type HandedFile, type NodeStream } from './streams';
export { zip, type ZipOptions, type ZipSink } from './zip';
