import type { KeyInfo, Preview, TabpackError } from 'tabpack';
import { core } from './core';
import { message } from './format';
import { type Failure, failureOf, failureText, type Job, jobs, previewOptions } from './jobs';
import { forgetKeys, rememberKeys } from './keys';
import { say } from './log';
import type { JobOptions } from './options';
import { previewHref } from './route';
import { serviceWorkerReady } from './service-worker';
import { Store } from './store';

/** The preview of a job: what it would write, rendered as a player asks for it. Nothing is stored. */
export type JobPreview =
  | { readonly is: 'opening'; readonly job: number }
  | {
      readonly is: 'open';
      readonly job: number;
      readonly id: string;
      readonly name: string;
      readonly manifests: readonly string[];
      readonly keys: readonly KeyInfo[];
    }
  | { readonly is: 'failed'; readonly job: number; readonly failure: Failure };

/** The page's preview. It has one at a time: each holds a file's index and a worker. */
export const preview = new Store<JobPreview | null>(null);

/** What answers for the open preview, and what ends it or its opening. */
let source: Preview | null = null;
let ending: AbortController | null = null;

/** The name under which the keys of a preview are remembered. No output's folder has a `/`. */
export const previewKeys = (id: string): string => `preview/${id}`;

/** Opens the preview of a job and goes to the player with it. */
export async function openPreview(job: Job, options: JobOptions): Promise<void> {
  closePreview();
  const controller = new AbortController();
  const { signal } = controller;
  ending = controller;
  preview.value = { is: 'opening', job: job.id };
  try {
    const [packager, told] = await Promise.all([core(), previewOptions(job, options), serviceWorkerReady()]);
    signal.throwIfAborted();
    const opened = await packager.preview(
      job.files.map(({ file }) => file),
      { ...told, signal },
    );
    const [manifest] = opened.manifests;
    const id = crypto.randomUUID().slice(0, 8);
    source = opened;
    rememberKeys(previewKeys(id), opened.keys);
    preview.value = { is: 'open', job: job.id, id, name: job.title, manifests: opened.manifests, keys: opened.keys };
    for (const warning of opened.warnings) say(job.title, `Note: ${warning}`);
    say(job.title, 'The preview is open. Nothing of it is stored.');
    if (manifest !== undefined) location.hash = previewHref(id, manifest);
  } catch (error) {
    if (signal.aborted) return;
    ending = null;
    const failure = failureOf(error);
    preview.value = { is: 'failed', job: job.id, failure };
    say(job.title, `No preview: ${failureText(failure)}`, 'error');
  }
}

/** Closes the preview, or ends its opening. Players that are on it are told so by what they ask for next. */
export function closePreview(): void {
  const last = preview.value;
  if (last?.is === 'open') forgetKeys(previewKeys(last.id));
  ending?.abort(new DOMException('The preview was closed.', 'AbortError'));
  source?.close();
  source = ending = null;
  preview.value = null;
}

// A job that is gone, or that is another title's now, has no preview.
jobs.watch(() => {
  const held = preview.value;
  if (held && !jobs.value.some(({ id }) => id === held.job)) closePreview();
});

/** What the service worker asks. */
interface Question {
  readonly preview: string;
  readonly path: string;
}

/** Answers the service worker, which asks every page for files of previews. */
export function answerForPreviews(): void {
  navigator.serviceWorker?.addEventListener('message', ({ data, ports: [port] }: MessageEvent<Question>) => {
    if (port && typeof data?.preview === 'string') void answer(port, data);
  });
}

async function answer(port: MessagePort, { preview: id, path }: Question): Promise<void> {
  const held = preview.value;
  if (held?.is !== 'open' || held.id !== id || source === null) return port.postMessage({ is: 'unknown' });
  port.postMessage({ is: 'known' });
  try {
    const { bytes, type } = await source.read(path);
    port.postMessage({ is: 'file', bytes, type }, [bytes.buffer]);
  } catch (error) {
    const code = (error as Partial<TabpackError>).code;
    port.postMessage({ is: 'refused', status: code === 'OUTPUT_NOT_FOUND' ? 404 : 503, message: message(error) });
  }
}
