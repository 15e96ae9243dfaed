/** What is read, and where it is written to. */

/** Random access to an input that is neither a Blob nor bytes: a remote file, a block device … */
export interface RandomAccess {
  /** The file's name, for messages. */
  readonly name: string;
  /** The file's size in bytes. */
  readonly size: number;
  /** Reads the bytes of the half-open range from `offset` to `offset + length`. Must give exactly that many. */
  read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array>;
}

/** An input: a `File` or `Blob`, bytes in memory, random access, or (in Node only) a path. */
export type Input = Blob | Uint8Array | RandomAccess | string;

/** One file of the output. */
export interface OutputFile {
  /** The path below the output's root, with `/` between, as in `cmaf/video-1/1.m4s`. */
  readonly path: string;
  /** The size in bytes. */
  readonly size: number;
  /** The media type, as in `video/mp4`. */
  readonly type: string;
}

/** What a sink gives whose files stay, so that an interrupted job can go on from them. */
export interface Store {
  /** The size of a file in bytes; `undefined` where there is none. */
  size(path: string): Promise<number | undefined>;
  /** Reads the half-open range from `offset` to `offset + length`, or as much of it as the file has. */
  read(path: string, offset: number, length: number): Promise<Uint8Array>;
  /** Cuts a file off at `offset` and writes bytes there. They must outlive the program once this resolves. */
  append(path: string, offset: number, bytes: Uint8Array): Promise<void>;
  /** Removes a file. */
  remove(path: string): Promise<void>;
  /** Takes files of an earlier run for this job's own. */
  adopt(paths: readonly string[]): void;
  /** Closes what is open and leaves what is written. */
  keep(): Promise<void>;
}

/**
 * Where output files go. The package makes these: `memory()`, `opfs()`, `directory()`, `folder()` in Node, and in
 * `tabpack/sinks` those that make an archive, send files, or hand them over.
 */
export interface Sink {
  /** Writes one whole file; the parent folders are made as needed. */
  write(path: string, bytes: Uint8Array): Promise<void>;
  /** Writes a part of a file from byte `offset` on; what lies between parts is written later. For `singleFile`. */
  writeAt?(path: string, offset: number, bytes: Uint8Array): Promise<void>;
  /** Called once when all is written, before the job resolves: closes what is open. */
  finish?(): Promise<void>;
  /** Removes what this job wrote, after a failure or an abort. */
  discard(): Promise<void>;
  /** How many bytes may be written yet; `undefined` where nobody knows. Asked before the first file is written. */
  room?(): Promise<number | undefined>;
  /** What a job needs that is to be resumed. `opfs()`, `directory()` and `folder()` have it. */
  readonly store?: Store;
}

/** Files by their paths below a folder: what is verified, or decrypted by its manifest. */
export interface FileAccess {
  /** The paths of all files, with `/` between. */
  list(): Promise<readonly string[]>;
  /** A file's size in bytes; `undefined` for one that isn't there. */
  size(path: string): Promise<number | undefined>;
  /** Reads the bytes of the half-open range from `offset` to `offset + length`, which lies within the file. */
  read(path: string, offset: number, length: number): Promise<Uint8Array>;
}
