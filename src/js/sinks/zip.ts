/**
 * A ZIP archive written as a stream: entries are stored, since media doesn't shrink, and each has its size and CRC
 * in front of its bytes, so that readers that don't seek take it too. ZIP64 where a size, an offset or the number of
 * entries needs it. Written by PKWARE's APPNOTE 6.3.10; numbers in comments are its clauses.
 */

import { failures } from '../api/errors';
import type { Sink } from '../api/types';
import { crc32 } from './crc32';
import { type ByteStream, taker, turns } from './streams';

/** How an archive is made. */
export interface ZipOptions {
  /** A folder in the archive that all files are put in, as in `my-film`; none by default. */
  folder?: string;
  /** The time of change that entries are given; now by default. */
  modified?: Date;
}

/** A sink whose files become one archive. */
export interface ZipSink extends Sink {
  /** Adds a file that is read piece by piece, twice: first for its CRC. It may be of any size. */
  add(path: string, content: Blob): Promise<void>;
  /** Writes the archive's directory and closes the stream. */
  finish(): Promise<void>;
}

/**
 * Makes a sink that writes all files into one ZIP archive, one after the other as they come: manifests are last.
 * Nothing but a line a file is kept in memory, and no size is too large (ZIP64).
 *
 * A stream can't go back, so `singleFile` is refused (`OPTION_INVALID`). After a failure the stream is aborted: a
 * `FileSystemWritableFileStream` then leaves its file as it was.
 *
 * @param stream Where the archive's bytes go: a `WritableStream`, as `createWritable()` of a file gives it, or a
 *   Node stream. It is closed at the end.
 */
export function zip(stream: ByteStream, options: ZipOptions = {}): ZipSink {
  const output = taker(stream);
  const folder = options.folder === undefined ? '' : `${options.folder.replace(/^\/+|\/+$/g, '')}/`;
  const modified = options.modified ?? new Date();
  const archive = new Archive((bytes) => output.write(bytes));
  const inTurn = turns();
  return {
    write: (path, bytes) =>
      inTurn(() => archive.add({ name: folder + path, size: bytes.length, crc: crc32(bytes), modified }, [bytes])),
    add: (path, content) =>
      inTurn(async () => {
        let crc = 0;
        for await (const piece of pieces(content)) crc = crc32(piece, crc);
        const changed = content instanceof File ? new Date(content.lastModified) : modified;
        await archive.add({ name: folder + path, size: content.size, crc, modified: changed }, pieces(content));
      }),
    finish: () =>
      inTurn(async () => {
        await archive.end();
        await output.close();
      }),
    discard: () => output.abort(),
  };
}

/** How much of a file is read at once, in bytes. */
const PIECE = 4 << 20;

async function* pieces(content: Blob): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.size; at += PIECE)
    yield new Uint8Array(await content.slice(at, at + PIECE).arrayBuffer());
}

interface Entry {
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  readonly crc: number;
  readonly modified: Date;
}

/** From these values on a field of 32 or 16 bits refers to its ZIP64 twin (4.4.1.4). */
const MAX_32 = 0xffff_ffff;
const MAX_16 = 0xffff;

class Archive {
  readonly #put: (bytes: Uint8Array) => Promise<void>;
  readonly #directory: Uint8Array[] = [];
  #offset = 0;

  constructor(put: (bytes: Uint8Array) => Promise<void>) {
    this.#put = put;
  }

