/** Streams that bytes go to, of browsers and of Node, written in one way. */

import type { Sink } from '../api/types';
import { mediaType } from './media-type';

/** A Node stream, as far as it is used here. */
export interface NodeStream {
  /** Writes bytes; `done` is called once they are taken. */
  write(bytes: Uint8Array, done: (error?: Error | null) => void): boolean;
  /** Ends the stream; `done` is called once all is written. */
  end(done: () => void): unknown;
  /** Gives the stream up. */
  destroy(error?: Error): unknown;
  /** Has errors told. */
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** What bytes are written to: a `WritableStream` (that of a file handle's `createWritable()` among them) or a Node stream. */
export type ByteStream = WritableStream<Uint8Array> | NodeStream;

/** A stream with one way to write; each call waits until the stream wants more. */
export interface Taker {
  write(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
  abort(): Promise<void>;
}

/** Takes hold of a stream. */
export function taker(stream: ByteStream): Taker {
  return 'getWriter' in stream ? ofBrowser(stream) : ofNode(stream);
}

function ofBrowser(stream: WritableStream<Uint8Array>): Taker {
  const writer = stream.getWriter();
  writer.closed.catch(() => undefined); // told by the write that failed
  return {
    write: async (bytes) => {
      await writer.ready;
      await writer.write(bytes);
    },
    close: () => writer.close(),
    abort: () => writer.abort().catch(() => undefined), // a stream that has failed is at an end anyway
  };
}

function ofNode(stream: NodeStream): Taker {
  let failure: Error | undefined;
  let fail: (error: Error) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  failed.catch(() => undefined); // heard only while somebody waits
  stream.on('error', (error) => {
    failure ??= error;
    fail(error);
  });
  const settled = (work: (done: (error?: Error | null) => void) => void): Promise<void> => {
    if (failure !== undefined) return Promise.reject(failure);
    const own = new Promise<void>((resolve, reject) => work((error) => (error ? reject(error) : resolve())));
    return Promise.race([own, failed]);
  };
  return {
    write: (bytes) => settled((done) => stream.write(bytes, done)),
    close: () => settled((done) => stream.end(() => done())),
    abort: async () => {
      stream.destroy();
    },
  };
}

/** Does one thing after the other: what is written to one stream lies one behind the other, and whoever comes waits. */
export function turns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(work);
    last = turn.catch(() => undefined); // the caller has the promise itself
    return turn;
  };
}

/** A file that is handed over. */
export interface HandedFile {
  /** The path below the output's root, with `/` between. */
  readonly path: string;
  /** The size in bytes. */
  readonly size: number;
  /** The media type, as in `video/mp4`. */
  readonly type: string;
}

/**
 * Makes a sink that hands over each file to a function, manifests last. What the function promises is waited for, so
 * that at most one file a worker is under way; where it gives a stream, the file is written to it and the stream
 * closed. The bytes are the function's to keep.
 *
 * Files come whole and once, so `singleFile` is refused (`OPTION_INVALID`). After a failure the stream of a file that
 * is under way is aborted; what has been handed over is the caller's.
 */
export function each(
  // biome-ignore lint/suspicious/noConfusingVoidType: a function that returns nothing is meant
  take: (file: HandedFile, bytes: Uint8Array) => void | ByteStream | Promise<void | ByteStream>,
): Sink {
  const open = new Set<Taker>();
  let ended = false;
  return {
    write: async (path, bytes) => {
      const given = await take({ path, size: bytes.length, type: mediaType(path) }, bytes);
      if (given === undefined) return;
      const stream = taker(given);
      open.add(stream);
      try {
        if (ended) throw new DOMException('The job has ended.', 'AbortError');
        await stream.write(bytes);
        await stream.close();
      } catch (error) {
        await stream.abort();
        throw error;
      } finally {
        open.delete(stream);
      }
    },
    discard: async () => {
      ended = true;
      await Promise.all([...open].map((stream) => stream.abort()));
    },
  };
}
