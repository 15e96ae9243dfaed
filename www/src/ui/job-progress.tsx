import type { Progress } from 'tabpack';
import { bytes, seconds } from '../lib/format';

/** A running job: the bar is cut into as many cells as there are segments to write. */
export function JobProgress({
  name,
  progress,
  rate,
}: {
  name: string;
  progress: Progress | null;
  rate: number | null;
}) {
  const share = progress && progress.bytesTotal > 0 ? Math.min(1, progress.bytesDone / progress.bytesTotal) : 0;
  const percent = progress?.phase === 'done' ? 100 : Math.floor(share * 100);
  const phase = progress?.phase ?? 'index';
  const known = progress !== null && progress.bytesTotal > 0;
  return (
    <div class="progress">
      <div
        class={`bar ${known ? '' : 'bar-unknown'}`}
        role="progressbar"
        aria-label={`Packaging ${name}`}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={known ? percent : undefined}
        data-testid="job-progress"
        style={{ '--share': `${share * 100}%`, '--cell': `${100 / cells(progress)}%` }}
      />
      <dl class="figures" aria-live="off">
        <Figure label="Step" value={PHASE_WORDS[phase]} />
        <Figure label="Done" value={known ? `${percent} %` : '–'} />
        <Figure
          label="Bytes"
          value={progress && known ? `${bytes(progress.bytesDone)} of ${bytes(progress.bytesTotal)}` : '–'}
        />
        <Figure
          label="Segment"
          value={progress && progress.segments > 0 ? `${progress.segment} of ${progress.segments}` : '–'}
        />
        <Figure label="Rate" value={rate === null ? '–' : `${bytes(rate)}/s`} />
        <Figure label="Time left" value={progress?.secondsLeft == null ? '–' : seconds(progress.secondsLeft)} />
      </dl>
    </div>
  );
}

const PHASE_WORDS = {
  index: 'Reading the index',
  render: 'Writing segments',
  manifests: 'Writing manifests',
  done: 'Done',
} as const;

/** More cells than this couldn't be told apart. */
const MAX_CELLS = 120;

function cells(progress: Progress | null): number {
  const segments = progress?.segments ?? 0;
  return segments > 0 && segments <= MAX_CELLS ? segments : 1;
}

function Figure({ label, value }: { label: string; value: string }) {
  return (
    <div class="figure">
      <dt>{label}</dt>
      <dd>{value}</dd>
    </div>
  );
}
