/** What a job says of itself: its plan, its progress and its result. */

import type { Scheme, Target, TrackKind } from '../generated/words';
import type { OutputFile } from './io';
import type { KeyInfo } from './keys';
import type { Message } from './message';

/** Where a job is. */
export type Phase = 'index' | 'render' | 'manifests' | 'done';

/** What `onProgress` is told, at most some twenty times a second and once at the end. */
export interface Progress {
  /** The step the job is in. */
  readonly phase: Phase;
  /** Bytes of media read and packaged. */
  readonly bytesDone: number;
  /** Bytes of media to package, over all targets; 0 until the plan is made. */
  readonly bytesTotal: number;
  /** Media segments written. */
  readonly segment: number;
  /** Media segments to write. */
  readonly segments: number;
  /** Seconds left at the mean rate so far; `null` until there is a rate. */
  readonly secondsLeft: number | null;
}

/** A track as the plan has it. */
export interface TrackInfo {
  /** The folder's name, as in `video-1`. */
  readonly id: string;
  /** The kind of media. */
  readonly kind: TrackKind;
  /** The codecs parameter of RFC 6381. */
  readonly codecs: string;
  /** The language tag, where the input or the job says one. */
  readonly language: string | null;
  /** The name for people, likewise. */
  readonly label: string | null;
  /** Duration in seconds. */
  readonly duration: number;
  /** Number of samples. */
  readonly samples: number;
  /** Number of media segments. */
  readonly segments: number;
  /** Width and height in pixels, for video. */
  readonly width?: number;
  readonly height?: number;
  /** Samples a second and channels, for audio. */
  readonly samplingRate?: number;
  readonly channels?: number;
}

/** What a job is going to do. */
export interface PlanSummary {
  /** The tracks that will be packaged. */
  readonly tracks: readonly TrackInfo[];
  /** The keys that will be used; empty for a clear job. They are secrets. */
  readonly keys: readonly KeyInfo[];
  /** About how large all files together will be, in bytes. */
  readonly outputBytes: number;
}

/** What a job did. Holds no key. */
export interface Report {
  /** The tracks that were packaged. */
  readonly tracks: readonly TrackInfo[];
  /** What was left out or mended, a sentence each. */
  readonly warnings: readonly string[];
  /** The same as templates with parameters, so that a page can say them in another language. */
  readonly notices: readonly Message[];
  /** The scheme of each target, `aes-128` where whole segments were encrypted; `null` where nothing was. */
  readonly schemes: Readonly<Partial<Record<Target, Scheme | 'aes-128' | null>>>;
  /** Size of the input, bytes. */
  readonly inputBytes: number;
  /** Size of all output files, bytes. */
  readonly outputBytes: number;
  /** Wall time in seconds. */
  readonly seconds: number;
}

/** A finished job. */
export interface PackageResult {
  /** Every file written, manifests last. */
  readonly files: readonly OutputFile[];
  /** The manifests a player opens, best first, as in `cmaf/stream.mpd`. */
  readonly manifests: readonly string[];
  /** The key used; empty for a clear job. */
  readonly keys: readonly KeyInfo[];
  /** What was done. */
  readonly report: Report;
}
