import shaka from 'shaka-player/dist/shaka-player.compiled-es2021.js';
import { answerLicenseRequests, type LicenseServer, licenseConfiguration } from './license';
import type { ManifestFacts } from './manifest';
import { isInterruption, reason } from './reasons';

/** A key id and its key, 32 hexadecimal digits each. */
export interface ClearKey {
  readonly kid: string;
  readonly key: string;
}

/** What opens the media: keys, a license server, or (`null`) neither. */
export type Opener = { readonly keys: readonly ClearKey[] } | { readonly license: LicenseServer } | null;

/** What has come out of the decoders so far. */
export interface Decoded {
  readonly frames: number;
  readonly dropped: number;
  /** Bytes of audio; `null` where the browser doesn't count them. */
  readonly audioBytes: number | null;
}

/** Brightness of a picture's first frame in a few dozen cells, to tell pictures from noise. */
export type Thumbnail = readonly number[];

const THUMBNAIL = { width: 32, height: 18 } as const;

/** How often the counters are read, milliseconds: Shaka Player empties them when it gives up. */
const SAMPLING = 40;

/** One loading of a manifest into a video element with one choice of key. */
export class Session {
  readonly player = new shaka.Player();
  readonly video: HTMLVideoElement;
  #source: ManifestFacts;
  #opener: Opener;
  #problem = '';
  #waitedForKey = false;
  #decoded: Decoded = { frames: 0, dropped: 0, audioBytes: null };
  #firstPicture: Thumbnail | null = null;
  #end = new AbortController();

  constructor(video: HTMLVideoElement, source: ManifestFacts, opener: Opener) {
    this.video = video;
    this.#source = source;
    this.#opener = opener;
  }

  /** Why it doesn't play; empty as long as nothing is wrong. */
  get problem(): string {
    return this.#problem;
  }

  /** Whether the media asked for a key that it wasn't given. */
  get waitedForKey(): boolean {
    return this.#waitedForKey;
  }

  /** The most that the decoders have counted. */
  get decoded(): Decoded {
    this.#sample();
    return this.#decoded;
  }

  /** The first frame that was shown, where the browser tells. */
  get firstPicture(): Thumbnail | null {
    return this.#firstPicture;
  }

