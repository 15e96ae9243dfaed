/** What the tests' own types are built of, and what pages under test have besides the DOM. */

type TestContext = import('node:test').TestContext;
type Page = import('playwright-core').Page;
type Locator = import('playwright-core').Locator;
type IncomingMessage = import('node:http').IncomingMessage;
type ServerResponse = import('node:http').ServerResponse;
type Packager = import('tabpack').Packager;
type PackageOptions = import('tabpack').PackageOptions;
type PackageResult = import('tabpack').PackageResult;
type Sink = import('tabpack').Sink;
type Finding = import('tabpack').Finding;
type KeyInfo = import('tabpack').KeyInfo;
type Notations = import('tabpack').Notations;
type Preview = import('tabpack').Preview;
type TrackKind = import('tabpack').TrackKind;
type Target = import('tabpack').Target;
type Scheme = import('tabpack').Scheme;

/** An argument of a command, or a list of them, of lists as well. */
type Arg = string | number | readonly Arg[];

/** A box of an MP4. */
interface Box {
  type: string;
  /** Where it stood in what was read, and the size that its header said; 0 in one that was made. */
  at: number;
  header: number;
  size: number;
  /** Its own bytes. */
  body: Buffer;
  /** The boxes behind them. */
  children: Box[];
  /** To be written with a 64-bit size. */
  large?: boolean;
  /** To be written with the size 0. */
  toEnd?: boolean;
}

/** A stream as ffprobe has it. */
interface ProbedStream {
  codec_type: string;
  codec_name: string;
  profile: string;
  pix_fmt: string;
  field_order: string;
  r_frame_rate: string;
  sample_rate: string;
  channels: number;
  width: number;
  height: number;
  has_b_frames: number;
  color_transfer: string;
  time_base: string;
  duration: string;
  color_primaries: string;
  color_space: string;
  side_data_list: { rotation: number }[];
  tags?: Record<string, string>;
}

/** A track of a fixture: what ffprobe says of it, and its boxes. */
interface FixtureTrack extends ProbedStream {
  entries: string[];
  configurations: string[];
  offsets: 'co64' | 'stco';
  samples: number;
  durations: number[];
  /** `null` where there is no edit list. */
  edits: { duration: number; time: number }[];
  cttsVersion: number | undefined;
  offsetsOfComposition: number[];
  /** The numbers of samples that are key frames; `null` where all are. */
  sync: number[];
  ranges: [offset: number, size: number, description: number][];
  superframes: number;
  units(index: number): number[];
}

/** What is known of a fixture that is a good MP4. One of another kind lacks a track, and so fails where one is wanted. */
interface FixtureFacts {
  bytes: Buffer;
  size: number;
  boxes: string[];
  mdat: Box;
  kinds: string[];
  video: FixtureTrack;
  audio: FixtureTrack;
  readonly pictures: Set<string>;
  readonly trace: string;
}

/** How a fixture is written, and what must be true of it. */
interface Recipe {
  write(path: string): void;
  /** For a good MP4. */
  is?(facts: FixtureFacts): void;
  /** For a file that is damaged on purpose, or that ffprobe doesn't know. */
  bad?(made: { bytes: Buffer; size: number }): void;
  /** For other containers. */
  probed?(probe: { streams: ProbedStream[]; bytes: Buffer; size: number }): void;
}

/** The pieces of an encode that recipes are made of: arguments of ffmpeg, and runs of it. */
interface Encoders {
  ffmpeg(output: string, ...args: Arg[]): void;
  encoded(name: string, ...args: Arg[]): Buffer;
  picture(seconds: number, options?: { size?: string; rate?: number | string }): string[];
  tone(seconds: number): string[];
  h264(options?: { crf?: number; gop?: number; x264?: string; pixels?: string }): string[];
  hevc(options?: { crf?: number; gop?: number; x265?: string; pixels?: string; tag?: string }): string[];
  svtav1(options?: { crf?: number; gop?: number; pixels?: string }): string[];
  vp9(options?: { crf?: number; gop?: number; pixels?: string; profile?: number }, ...more: string[]): string[];
  aac(bitrate?: string): string[];
  subtitles(): string;
  file(name: string, text: string): string;
}

