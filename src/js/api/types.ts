/**
 * The public vocabulary of the package: what goes in, what comes out, what is reported meanwhile.
 * Byte offsets and sizes are numbers of bytes (exact up to 2^53); times are seconds unless named otherwise.
 */

import type { DrmOptions } from '../generated/drm';
import type { KeyServer, Range } from './key-server';
import type { Message } from './message';
import type { Scheme, Target } from './scheme';

export type * from '../generated/drm';
export { DRM_SYSTEMS } from '../generated/drm';
export type { Range } from './key-server';
export type { Scheme, Target } from './scheme';

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

/** 16 bytes in each notation that tools of this field ask for. */
export interface Notations {
  /** 32 lower-case hexadecimal digits. */
  readonly hex: string;
  /** The 8-4-4-4-12 form. */
  readonly uuid: string;
  /** Base64 with padding. */
  readonly base64: string;
  /** Base64url without padding, as a ClearKey license (JWK) has it. */
  readonly base64url: string;
}

/** A content key with its id. The key is a secret: show it only where the user asked for it. */
export interface KeyInfo {
  /** The label of the tracks it is for, as in `HD`; `null` for a key of all tracks. */
  readonly label: string | null;
  /** The crypto period from 0. */
  readonly period: number;
  /** The key id. */
  readonly kid: Notations;
  /** The content key. */
  readonly key: Notations;
  /** Whether the key was made for this job rather than given. */
  readonly generated: boolean;
}

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
 * `tabpack/sinks` `zip()`, `put()` and `each()`.
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

/**
 * A key for some tracks: those of a label, those in one of the ranges, or all. Of several ranges the narrowest counts. A
 * `KeyInfo`, as a job or `randomKey()` gives it, is one.
 */
export interface TrackKey {
  /** The key id, in any notation. */
  readonly kid: string | Notations;
  /** The content key, likewise. A secret. */
  readonly key: string | Notations;
  /** The label, as in `HD`; of all tracks by default. With ranges it is a name only. */
  readonly label?: string | null;
  /** The crypto period from 0, which is the default. */
  readonly period?: number;
  /** Pixels of pictures. */
  readonly pixels?: readonly Range[];
  /** Channels of sound. */
  readonly channels?: readonly Range[];
  /** Whether it was made up, as a `KeyInfo` says; it makes no difference here. */
  readonly generated?: boolean;
}

/** The kind of a track's media. */
export type TrackKind = 'video' | 'audio' | 'text';

/** What a track is for: a value of the scheme `urn:mpeg:dash:role:2011` (ISO/IEC 23009-1:2022 clause 5.8.5.5). */
export type TrackRole =
  | 'main'
  | 'alternate'
  | 'supplementary'
  | 'commentary'
  | 'dub'
  | 'description'
  | 'caption'
  | 'subtitle'
  | 'forced-subtitle'
  | 'sign'
  | 'enhanced-audio-intelligibility'
  | 'easyreader'
  | 'karaoke'
  | 'emergency'
  | 'metadata';

/** What is said of tracks, in place of what their input says. */
export interface TrackSettings {
  /** The index of the input, from 0. */
  readonly input: number;
  /** Which of its tracks are meant; by default sound and text, or pictures where there is nothing else. */
  readonly kind?: TrackKind;
  /** The language tag of BCP 47, as `pt-BR`; `und` for none. */
  readonly language?: string;
  /** A name for people: `Label` in the MPD, `NAME` in playlists. */
  readonly label?: string;
  /** What they are for. A description for who doesn't see, or captions for who doesn't hear, are signalled as such. */
  readonly roles?: readonly TrackRole[];
  /** Whether they are text that is shown where no other text is chosen. */
  readonly forced?: boolean;
}

/** Small pictures for a player's timeline, ready-made: sheets that hold several, or single ones. */
export interface Thumbnails {
  /** The sheets in the order of time, JPEG or PNG, all of one type and size. Together they cover the presentation. */
  readonly images: readonly (Blob | Uint8Array)[];
  /** The seconds from one picture to the next: the first is of the time 0. From 0.1 to 3600. */
  readonly interval: number;
  /** How many pictures stand side by side in a sheet, and one above the other; they are read row by row. 1 by default. */
  readonly columns?: number;
  readonly rows?: number;
}