  /** Loads the manifest. Doesn't throw: `problem` says what went wrong. */
  async load(): Promise<void> {
    this.#listen();
    try {
      await this.player.attach(this.video);
      this.player.configure(configuration(this.#opener));
      if (this.#opener && 'license' in this.#opener) answerLicenseRequests(this.player, this.#opener.license);
      this.#answerKeyRequests();
      await this.player.load(this.#source.url);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Starts to play. A browser that wants a click before sound gets the video muted. */
  async play(): Promise<void> {
    try {
      await this.video.play();
    } catch (error) {
      if (!(error instanceof DOMException && error.name === 'NotAllowedError')) return;
      this.video.muted = true;
      // What hinders it now shows in `problem` or in a time that stands still.
      await this.video.play().catch(() => undefined);
    }
  }

  /** Lets go of the video element. */
  async close(): Promise<void> {
    this.#sample();
    this.#end.abort();
    await this.player.destroy();
  }

  #listen(): void {
    const { signal } = this.#end;
    // Before Shaka Player's own listener, which empties the element.
    this.video.addEventListener('error', () => this.#sample(), { signal });
    this.video.addEventListener('waitingforkey', () => (this.#waitedForKey = true), { signal });
    this.player.addEventListener('error', (event: Event & { detail?: unknown }) => this.#fail(event.detail));
    const timer = setInterval(() => this.#sample(), SAMPLING);
    signal.addEventListener('abort', () => clearInterval(timer));
    this.video.requestVideoFrameCallback?.(() => {
      if (!signal.aborted) this.#firstPicture = thumbnail(this.video);
    });
  }

  #fail(error: unknown): void {
    // The first problem is the cause, later ones are its echoes.
    if (this.#problem || this.#end.signal.aborted || isInterruption(error)) return;
    this.#sample();
    this.#problem = reason(error);
  }

  #sample(): void {
    if (this.#end.signal.aborted) return;
    const { totalVideoFrames, droppedVideoFrames } = this.video.getVideoPlaybackQuality();
    const audioBytes = (this.video as CountingVideo).webkitAudioDecodedByteCount;
    const before = this.#decoded;
    this.#decoded = {
      frames: Math.max(before.frames, totalVideoFrames),
      dropped: Math.max(before.dropped, droppedVideoFrames),
      audioBytes: audioBytes === undefined ? null : Math.max(before.audioBytes ?? 0, audioBytes),
    };
  }

  /**
   * Shaka Player fetches the URI of an `identity` EXT-X-KEY even where `drm.clearKeys` is set, and fails if
   * it can't (`identityDrmParser_` in its lib/hls/hls_parser.js). The page has the key, so it answers itself.
   */
  #answerKeyRequests(): void {
    const key = this.#opener && 'keys' in this.#opener ? this.#opener.keys[0] : undefined;
    if (!key) return;
    // For SAMPLE-AES the answer is unused, `drm.clearKeys` replaces it: zeros, so that the key isn't copied about.
    const answer = this.#source.scheme === 'AES-128' ? key.key : '0'.repeat(32);
    this.player.getNetworkingEngine()?.registerRequestFilter((type, request) => {
      if (type === shaka.net.NetworkingEngine.RequestType.KEY) request.uris = [dataUri(answer)];
    });
  }
}

/** Counters that Chromium and Safari have beside the standard. */
interface CountingVideo extends HTMLVideoElement {
  readonly webkitAudioDecodedByteCount?: number;
}

function configuration(opener: Opener): object {
  // Everything is local: a second attempt wouldn't fare better.
  const retryParameters = { maxAttempts: 1 };
  return {
    drm: {
      clearKeys: opener && 'keys' in opener ? Object.fromEntries(opener.keys.map(({ kid, key }) => [kid, key])) : {},
      ...(opener && 'license' in opener ? licenseConfiguration(opener.license) : {}),
      retryParameters,
    },
    manifest: { retryParameters },
    streaming: { retryParameters },
  };
}

function dataUri(hex: string): string {
  const bytes = hex.match(/../g) ?? [];
  return `data:application/octet-stream;base64,${btoa(String.fromCharCode(...bytes.map((pair) => Number.parseInt(pair, 16))))}`;
}

/**
 * Key URIs of schemes that no browser fetches (`skd:`, `urn:`): Shaka Player looks the scheme up before its
 * request filters run, so each needs a plugin. It reads the answer that the filter put there, if any.
 */
function readAnsweredKey(
  uri: string,
  request: shaka.extern.Request,
  type: shaka.net.NetworkingEngine.RequestType,
  progress: shaka.extern.ProgressUpdated,
): shaka.extern.IAbortableOperation<shaka.extern.Response> {
  if (uri.startsWith('data:')) return shaka.net.DataUriPlugin.parse(uri, request, type, progress);
  const { Severity, Category, Code } = shaka.util.Error;
  return shaka.util.AbortableOperation.failed(
    new shaka.util.Error(Severity.CRITICAL, Category.NETWORK, Code.UNSUPPORTED_SCHEME, uri),
  );
}

for (const scheme of ['skd', 'urn']) shaka.net.NetworkingEngine.registerScheme(scheme, readAnsweredKey);

function thumbnail(video: HTMLVideoElement): Thumbnail | null {
  const { width, height } = THUMBNAIL;
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (!context) return null;
  try {
    context.drawImage(video, 0, 0, width, height);
    const { data } = context.getImageData(0, 0, width, height);
    return Array.from({ length: width * height }, (_, i) =>
      luma(data[4 * i] ?? 0, data[4 * i + 1] ?? 0, data[4 * i + 2] ?? 0),
    );
  } catch {
    // A key system that protects its pictures: then there is nothing to compare.
    return null;
  }
}

/** Rec. 709 luma of an sRGB pixel. */
function luma(r: number, g: number, b: number): number {
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** The mean difference of two pictures' brightness, 0 to 255. */
export function difference(a: Thumbnail, b: Thumbnail): number {
  return a.reduce((sum, value, i) => sum + Math.abs(value - (b[i] ?? 0)), 0) / a.length;
}
