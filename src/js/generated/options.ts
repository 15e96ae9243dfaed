/** What callers may give. Generated from `src/packager/options` by `npm run generate`: don't edit. */

import type { KeyServer } from '../api/key-server';
import type { FileAccess, Input, Sink } from '../api/io';
import type { Notations } from '../api/keys';
import type { PlanSummary, Progress } from '../api/results';
import type { DrmOptions } from './drm';
import type { HlsAudio, HlsFormat, HlsMethod, Lengths, Scheme, SegmentNames, Target, TrackKind, TrackRole } from './words';

export type * from './words';

/** What a job may be told. Everything but `output` has a default. */
export interface PackageOptions {
  /** Where the files go. */
  output: Sink;
  /** Which targets are written; `['cmaf']` by default. */
  targets?: readonly Target[];
  /** `false` leaves the samples clear; `true` by default. */
  encryption?: boolean;
  /**
   * The protection scheme of all targets; by default `cbcs` for `cmaf` and `hls`, `cenc` for `dash`, and `cenc`
   * where a codec can't be protected by `cbcs`, as VP9.
   */
  scheme?: Scheme;
  /** Where the keys come from instead. Its credentials stay in memory. */
  keyServer?: KeyServer;
  /**
   * The content key as `KID:KEY`, each side 32 hexadecimal digits, a UUID, base64 or base64url.
   * By default a random key and key id are made.
   */
  key?: string;
  /**
   * Content keys: as `LABEL=KID:KEY`, or as objects. Labels are `SD`, `HD`, `UHD1`, `UHD2`, `AUDIO`, `VIDEO`, a
   * track's name as in `video-2`, or a kind with a language as in `AUDIO-en`; the most specific one wins. Under
   * `cryptoPeriod` also `LABEL@1=…` for the second period and so on.
   */
  keys?: readonly (string | TrackKey)[];
  /** Keys as `KID:KEY` that protected inputs are decrypted with. */
  decryptionKeys?: readonly string[];
  /** With `true` random keys are made for each label rather than one for all tracks. */
  multiKey?: boolean;
  /** Labels whose tracks stay clear, as in `['AUDIO']`. */
  clear?: readonly string[];
  /** Up to how many pixels a picture is SD, HD, UHD1; 589824, 2073600 and 8847360 by default (the CPIX presets). */
  pixelLimits?: PixelLimits;
  /** How many seconds stay clear at the start, exact to the sample; 0 by default. */
  clearLead?: number;
  /** Key rotation: how many seconds a key is in use, at least 1. One key for the whole presentation by default. */
  cryptoPeriod?: number;
  /** The pattern of video under `cbcs` and `cens` as `CRYPT:SKIP` in blocks of 16 bytes; `1:9` by default. */
  pattern?: string;
  /**
   * The IV in hexadecimal digits, 8 or 16 bytes for cenc and cens (the first of a count), 16 for cbcs (constant).
   * Random by default.
   */
  iv?: string;
  /** The size of each sample's IV under `cenc` and `cens` in bytes, 8 (the default) or 16. */
  ivSize?: 8 | 16;
  /** The target duration of a segment in seconds, from 0.1 to 60; 6 by default. */
  segmentDuration?: number;
  /** `true` makes each track one file with a segment index, `video-1.mp4`, rather than a folder of segments. */
  singleFile?: boolean;
  /** What the files of segments are named by; `number` by default. */
  segmentNames?: SegmentNames;
  /** With `true` video and sound that can't be packaged are left out with a warning, where the job fails otherwise. */
  skipUnsupported?: boolean;
  /**
   * What becomes of tracks that end at different times. By default sizes of one title that end more than a second
   * apart are refused, and sound that goes on for more than a segment behind the pictures, or the other way round,
   * is packaged with a warning: players may stop where the shorter ends. With `keep`, the longer of several sizes
   * is cut on by its own key frames; playlists leave out one that ends more than a segment before the others.
   */
  lengths?: Lengths;
  /**
   * `true` offers each video's key frames in MPDs as a track of their own, for winding (DASH-IF's trick mode).
   * Playlists list key frames of the video itself, for which nothing more is stored.
   */
  trickPlay?: boolean;
  /**
   * Where MPDs start a new Period, for what is put between: seconds from the start. It begins at the first key
   * frame at or after each, where segments of all targets start, too.
   */
  cuePoints?: readonly number[];
  /**
   * Pictures for the timeline of players: written as they are, and listed in the MPD and the multivariant
   * playlist.
   */
  thumbnails?: Thumbnails;
  /** What is said of tracks, in place of what their inputs say; later ones win. */
  tracks?: readonly TrackSettings[];
  /**
   * The captions within the pictures (CEA-608 and CEA-708), as `CHANNEL=LANGUAGE`: `CC1` to `CC4`, `SERVICE1` to
   * `SERVICE63`. They are found by themselves, without their languages, as far as a part of the pictures shows them.
   */
  captions?: readonly string[];
  /** Which DRM systems are signalled, and how; ClearKey by default. */
  drm?: DrmOptions;
  /** Where a ClearKey license server answers: short for `drm.clearkey.licenseUrl`. */
  clearKeyLicenseUrl?: string;
  /** How the `hls` target is encrypted (RFC 8216 section 4.3.2.4); `SAMPLE-AES` by default. */
  hlsMethod?: HlsMethod;
  /**
   * The URI of the `identity` key in HLS playlists: short for `drm.clearkey.hlsKeyUri`. For AES-128 players fetch
   * the key's 16 bytes from it; `{kid}` in it is the key id in 32 hexadecimal digits, `{uuid}` in the 8-4-4-4-12
   * form.
   */
  hlsKeyUri?: string;
  /**
   * Writes the keys of AES-128, and of SAMPLE-AES in MPEG-TS, beside the playlists, where whoever can fetch those
   * can fetch them.
   */
  hlsKeyFiles?: boolean;
  /**
   * What the segments of the `hls` target are; `fmp4` by default. Under SAMPLE-AES in MPEG-TS, Apple's format for
   * it, players fetch the key (`hlsKeyUri` or `hlsKeyFiles`) or get it from FairPlay; keys begin and end with
   * segments.
   */
  hlsFormat?: HlsFormat;
  /**
   * With `hlsFormat: 'ts'`: how sound is packed. Packed audio (AAC in ADTS, MP3, AC-3, E-AC-3) is smaller and the
   * default, but under SAMPLE-AES, since hls.js decrypts samples of transport streams only.
   */
  hlsAudio?: HlsAudio;
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
   * 1 to 32 bytes in hexadecimal digits from which keys and IVs are drawn, for byte-for-byte reproducible
   * output. For tests: with the same seed and input the same key and IVs come out. Secure random by default.
   */
  seed?: string;
  /**
   * Keeps a journal beside the output while the job runs, from which an interrupted job goes on: after a crash or
   * a closed tab, and after a full disk, a lost input or a dead worker, when what is written stays. An abort, and
   * errors that would come again, remove it as they do without. `with-keys` keeps random keys in the journal too,
   * so that none have to be given to go on; else it has no key. `false` by default.
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

/**
 * A key for some tracks: those of a label, those in one of the ranges, or all. Of several ranges the narrowest
 * counts. A `KeyInfo`, as a job or `randomKey()` gives it, is one.
 */
export interface TrackKey {
  /** The key id, in any notation. */
  kid: string | Notations;
  /** The content key, likewise. A secret. */
  key: string | Notations;
  /** The label, as in `HD`; of all tracks by default. With ranges it is a name only. */
  label?: string | null;
  /** The crypto period from 0, which is the default. */
  period?: number;
  /** Pixels of pictures. */
  pixels?: readonly KeyRange[];
  /** Channels of sound. */
  channels?: readonly KeyRange[];
  /** Frames a second of pictures: above the least, up to the most. */
  frameRates?: readonly KeyRange[];
  /** Whether pictures have a high dynamic range (PQ or HLG). */
  hdr?: boolean;
  /** Whether pictures have a wide colour gamut (BT.2020 or P3). */
  wideGamut?: boolean;
  /** Bits a second, on average. */
  bitrates?: readonly KeyRange[];
  /** Labels of which the track has to have one besides; also the track's name. */
  labels?: readonly string[];
  /** Whether it was made up, as a `KeyInfo` says; it makes no difference here. */
  generated?: boolean;
}

/** A range of numbers, both ends among them; `null` where there is no end. */
export interface KeyRange {
  /** The least. */
  min?: number | null;
  /** The most. */
  max?: number | null;
}

/** Up to how many pixels a picture has which label; by default the ranges of the CPIX presets (SPEKE v2). */
export interface PixelLimits {
  /** Up to which it is `SD`; 589824 by default. */
  sd?: number;
  /** Up to which it is `HD`; 2073600 by default. */
  hd?: number;
  /** Up to which it is `UHD1`, and `UHD2` above; 8847360 by default. */
  uhd1?: number;
}

/** Small pictures for a player's timeline, ready-made: sheets that hold several, or single ones. */
export interface Thumbnails {
  /** The sheets in the order of time, JPEG or PNG, all of one type and size. Together they cover the presentation. */
  images: readonly (Blob | Uint8Array)[];
  /** The seconds from one picture to the next: the first is of the time 0. From 0.1 to 3600. */
  interval: number;
  /** How many pictures stand side by side in a sheet, which is read row by row; 1 by default. */
  columns?: number;
  /** How many stand one above the other; 1 by default. */
  rows?: number;
}

/** What is said of tracks, in place of what their input says. */
export interface TrackSettings {
  /** The index of the input, from 0. */
  input: number;
  /** Which of its tracks are meant; by default sound and text, or pictures where there is nothing else. */
  kind?: TrackKind;
  /** Which one of these, from 0; by default all. */
  number?: number;
  /** Whether they are packaged: of two pictures in a file the one that is wanted. */
  use?: boolean;
  /** Pictures a second of raw H.264 or HEVC, which doesn't state times: as `25`, `23.976` or `30000/1001`. */
  frameRate?: string;
  /** The language tag of BCP 47, as `pt-BR`; `und` for none. */
  language?: string;
  /** A name for people: `Label` in the MPD, `NAME` in playlists. */
  label?: string;
  /**
   * What they are for. A description for who doesn't see, or captions for who doesn't hear, are signalled as
   * such.
   */
  roles?: readonly TrackRole[];
  /** Whether they are text that is shown where no other text is chosen. */
  forced?: boolean;
}

/** What is verified, and with what. */
export interface VerifyOptions {
  /**
   * The packaged files: `filesOf()` makes them of a folder of the browser's or a map, `filesIn()` in Node of a
   * path.
   */
  files: FileAccess;
  /** The paths of the manifests: MPDs, multivariant and media playlists. By default all there are. */
  manifests?: readonly string[];
  /** The content keys as `KID:KEY`. Samples of other keys are found as faults. */
  keys?: readonly string[];
  /** What was packaged: every sample is compared with it. */
  source?: Input | readonly Input[];
  /**
   * Checks HLS playlists by themselves, against RFC 8216, its second edition and Apple's authoring specification:
   * of the segments only sizes and first bytes are read. `false` by default.
   */
  playlistsOnly?: boolean;
  /**
   * Lists, as warnings, what Apple's authoring specification asks of the content besides: codecs, bit rates,
   * languages, captions … `false` by default.
   */
  advice?: boolean;
  /** Ends the verification. */
  signal?: AbortSignal;
}

/** How files are decrypted. */
export interface DecryptOptions {
  /** The content keys as `KID:KEY`. */
  keys?: readonly string[];
  /** With `true` files that are there already are replaced. */
  replace?: boolean;
  /** Ends the job. */
  signal?: AbortSignal;
}

/** The options of a job that the core reads, and those that the façade keeps to itself. */
export const CORE_OPTIONS: readonly string[] = ['targets', 'encryption', 'scheme', 'key', 'keys', 'decryptionKeys', 'multiKey', 'clear', 'pixelLimits', 'clearLead', 'cryptoPeriod', 'pattern', 'iv', 'ivSize', 'segmentDuration', 'singleFile', 'segmentNames', 'skipUnsupported', 'lengths', 'trickPlay', 'cuePoints', 'thumbnails', 'tracks', 'captions', 'drm', 'clearKeyLicenseUrl', 'hlsMethod', 'hlsKeyUri', 'hlsKeyFiles', 'hlsFormat', 'hlsAudio', 'hlsStart', 'programDateTime', 'seed'];
export const HOST_OPTIONS = ['output', 'keyServer', 'journal', 'resume', 'signal', 'onPlan', 'onProgress', 'onLog'] as const;

/** Those of the core's that are secrets, or have some in them. */
export const SECRET_OPTIONS = ['key', 'keys', 'decryptionKeys', 'seed'] as const;

/** What is written by default, and the scheme of each target where none is given. */
export const DEFAULT_TARGETS: readonly Target[] = ['cmaf'];
export const DEFAULT_SCHEMES: Readonly<Record<Target, Scheme>> = { cmaf: 'cbcs', dash: 'cenc', hls: 'cbcs' };
