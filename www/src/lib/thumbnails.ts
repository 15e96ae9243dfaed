import type { Thumbnails } from 'tabpack';

/** Pictures of this width in pixels, one in so many seconds, and at most so many side by side and one above the other. */
const WIDTH = 160;
const INTERVAL = 10;
const GRID = 5;

/** Short clips get about this many pictures. */
const FEWEST = 10;

/** How long a file may take to be opened or to be sought in, milliseconds. */
const PATIENCE = 20_000;

/**
 * Draws sheets of thumbnails of a video with the browser's own decoder. They reach to the end of the longest of `others`,
 * the files of the same title. Rejects where the browser can't play the video, or with the signal's reason.
 */
export async function drawThumbnails(
  file: File,
  others: readonly File[],
  signal: AbortSignal,
  onPicture: (done: number, count: number) => void,
): Promise<Thumbnails> {
  const durations = await Promise.all(
    others.map((other) => withVideo(other, signal, async ({ duration }) => duration).catch(() => 0)),
  );
  signal.throwIfAborted();
  return withVideo(file, signal, async (video) => {
    if (video.videoWidth === 0) throw new Error('this browser can’t decode its pictures');
    const end = Math.max(video.duration, ...durations.filter(Number.isFinite));
    const interval = Math.max(1, Math.min(INTERVAL, Math.floor(video.duration / FEWEST)));
    // One more than fits: the packaged end may lie a few samples behind the one that the browser tells.
    const count = Math.floor(end / interval) + 1;
    const columns = Math.min(GRID, count);
    const rows = Math.min(GRID, Math.ceil(count / columns));
    const height = Math.max(2, Math.round((WIDTH * video.videoHeight) / video.videoWidth));
    const images: Blob[] = [];
    for (let first = 0; first < count; first += columns * rows) {
      const canvas = new OffscreenCanvas(WIDTH * columns, height * rows);
      const context = canvas.getContext('2d', { alpha: false });
      if (!context) throw new Error('the browser gives no canvas');
      for (let place = 0; place < columns * rows && first + place < count; place += 1) {
        // The middle of the time that it stands for; what lies behind the last picture shows that one.
        await seek(video, Math.min((first + place + 0.5) * interval, Math.max(0, video.duration - 0.1)), signal);
        context.drawImage(video, (place % columns) * WIDTH, Math.floor(place / columns) * height, WIDTH, height);
        onPicture(first + place + 1, count);
      }
      images.push(await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.75 }));
    }
    return { images, interval, columns, rows };
  });
}

async function withVideo<T>(
  file: File,
  signal: AbortSignal,
  work: (video: HTMLVideoElement) => Promise<T>,
): Promise<T> {
  const video = document.createElement('video');
  const url = URL.createObjectURL(file);
  video.muted = true;
  video.preload = 'auto';
  try {
    const loaded = happens(video, 'loadeddata', signal);
    video.src = url;
    await loaded;
    return await work(video);
  } finally {
    video.removeAttribute('src');
    video.load();
    URL.revokeObjectURL(url);
  }
}

async function seek(video: HTMLVideoElement, time: number, signal: AbortSignal): Promise<void> {
  const sought = happens(video, 'seeked', signal);
  video.currentTime = time;
  await sought;
}

/** Resolves with the event; rejects with the element's error, the signal's reason, or when it takes too long. */
function happens(video: HTMLVideoElement, event: 'loadeddata' | 'seeked', signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = new AbortController();
    const fail = (reason: unknown): void => {
      end.abort();
      reject(reason instanceof Error ? reason : new Error(String(reason)));
    };
    const timer = setTimeout(() => fail(new Error('the browser takes too long to decode it')), PATIENCE);
    end.signal.addEventListener('abort', () => clearTimeout(timer));
    const options = { signal: end.signal };
    video.addEventListener(
      event,
      () => {
        end.abort();
        resolve();
      },
      options,
    );
    video.addEventListener('error', () => fail(new Error('this browser can’t play it')), options);
    signal.addEventListener('abort', () => fail(signal.reason), options);
    if (signal.aborted) fail(signal.reason);
  });
}
