import { seconds, timecode } from '../lib/format';
import type { ManifestFacts } from './manifest';
import type { ClearKey, Opener, Thumbnail } from './session';
import { difference, Session } from './session';

/** How a step of the check stands. */
export type StepState = 'running' | 'pass' | 'fail' | 'skipped';

/** What the check has come to. */
export type Verdict = 'running' | 'pass' | 'fail';

/** One figure of a step. */
export interface Figure {
  readonly label: string;
  readonly value: string;
}

/** One step of the check. */
export interface Step {
  readonly id: 'with-key' | 'no-key' | 'wrong-key';
  readonly title: string;
  readonly state: StepState;
  /** Video frames that were decoded in this step; for audio alone, whether anything was. */
  readonly frames: number;
  /** What came of it, as sentences. */
  readonly findings: readonly string[];
  readonly figures: readonly Figure[];
}

/** Playing must get this far, seconds, or through nine tenths of a shorter clip. */
const PLAY_FOR = 2.1;
/** After a seek the time must move on by this much, seconds. */
const MOVE_ON = 0.5;
const SEEK_POINTS = [0.25, 0.5, 0.75];
/** Longest waits, milliseconds. */
const WAIT = { play: 20_000, seek: 15_000, refused: 8_000 } as const;
/** Pictures whose mean brightness differs by more than this (of 255) aren't the same picture. */
const OTHER_PICTURE = 12;

/**
 * Plays with the key, seeks, and tries without a key and with a wrong one. Tells each step as it goes.
 * Answers whether all of it came out as it should.
 */
export async function runCheck(
  video: HTMLVideoElement,
  source: ManifestFacts,
  opener: Opener,
  tell: (steps: readonly Step[]) => void,
  signal: AbortSignal,
): Promise<boolean> {
  const steps = new Map<Step['id'], Step>();
  const put = (step: Step): void => {
    signal.throwIfAborted();
    steps.set(step.id, step);
    tell([...steps.values()]);
  };
  const muted = video.muted;
  // Browsers let a page start muted video without a click.
  video.muted = true;
  try {
    const played = await playThrough(video, source, opener, put, signal);
    if (opener && source.encrypted) {
      await playWithout(video, source, put, signal);
      // Of a license server's keys none can be had to be made a wrong one.
      if ('keys' in opener) await playWrong(video, source, opener.keys, played, put, signal);
      else
        put({
          id: 'wrong-key',
          title: TITLES['wrong-key'],
          state: 'skipped',
          frames: 0,
          figures: [],
          findings: ['The keys came in a license.'],
        });
    } else {
      for (const [id, title] of [
        ['no-key', TITLES['no-key']],
        ['wrong-key', TITLES['wrong-key']],
      ] as const) {
        put({
          id,
          title,
          state: 'skipped',
          frames: 0,
          figures: [],
          findings: ['This output isn’t encrypted, so there is nothing to keep out.'],
        });
      }
    }
  } finally {
    video.muted = muted;
  }
  return [...steps.values()].every((step) => step.state !== 'fail');
}

const TITLES = {
  'with-key': 'With the key',
  'no-key': 'Without a key',
  'wrong-key': 'With a wrong key',
} as const;

