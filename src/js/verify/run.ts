import { failures } from '../api/errors';
import type { FileAccess, VerifyOptions, VerifyReport } from '../api/types';

/** What the core is asked. */
export interface VerifyRequest {
  readonly manifests: readonly string[];
  readonly keys: readonly string[];
  readonly sources: readonly string[];
  readonly playlistsOnly: boolean;
  readonly advice: boolean;
}

/** A source, open to be read. */
export interface VerifySource {
  readonly name: string;
  readonly size: number;
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** Runs a verification: sources are files too, by names that no packaged file has. */
export async function runVerify(
  options: VerifyOptions,
  given: readonly (VerifySource | BlobSource)[],
  core: (files: Pick<FileAccess, 'size' | 'read'>, request: VerifyRequest) => Promise<unknown>,
): Promise<VerifyReport> {
  const { files, signal } = options;
  signal?.throwIfAborted();
  const found = options.manifests ?? manifestsAmong(await files.list());
  const manifests =
    options.manifests === undefined && options.playlistsOnly === true
      ? found.filter((path) => /\.m3u8$/i.test(path))
      : found;
  if (manifests.length === 0)
    throw failures.optionMissing('there is no manifest (MPD or playlist) among the files', 'files');
  const sources = given.map(readable);
  const named = new Map(
    sources.map((source, index) => [
      sources.length > 1 ? `source ${index + 1}: ${source.name}` : `source: ${source.name}`,
      source,
    ]),
  );
  const both: Pick<FileAccess, 'size' | 'read'> = {
    size: async (path) => {
      signal?.throwIfAborted();
      return named.get(path)?.size ?? (await files.size(path));
    },
    read: async (path, offset, length) => {
      signal?.throwIfAborted();
      return named.get(path)?.read(offset, length) ?? files.read(path, offset, length);
    },
  };
  const { keys = [], playlistsOnly = false, advice = false } = options;
  return (await core(both, { manifests, keys, sources: [...named.keys()], playlistsOnly, advice })) as VerifyReport;
}

/** A source that is read by slices. */
interface BlobSource {
  readonly name: string;
  readonly size: number;
  readonly blob: Blob;
}

function readable(source: VerifySource | BlobSource): VerifySource {
  if (!('blob' in source)) return source;
  const { name, size, blob } = source;
  return {
    name,
    size,
    read: async (offset, length) => new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer()),
  };
}

/** The manifests among paths, in the order of their names. */
export function manifestsAmong(paths: readonly string[]): string[] {
  return paths.filter((path) => /\.(mpd|m3u8)$/i.test(path)).sort();
}