/** What a job may be told. Everything but `output` has a default. */
export interface PackageOptions {
  /** Where the files go. */
  output: Sink;
  /** Which targets are written; `['cmaf']` by default. */
  targets?: readonly Target[];
  /**
   * The protection scheme of all targets; by default `cbcs` for `cmaf` and `hls`, `cenc` for `dash`, and `cenc` where a
   * codec can't be protected by `cbcs`, as VP9.
   */
  scheme?: Scheme;
  /**
   * The content key as `KID:KEY`, each side 32 hexadecimal digits, a UUID, base64 or base64url.
   * By default a random key and key id are made.
   */
  key?: string;
  /**
   * Content keys by label, as `LABEL=KID:KEY`: `SD`, `HD`, `UHD1`, `UHD2`, `AUDIO`, `VIDEO`, a track's name as in
   * `video-2`, or a kind with a language as in `AUDIO-en`; the most specific one wins. Under `cryptoPeriod` also
   * `LABEL@1=…` for the second period and so on. Or as objects.
   */
  keys?: readonly (string | TrackKey)[];
  /** Where the keys come from instead. Its credentials stay in memory. */
  keyServer?: KeyServer;
  /** Keys as `KID:KEY` that protected inputs are decrypted with. */
  decryptionKeys?: readonly string[];
  /** With `true` random keys are made for each label rather than one for all tracks. */
  multiKey?: boolean;
  /** Labels whose tracks stay clear, as in `['AUDIO']`. */
  clear?: readonly string[];
  /** Up to how many pixels a picture is SD, HD, UHD1; 589824, 2073600 and 8847360 by default (the CPIX presets). */
  pixelLimits?: { sd?: number; hd?: number; uhd1?: number };
  /** How many seconds stay clear at the start, exact to the sample; 0 by default. */
  clearLead?: number;
  /** Key rotation: how many seconds a key is in use, at least 1. One key for the whole presentation by default. */
  cryptoPeriod?: number;
  /** The pattern of video under `cbcs` and `cens` as `CRYPT:SKIP` in blocks of 16 bytes; `1:9` by default. */
  pattern?: string;
  /** The IV in hexadecimal digits, 8 or 16 bytes for cenc and cens (the first of a count), 16 for cbcs (constant). Random by default. */
  iv?: string;
  /** The size of each sample's IV under `cenc` and `cens` in bytes, 8 (the default) or 16. */
  ivSize?: 8 | 16;
  /** The target duration of a segment in seconds, above 0 and at most 60; 6 by default. */
  segmentDuration?: number;
  /** `false` leaves the samples clear; `true` by default. */
  encryption?: boolean;
  /** `true` makes each track one file with a segment index, `video-1.mp4`, rather than a folder of segments. */
  singleFile?: boolean;
  /** What the files of segments are named by: their number from 1 (the default), or the start of each in ticks (`$Time$`). */
  segmentNames?: 'number' | 'time';
  /** With `true` video and sound that can't be packaged are left out with a warning, where the job fails otherwise. */
  skipUnsupported?: boolean;
  /**
   * What becomes of tracks that end at different times. By default sizes of one title that end more than a second apart
   * are refused, and sound that goes on for more than a segment behind the pictures, or the other way round, is packaged
   * with a warning: players may stop where the shorter ends. `keep`: each goes on to its own end; the longer of several
   * sizes is cut on by its own key frames, and playlists leave out one that ends more than a segment before the others.
   * `pictures`: sound ends with the pictures.
   */
  lengths?: 'keep' | 'pictures';
  /**
   * `true` offers each video's key frames in MPDs as a track of their own, for winding (DASH-IF's trick mode). Playlists
   * list key frames of the video itself, for which nothing more is stored.
   */
  trickPlay?: boolean;
  /**
   * Where MPDs start a new Period, for what is put between: seconds from the start. It begins at the first key frame at
   * or after each, where segments of all targets start, too.
   */
  cuePoints?: readonly number[];
  /** Which DRM systems are signalled, and how; ClearKey by default. */
  drm?: DrmOptions;
  /** Where a ClearKey license server answers: short for `drm.clearkey.licenseUrl`. */
  clearKeyLicenseUrl?: string;
  /**
   * The URI of the `identity` key in HLS playlists: short for `drm.clearkey.hlsKeyUri`. For AES-128 players fetch the
   * key's 16 bytes from it; `{kid}` in it is the key id in 32 hexadecimal digits, `{uuid}` in the 8-4-4-4-12 form.
   */
  hlsKeyUri?: string;
  /**
   * How the `hls` target is encrypted (RFC 8216 section 4.3.2.4): the samples, which is the default, or each segment as
   * a whole by AES-128 in CBC mode. Then `iv`, of 16 bytes, is the IV of all segments, by default it is each one's media
   * sequence number; DRM systems are not signalled; and `hlsKeyUri` or `hlsKeyFiles` says where players find the key.
   */
  hlsMethod?: 'SAMPLE-AES' | 'AES-128';
  /**
   * Writes the keys of AES-128, and of SAMPLE-AES in MPEG-TS, beside the playlists, where whoever can fetch those can
   * fetch them.
   */
  hlsKeyFiles?: boolean;
  /** What is said of tracks, in place of what their inputs say; later ones win. */
  tracks?: readonly TrackSettings[];
  /** Pictures for the timeline of players: written as they are, and listed in the MPD and the multivariant playlist. */
  thumbnails?: Thumbnails;
  /**
   * Where players of HLS start, in seconds from the start of the presentation or, below 0, from its end
   * (`EXT-X-START`, precisely there). By default they start at the beginning.
   */
  hlsStart?: number;
  /**
   * The date and time that the start of the presentation stands for, in ISO 8601 with a time zone, as in
   * `2026-02-19T14:54:23.031Z`: in every media playlist (`EXT-X-PROGRAM-DATE-TIME`).
   */
  programDateTime?: string;
  /**
   * What the segments of the `hls` target are: fragmented MP4, which is the default, or MPEG-2 transport streams for
   * older devices. Those take H.264, AAC, MP3, AC-3 and E-AC-3. Under SAMPLE-AES, Apple's format for them, players
   * fetch the key (`hlsKeyUri` or `hlsKeyFiles`) or get it from FairPlay; keys begin and end with segments.
   */
  hlsFormat?: 'fmp4' | 'ts';
  /**
   * With `hlsFormat: 'ts'`: sound in transport streams as well, or as packed audio (AAC in ADTS, MP3, AC-3, E-AC-3), which
   * is smaller and the default, but under SAMPLE-AES, since hls.js decrypts samples of transport streams only.
   */
  hlsAudio?: 'ts' | 'packed';
  /**
   * 1 to 32 bytes in hexadecimal digits from which keys and IVs are drawn, for byte-for-byte reproducible
   * output. For tests: with the same seed and input the same key and IVs come out. Secure random by default.
   */
  seed?: string;
  /**
   * Keeps a journal beside the output while the job runs, from which an interrupted job goes on: after a crash or a
   * closed tab, and after a full disk, a lost input or a dead worker, when what is written stays. An abort, and
   * errors that would come again, remove it as they do without. `with-keys` keeps random keys in the journal too, so
   * that none have to be given to go on; else it has no key. `false` by default.
   */
  journal?: boolean | 'with-keys';
  /**
   * Goes on with the job that was interrupted in this output, given the same inputs, options and keys: what is
   * there is checked, and kept. Where it doesn't fit the job rejects (`RESUME_MISMATCH`) and nothing is changed.
   * Without a journal in the output the job starts anew; either way it keeps one. `false` by default.
   */
  resume?: boolean;
  /** Ends the job early: it rejects with the signal's reason, and its output is removed. Closes a preview. */
  signal?: AbortSignal;
  /** Called when the plan is made and checked, before anything is encrypted. */
  onPlan?: (plan: PlanSummary) => void;
  /** Called as the job goes on. */
  onProgress?: (progress: Progress) => void;
  /** Called with a sentence a line for a log. Never holds a key. */
  onLog?: (line: string) => void;
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

export type { ErrorClass, ErrorCode } from '../generated/codes';

/** Where an error happened: whatever of it is known. */
export interface ErrorPlace {
  /** The input's name. */
  readonly input?: string;
  /** The path of boxes, as in `moov/trak/mdia/mdhd`. */
  readonly boxes?: string;
  /** The byte offset in the input. */
  readonly offset?: number;
  /** The option that is at fault. */
  readonly option?: string;
}