  async add(entry: Entry, content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void> {
    const name = new TextEncoder().encode(entry.name);
    if (name.length > MAX_16) throw failures.outputNameTooLong(entry.name);
    const offset = this.#offset;
    await this.#write(localHeader(entry, name));
    const start = this.#offset;
    for await (const bytes of content) await this.#write(bytes);
    if (this.#offset - start !== entry.size)
      throw failures.internal('{name} changed while it was put into the ZIP', { name: entry.name });
    this.#directory.push(directoryHeader(entry, name, offset));
  }

  async end(): Promise<void> {
    const start = this.#offset;
    for (const header of this.#directory) await this.#write(header);
    await this.#write(endRecords(this.#directory.length, this.#offset - start, start));
  }

  async #write(bytes: Uint8Array): Promise<void> {
    this.#offset += bytes.length;
    await this.#put(bytes);
  }
}

/** Fields one after the other, little endian. */
class Fields {
  readonly #bytes: number[] = [];

  u16(value: number): this {
    this.#bytes.push(value & 0xff, (value >>> 8) & 0xff);
    return this;
  }

  u32(value: number): this {
    return this.u16(value & 0xffff).u16(value >>> 16);
  }

  u64(value: number): this {
    return this.u32((value % 2 ** 32) >>> 0).u32(Math.floor(value / 2 ** 32));
  }

  end(...more: Uint8Array[]): Uint8Array {
    const parts = [Uint8Array.from(this.#bytes), ...more];
    const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }
}

/** ZIP64 needs 4.5 of a reader, a file in a folder 2.0 (4.4.3.2). */
const version = (large: boolean): number => (large ? 45 : 20);

/** What local and directory headers share: from the flags to the CRC. Bit 11: names are UTF-8. Method 0: stored. */
function common(fields: Fields, { modified, crc }: Entry): Fields {
  const year = Math.min(Math.max(modified.getFullYear(), 1980), 2107);
  return fields
    .u16(1 << 11)
    .u16(0)
    .u16((modified.getHours() << 11) | (modified.getMinutes() << 5) | (modified.getSeconds() >> 1))
    .u16(((year - 1980) << 9) | ((modified.getMonth() + 1) << 5) | modified.getDate())
    .u32(crc);
}

/** 4.3.7; with its ZIP64 field (4.5.3) both sizes are in it. */
function localHeader(entry: Entry, name: Uint8Array): Uint8Array {
  const large = entry.size >= MAX_32;
  const size = large ? MAX_32 : entry.size;
  const extra = large ? new Fields().u16(1).u16(16).u64(entry.size).u64(entry.size).end() : new Uint8Array();
  const fields = common(new Fields().u32(0x04034b50).u16(version(large)), entry);
  return fields.u32(size).u32(size).u16(name.length).u16(extra.length).end(name, extra);
}

/** 4.3.12; its ZIP64 field holds only what doesn't fit. */
function directoryHeader(entry: Entry, name: Uint8Array, offset: number): Uint8Array {
  const large = entry.size >= MAX_32;
  const far = offset >= MAX_32;
  const size = large ? MAX_32 : entry.size;
  const extra = new Fields();
  if (large || far) extra.u16(1).u16((large ? 16 : 0) + (far ? 8 : 0));
  if (large) extra.u64(entry.size).u64(entry.size);
  if (far) extra.u64(offset);
  const more = extra.end();
  // Made on Unix (3): a plain file that its owner may write.
  const fields = common(
    new Fields()
      .u32(0x02014b50)
      .u16((3 << 8) | 45)
      .u16(version(large || far)),
    entry,
  );
  fields.u32(size).u32(size).u16(name.length).u16(more.length).u16(0).u16(0).u16(0);
  return fields
    .u32((0o100644 << 16) >>> 0)
    .u32(far ? MAX_32 : offset)
    .end(name, more);
}

/** 4.3.14 to 4.3.16. */
function endRecords(count: number, size: number, offset: number): Uint8Array {
  const large = count >= MAX_16 || size >= MAX_32 || offset >= MAX_32;
  const fields = new Fields();
  if (large) {
    fields
      .u32(0x06064b50)
      .u64(44)
      .u16((3 << 8) | 45)
      .u16(45)
      .u32(0)
      .u32(0)
      .u64(count)
      .u64(count)
      .u64(size)
      .u64(offset);
    fields
      .u32(0x07064b50)
      .u32(0)
      .u64(offset + size)
      .u32(1);
  }
  const entries = Math.min(count, MAX_16);
  return fields
    .u32(0x06054b50)
    .u16(0)
    .u16(0)
    .u16(entries)
    .u16(entries)
    .u32(Math.min(size, MAX_32))
    .u32(Math.min(offset, MAX_32))
    .u16(0)
    .end();
}