/** Step 1: it plays, and each seek resumes. Returns the first picture, to know it again. */
async function playThrough(
  video: HTMLVideoElement,
  source: ManifestFacts,
  opener: Opener,
  put: (step: Step) => void,
  signal: AbortSignal,
): Promise<Thumbnail | null> {
  const title = source.encrypted ? TITLES['with-key'] : 'Clear playback';
  const figures: Figure[] = [];
  const findings: string[] = [];
  const show = (state: StepState, frames = 0): void =>
    put({ id: 'with-key', title, state, frames, figures: [...figures], findings: [...findings] });
  show('running');
  const session = new Session(video, source, opener);
  const gone = (): boolean => session.problem !== '';
  try {
    const begun = performance.now();
    await session.load();
    const { start, end } = session.problem ? { start: 0, end: 0 } : session.player.seekRange();
    const duration = end - start;
    const goal = start + Math.min(PLAY_FOR, 0.9 * duration);
    let firstFrame: number | null = null;
    if (!gone()) {
      await session.play();
      await until(
        () => {
          if (firstFrame === null && hasDecoded(session, start)) firstFrame = performance.now() - begun;
          return gone() || video.currentTime >= goal;
        },
        WAIT.play,
        signal,
      );
    }
    const reached = video.currentTime;
    const played = !gone() && duration > 0 && reached >= goal && hasDecoded(session, start);
    figures.push({ label: 'Played to', value: `${timecode(reached)} of ${timecode(end)}` });
    if (firstFrame !== null) figures.push({ label: 'First frame after', value: seconds(firstFrame / 1000) });
    if (!played) findings.push(session.problem || 'It didn’t play far enough in time.');

    let resumed = 0;
    if (played) {
      for (const point of SEEK_POINTS) {
        const seek = await seekTo(session, start + point * duration, end, signal);
        resumed += seek.resumed ? 1 : 0;
        figures.push({ label: `Seek to ${timecode(start + point * duration)}`, value: seek.text });
        show('running', session.decoded.frames);
      }
      if (resumed < SEEK_POINTS.length)
        findings.push(session.problem || `Only ${resumed} of ${SEEK_POINTS.length} seeks resumed.`);
    }
    const { frames, dropped, audioBytes } = session.decoded;
    figures.push({ label: 'Frames decoded', value: `${frames}, ${dropped} dropped` });
    if (audioBytes !== null)
      figures.push({ label: 'Audio decoded', value: `${audioBytes.toLocaleString('en')} bytes` });
    if (played && resumed === SEEK_POINTS.length) findings.push('It plays, and every seek resumes.');
    show(played && resumed === SEEK_POINTS.length ? 'pass' : 'fail', frames);
    return session.firstPicture;
  } finally {
    await session.close();
  }
}

async function seekTo(
  session: Session,
  target: number,
  end: number,
  signal: AbortSignal,
): Promise<{ resumed: boolean; text: string }> {
  const { video } = session;
  const before = session.decoded;
  const begun = performance.now();
  // Near the end of a short clip there may be less than half a second left.
  const goal = target + Math.min(MOVE_ON, 0.6 * (end - target));
  video.currentTime = target;
  await session.play();
  let landed: number | null = null;
  const resumed = await until(
    () => {
      if (landed === null && !video.seeking && video.readyState >= HTMLMediaElement.HAVE_FUTURE_DATA)
        landed = performance.now() - begun;
      // The element may report the old time until it has begun to seek.
      return (
        session.problem !== '' ||
        (landed !== null && video.currentTime >= goal && moreDecoded(session, before.frames, before.audioBytes))
      );
    },
    WAIT.seek,
    signal,
  );
  if (!resumed || session.problem)
    return { resumed: false, text: `didn’t resume, stands at ${timecode(video.currentTime)}` };
  const frames = session.decoded.frames - before.frames;
  return {
    resumed: true,
    text: `resumed in ${seconds((landed ?? 0) / 1000)}${hasPictures(video) ? `, ${frames} more frames` : ''}`,
  };
}

/**
 * Step 2, twice over: as any player would without a key, which mostly ends at the manifest; then with a key
 * system that has some other key, so that the media itself gets to the decoder and asks for its key.
 */
async function playWithout(
  video: HTMLVideoElement,
  source: ManifestFacts,
  put: (step: Step) => void,
  signal: AbortSignal,
): Promise<void> {
  const base = { id: 'no-key', title: TITLES['no-key'] } as const;
  put({ ...base, state: 'running', frames: 0, figures: [], findings: [] });
  const bare = await attempt(video, source, null, signal);
  const stranger = { kid: randomHex(), key: randomHex() };
  const other = await attempt(video, source, { keys: [stranger] }, signal);
  const frames = bare.frames + other.frames;
  put({
    ...base,
    state: bare.kept && other.kept ? 'pass' : 'fail',
    frames,
    figures: [
      { label: 'Frames decoded', value: String(frames) },
      { label: 'Refused after', value: `${seconds(bare.took)}; ${seconds(other.took)}` },
    ],
    findings: [`No key at all: ${bare.finding}`, `Only another key id’s key: ${other.finding}`],
  });
}

