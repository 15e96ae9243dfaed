/**
 * A tar archive written as a stream (POSIX.1-2017, pax interchange format): for a pipe, a container's layer, or a server
 * that unpacks what it receives.
 */

import type { Sink } from '../api/types';
import { type ByteStream, taker, turns } from './streams';

/** How an archive is made. */
export interface TarOptions {
  /** A folder in the archive that all files are put in, as in `my-film`; none by default. */
  folder?: string;
  /** The time of change that entries are given; now by default. */
  modified?: Date;
}

/** Everything in an archive is in blocks of this many bytes. */
const BLOCK = 512;

/** The most bytes of a name that a header has room for. */
const NAME_BYTES = 100;

/** The sizes that eleven octal digits can't say begin here. */
const LARGE = 8 ** 11;

/**
 * Makes a sink that writes all files into one tar archive, one after the other as they come: manifests are last.
 * Nothing of a file is kept in memory once it is written.
 *
 * A stream can't go back, so `singleFile` is refused (`OPTION_INVALID`). After a failure the stream is aborted.
 *
 * @param stream Where the archive's bytes go: a `WritableStream` or a Node stream. It is closed at the end.
 */
export function tar(stream: ByteStream, options: TarOptions = {}): Sink {
  const output = taker(stream);
  const folder = options.folder === undefined ? '' : `${options.folder.replace(/^\/+|\/+$/g, '')}/`;
  const modified = options.modified ?? new Date();
  const inTurn = turns();
  return {
    write: (path, bytes) =>
      inTurn(async () => {
        for (const part of entry(folder + path, bytes, modified)) await output.write(part);
      }),
    finish: () =>
      inTurn(async () => {
        // Two empty blocks are the end.
        await output.write(new Uint8Array(2 * BLOCK));
        await output.close();
      }),
    discard: () => output.abort(),
  };
}

/** A file: what its header has no room for, its header, its bytes, and zeros up to the next block. */
function* entry(path: string, bytes: Uint8Array, modified: Date): Generator<Uint8Array> {
  const records = [
    ...(utf8(path).length > NAME_BYTES || /[^ -~]/.test(path) ? [record('path', path)] : []),
    ...(bytes.length >= LARGE ? [record('size', String(bytes.length))] : []),
  ];
  if (records.length > 0) yield* padded(header('pax', 'x', records.join(''), modified), utf8(records.join('')));
  yield* padded(header(path, '0', bytes, modified), bytes);
}

function* padded(head: Uint8Array, bytes: Uint8Array): Generator<Uint8Array> {
  yield head;
  if (bytes.length > 0) yield bytes;
  const rest = bytes.length % BLOCK;
  if (rest !== 0) yield new Uint8Array(BLOCK - rest);
}

/** A record of an extended header, which begins with its own length in bytes: digits of its own included. */
function record(name: string, value: string): string {
  const said = ` ${name}=${value}\n`;
  const without = utf8(said).length;
  let length = without;
  while (length !== without + String(length).length) length = without + String(length).length;
  return `${length}${said}`;
}

function header(path: string, type: '0' | 'x', content: string | Uint8Array, modified: Date): Uint8Array {
  const size = typeof content === 'string' ? utf8(content).length : content.length;
  const block = new Uint8Array(BLOCK);
  const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, '0');
  block.set(utf8(path).subarray(0, NAME_BYTES), 0);
  block.set(utf8(octal(0o644, 7)), 100);
  block.set(utf8(octal(0, 7)), 108);
  block.set(utf8(octal(0, 7)), 116);
  block.set(utf8(octal(size >= LARGE ? 0 : size, 11)), 124);
  block.set(utf8(octal(Math.max(0, Math.floor(modified.getTime() / 1000)), 11)), 136);
  block.set(utf8(' '.repeat(8)), 148);
  block.set(utf8(type), 156);
  block.set(utf8('ustar\u000000'), 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.set(utf8(`${octal(sum, 6)}\u0000 `), 148);
  return block;
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