/** A packet as ffprobe has it: time stamps in ticks, the bytes as their MD5. */
interface Packet {
  pts: number;
  dts: number;
  key: boolean;
  size: number;
  hash: string;
}

/** The packets of a track; a tick is `num`/`den` seconds. */
interface Packets {
  timeBase: { num: bigint; den: bigint };
  list: Packet[];
}

/** A request to the development key server, as its services get it. */
interface ServiceRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: import('node:http').IncomingHttpHeaders;
  body: Buffer;
  fault: string | undefined;
  /** The keys that were handed out, by their ids in hex. */
  issued: Map<string, Buffer>;
  wrapped: Map<string, StoredKey>;
}

interface ServiceAnswer {
  status?: number;
  body: string | Buffer;
  headers?: Record<string, string>;
}

/** A CPIX request as it was read. */
interface AskedKeys {
  id: string | undefined;
  contentId?: string | undefined;
  version?: string | undefined;
  keys?: { kid: string; scheme: string | undefined }[];
  rules: { kid: string; label: string; period: string | undefined; filters: string[] }[];
  systems: string[];
  periods: { id: string; index: number }[];
  certificate?: string | undefined;
}

/** A key as the SKM API stores it. */
interface StoredKey {
  /** The key, wrapped by RFC 3394, in hexadecimal digits. */
  ek: string;
  /** What the key that it is wrapped under is called. */
  kekId: string;
  contentId?: string;
  info?: string;
}

/** A key that the development key server answers with. */
interface AnsweredKey {
  kid: Buffer;
  key: Buffer;
  asked?: string;
  label?: string | undefined;
  periodId?: string | undefined;
  scheme?: string | undefined;
  iv?: Buffer | undefined;
  filters?: string[];
}

/** A playlist that `hls-parser` read: of one kind or the other, which each test knows. */
type Playlist = Omit<import('hls-parser').types.MediaPlaylist, 'isMasterPlaylist'> &
  Omit<import('hls-parser').types.MasterPlaylist, 'isMasterPlaylist'>;

/** What hls.js tells of an error. */
interface HlsError {
  fatal: boolean;
  details: string;
}

/** The options of a job, but for where its output goes. */
type Options = Omit<PackageOptions, 'output'>;

// What isn't there fails the test that asks for it, as it is to: an element of a page, of a list, a match.

interface ParentNode {
  querySelector<K extends keyof HTMLElementTagNameMap>(selectors: K): HTMLElementTagNameMap[K];
  querySelector(selectors: string): HTMLInputElement;
}

interface Array<T> {
  at(index: number): T;
  find(predicate: (value: T, index: number, list: T[]) => unknown): T;
  findLast(predicate: (value: T, index: number, list: T[]) => unknown): T;
}

interface ReadonlyArray<T> {
  at(index: number): T;
  find(predicate: (value: T, index: number, list: readonly T[]) => unknown): T;
}

interface RegExp {
  exec(text: string): RegExpExecArray;
}

interface String {
  match(pattern: RegExp): RegExpMatchArray;
}

interface HTMLCanvasElement {
  getContext(kind: '2d'): CanvasRenderingContext2D;
}

interface OffscreenCanvas {
  getContext(kind: '2d'): OffscreenCanvasRenderingContext2D;
}

/** A cue of WebVTT, which all are that players make. */
interface TextTrackCue {
  text: string;
  getCueAsHTML?(): DocumentFragment;
}

/** Bytes of sound that Chromium decoded. */
interface HTMLVideoElement {
  readonly webkitAudioDecodedByteCount: number;
}

/** Players are loaded by scripts, each of another version; tests leave what they saw. */
interface Window {
  // biome-ignore lint/suspicious/noExplicitAny: a page's own names, set and read by one test each
  [name: string]: any;
}
