import { open, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';

import { failures } from '../api/errors';
import type { RandomAccess, Sink } from '../api/types';
import type { DecryptOptions } from '../generated/options';
import { manifestTracks, Packager } from '../host/node';
import { filesIn } from '../sinks/disk';
import { folder } from '../sinks/folder';

/** What was written. */
export interface Decrypted {
  readonly files: readonly { readonly path: string; readonly size: number }[];
  /** What was left out or mended, a sentence each. */
  readonly warnings: readonly string[];
}

/** Tracks that become files: what they are read from, and how their files are named. */
interface Job {
  readonly sources: readonly RandomAccess[];
  readonly name: (track: string) => string;
}

/**
 * Decrypts protected MP4 files, or the tracks that a manifest lists, to clear fragmented MP4: one file a track, so
 * that any tool opens it; a folder of segments would want manifests anew.
 */
export async function decrypt(inputs: readonly string[], output: string, options: DecryptOptions): Promise<Decrypted> {
  const packager = await Packager.create();
  const jobs = (await Promise.all(inputs.map((input) => jobsOf(input, inputs.length > 1)))).flat();
  const files: { path: string; size: number }[] = [];
  const warnings: string[] = [];
  const taken = new Set<string>();
  for (const job of jobs) {
    const { report, files: written } = await packager.package(job.sources, {
      output: await renaming(output, job, taken, options.replace === true),
      targets: ['dash'],
      encryption: false,
      singleFile: true,
      skipUnsupported: true,
      ...(options.keys === undefined ? {} : { decryptionKeys: options.keys }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    warnings.push(...report.warnings);
    for (const { path, size } of written)
      if (isTrack(path)) files.push({ path: join(output, job.name(trackOf(path))), size });
  }
  return { files, warnings };
}

async function jobsOf(input: string, isOneOfMany: boolean): Promise<Job[]> {
  const stem = basename(input, extname(input));
  if (!/\.(mpd|m3u8)$/i.test(input)) {
    return [{ sources: [await fileRange(input)], name: (track) => `${isOneOfMany ? `${stem}-` : ''}${track}.mp4` }];
  }
  const root = dirname(input);
  const tracks = await manifestTracks(filesIn(root), basename(input));
  return Promise.all(
    tracks.map(async ({ name, places }) => ({
      sources: await Promise.all(places.map(({ path, range }) => fileRange(join(root, path), range ?? undefined))),
      name: (track) => `${isOneOfMany ? `${stem}-` : ''}${plainName(name) || track}.mp4`,
    })),
  );
}

/** A Representation's id, or a playlist's folder or name, as a file's name. */
function plainName(name: string): string {
  const bare = name.replace(/\/?(media|index|playlist|prog_index)\.m3u8$/i, '').replace(/\.m3u8$/i, '');
  return bare.replace(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^[.-]+|-+$/g, '');
}

/** A file or a range of it. It is opened for each read: a track may have thousands of segments. */
async function fileRange(path: string, range?: readonly [number, number]): Promise<RandomAccess> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw failures.inputNotFound(path);
  if (!found.isFile()) throw failures.inputReadFailed(path, 'it is not a file');
  const [start, size] = range ?? [0, found.size];
  return {
    name: basename(path),
    size,
    read: async (offset, length, signal) => {
      signal?.throwIfAborted();
      const file = await open(path, 'r');
      try {
        const bytes = new Uint8Array(length);
        let done = 0;
        while (done < length) {
          const { bytesRead } = await file.read(bytes, done, length - done, start + offset + done);
          if (bytesRead === 0) break; // the core sees that bytes are missing
          done += bytesRead;
        }
        return bytes.subarray(0, done);
      } finally {
        await file.close();
      }
    },
  };
}

/** A sink that writes each track's file under the job's name, and no manifest. */
async function renaming(output: string, job: Job, taken: Set<string>, replace: boolean): Promise<Sink> {
  const inner = folder(output, { replace: true });
  const known = new Map<string, string>();
  const renamed = async (path: string): Promise<string> => {
    const before = known.get(path);
    if (before !== undefined) return before;
    const name = job.name(trackOf(path));
    if (taken.has(name)) throw failures.outputExists(join(output, name));
    if (!replace && (await stat(join(output, name)).catch(() => undefined)) !== undefined)
      throw failures.outputExists(join(output, name));
    taken.add(name);
    known.set(path, name);
    return name;
  };
  return {
    write: async (path, bytes) => {
      if (isTrack(path)) await inner.write(await renamed(path), bytes);
    },
    writeAt: async (path, offset, bytes) => inner.writeAt?.(await renamed(path), offset, bytes),
    finish: async () => inner.finish?.(),
    discard: () => inner.discard(),
  };
}

const isTrack = (path: string): boolean => path.endsWith('.mp4');
const trackOf = (path: string): string => basename(path, '.mp4');