/** Step 3: the right key ids with every bit of their keys flipped. */
async function playWrong(
  video: HTMLVideoElement,
  source: ManifestFacts,
  keys: readonly ClearKey[],
  right: Thumbnail | null,
  put: (step: Step) => void,
  signal: AbortSignal,
): Promise<void> {
  const base = { id: 'wrong-key', title: TITLES['wrong-key'] } as const;
  put({ ...base, state: 'running', frames: 0, figures: [], findings: [] });
  const result = await attempt(
    video,
    source,
    { keys: keys.map(({ kid, key }) => ({ kid, key: flipped(key) })) },
    signal,
  );
  // A wrong key makes noise. H.264's decoders give up on it; those of AV1 and VP9 take some of it for pictures.
  const differs = result.picture !== null && right !== null ? difference(result.picture, right) : null;
  const noise = differs !== null && differs > OTHER_PICTURE;
  // Under cbcs a sample of less than a block is clear: a clip may begin with a picture or two that any key shows.
  const gaveUp = result.failed && !result.kept && !noise;
  // And those of FLAC and Opus for sound, which can't be looked at.
  const unheard = !result.kept && right === null && result.frames === 0;
  const findings = [result.finding];
  if (!result.kept && noise) findings.push('What was shown is noise, not the picture.');
  if (gaveUp && differs !== null)
    findings.push('The first picture was shown much as it is: cbcs leaves samples of less than 16 bytes clear.');
  if (unheard) findings.push('This codec’s decoder takes noise for sound. Whether it is noise can only be heard.');
  put({
    ...base,
    state: result.kept || noise || gaveUp ? 'pass' : unheard ? 'skipped' : 'fail',
    frames: result.frames,
    figures: [
      { label: 'Frames decoded', value: `${result.frames}${!result.kept && noise ? ' (noise)' : ''}` },
      { label: 'Refused after', value: seconds(result.took) },
      ...(differs === null ? [] : [{ label: 'Difference of brightness', value: `${differs.toFixed(1)} of 255` }]),
    ],
    findings,
  });
}

interface Attempt {
  /** Nothing was decoded, and the player or the media said why. */
  readonly kept: boolean;
  /** The player gave up with an error. */
  readonly failed: boolean;
  readonly frames: number;
  readonly picture: Thumbnail | null;
  /** Seconds until it was refused. */
  readonly took: number;
  readonly finding: string;
}

/** Tries to play what mustn't play, until it is refused or plays after all, for a bounded time. */
async function attempt(
  video: HTMLVideoElement,
  source: ManifestFacts,
  opener: Opener,
  signal: AbortSignal,
): Promise<Attempt> {
  const session = new Session(video, source, opener);
  const begun = performance.now();
  try {
    await session.load();
    const start = session.problem ? 0 : session.player.seekRange().start;
    if (!session.problem) {
      // Not awaited: without a key the promise may never settle.
      void session.play();
      await until(() => session.problem !== '' || video.currentTime - start > MOVE_ON * 2, WAIT.refused, signal);
    }
    const took = (performance.now() - begun) / 1000;
    const nothing = !hasDecoded(session, start);
    const why = [session.problem, session.waitedForKey && 'The media waits for its key (waitingforkey).']
      .filter(Boolean)
      .join(' ');
    const { frames } = session.decoded;
    const finding = nothing
      ? why || 'Nothing was decoded, but nothing said why: that proves little.'
      : `${frames > 0 ? `${frames} frame${frames === 1 ? ' was' : 's were'}` : 'Sound was'} decoded. ${why}`;
    return {
      kept: nothing && why !== '',
      failed: session.problem !== '',
      frames,
      picture: session.firstPicture,
      took,
      finding,
    };
  } finally {
    await session.close();
  }
}

function hasPictures(video: HTMLVideoElement): boolean {
  return video.videoWidth > 0;
}

/** Whether anything came out of the decoders: frames, or sound where there are no pictures. */
function hasDecoded(session: Session, start: number): boolean {
  const { frames, audioBytes } = session.decoded;
  if (frames > 0) return true;
  if (hasPictures(session.video)) return false;
  // Some browsers don't count audio: there a time that moves on must do. Shaka Player may skip ahead by
  // some tenths of a second on its own when playing stalls.
  return audioBytes === null ? session.video.currentTime - start > MOVE_ON : audioBytes > 0;
}

function moreDecoded(session: Session, frames: number, audioBytes: number | null): boolean {
  const now = session.decoded;
  if (hasPictures(session.video)) return now.frames > frames;
  return now.audioBytes === null || audioBytes === null || now.audioBytes > audioBytes;
}

/** Resolves with whether the condition came true in time. */
function until(condition: () => boolean, patience: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const begun = performance.now();
    const look = (): void => {
      if (signal.aborted) reject(signal.reason);
      else if (condition()) resolve(true);
      else if (performance.now() - begun > patience) resolve(false);
      else setTimeout(look, 25);
    };
    look();
  });
}

function flipped(hex: string): string {
  return hex.replace(/./g, (digit) => (Number.parseInt(digit, 16) ^ 0xf).toString(16));
}

function randomHex(): string {
  return crypto.randomUUID().replaceAll('-', '');
}
