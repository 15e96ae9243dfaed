/**
 * The public vocabulary of the package: what goes in, what comes out, what is reported meanwhile.
 * Byte offsets and sizes are numbers of bytes (exact up to 2^53); times are seconds unless named otherwise.
 */

import type { PackageOptions } from '../generated/options';
import type { KeyInfo } from './keys';
import type { Message } from './message';
import type { TrackInfo } from './results';

export type { ErrorClass, ErrorCode } from '../generated/codes';
export type * from '../generated/drm';
export { DRM_SYSTEMS } from '../generated/drm';
export type {
  KeyRange,
  PackageOptions,
  PixelLimits,
  Thumbnails,
  TrackKey,
  TrackSettings,
  VerifyOptions,
} from '../generated/options';
export type * from '../generated/words';
export type * from './io';
export type { Range } from './key-server';
export type * from './keys';
export type { ErrorPlace } from './message';
export type * from './results';
export type * from './verify';

/** What a preview may be told: what a job may be, but for where the files go and what comes of them. */
export type PreviewOptions = Omit<
  PackageOptions,
  'output' | 'singleFile' | 'journal' | 'resume' | 'onPlan' | 'onProgress' | 'onLog'
>;

/** A file that a preview rendered. */
export interface PreviewFile {
  readonly bytes: Uint8Array;
  /** The media type, as in `video/mp4`. */
  readonly type: string;
}

/**
 * The output of a job that isn't run: each file is rendered when it is asked for, from the bytes of the input that it
 * needs. Segments are those that a job with the same options, keys and seed writes, byte for byte; bandwidths in
 * manifests are estimated. Nothing is stored.
 */
export interface Preview {
  /** The manifests a player opens, best first, as in `cmaf/stream.mpd`. */
  readonly manifests: readonly string[];
  /** The keys of its samples; empty where nothing is encrypted. They are secrets. */
  readonly keys: readonly KeyInfo[];
  /** The tracks that it has. */
  readonly tracks: readonly TrackInfo[];
  /** What is left out or mended, a sentence each. */
  readonly warnings: readonly string[];
  /** The same as templates with parameters, so that a page can say them in another language. */
  readonly notices: readonly Message[];
  /**
   * The file of a path below the output's root, as in `cmaf/video-1/1.m4s`. Rejects with `OUTPUT_NOT_FOUND` where
   * there is none, with `PREVIEW_CLOSED` after `close()`, or with the signal's reason.
   */
  read(path: string, signal?: AbortSignal): Promise<PreviewFile>;
  /** Lets go of the input and the memory. Reads that wait reject. */
  close(): void;
}
