import { bytes, count, seconds } from '../lib/format';
import type { Job } from '../lib/jobs';
import { isEditable, removeJob, sizeOf, tick } from '../lib/jobs';
import { FailureNote } from './failure-note';
import { JobProgress } from './job-progress';
import { KeyCard } from './key-card';
import { OutputActions } from './output-actions';
import { PreviewActions } from './preview-actions';
import { TitleFiles } from './title-files';

/** One title of the queue with whatever has become of it. With `joinable` it can be ticked to be joined with others. */
export function JobRow({ job, joinable }: { job: Job; joinable: boolean }) {
  const { title, files, status, result, output, failure, note } = job;
  return (
    <li class="card job" data-testid="job-row" data-status={status}>
      <div class="job-head">
        {joinable && isEditable(job) && (
          <input
            type="checkbox"
            data-testid="job-tick"
            aria-label={`Tick ${title} to join it with others`}
            checked={job.ticked}
            onChange={(event) => tick(job.id, event.currentTarget.checked)}
          />
        )}
        <div class="job-name">
          <strong>{title}</strong>
          <span class="quiet">
            {files.length > 1 ? `${count(files.length, 'file')}, ${bytes(sizeOf(job))}` : bytes(sizeOf(job))}
          </span>
        </div>
        <span class={`status status-${status.toLowerCase()}`} role="status">
          {STATUS_WORDS[status]}
        </span>
        <button
          type="button"
          class="icon-button"
          data-testid="job-remove"
          aria-label={`Take ${title} off the list`}
          title="Take off the list"
          disabled={status === 'Start'}
          onClick={() => removeJob(job.id)}
        >
          ×
        </button>
      </div>
      <TitleFiles job={job} />
      {status === 'Start' && <JobProgress name={title} progress={job.progress} rate={job.rate} />}
      {status === 'Start' && job.keys.map((key) => <KeyCard key={key.kid.hex} info={key} />)}
      {note && <p class="quiet">{note}</p>}
      {failure && <FailureNote failure={failure} />}
      <PreviewActions job={job} />
      {status === 'Succeed' && result && output && (
        <>
          <p class="quiet" data-testid="job-report">
            {count(result.files.length, 'file')}, {bytes(result.report.outputBytes)}, packaged in{' '}
            {seconds(result.report.seconds)}
            {tracksText(job)}
          </p>
          {result.report.warnings.map((warning) => (
            <p key={warning} class="notice notice-warning">
              {warning}
            </p>
          ))}
          <OutputActions job={output} files={result.files} manifests={result.manifests} testid="result" />
          {result.keys.map((key) => (
            <KeyCard key={key.kid.hex} info={key} />
          ))}
        </>
      )}
    </li>
  );
}

/** What each status is called on the page. The attribute's words are an interface, these are for people. */
const STATUS_WORDS = {
  Ready: 'Ready',
  Waiting: 'Waiting',
  Start: 'Packaging',
  Succeed: 'Packaged',
  Failed: 'Failed',
} as const;

function tracksText({ result }: Job): string {
  const tracks = result?.report.tracks ?? [];
  if (tracks.length === 0) return '';
  const words = tracks.map((track) =>
    track.kind === 'video'
      ? `${track.width ?? '?'}×${track.height ?? '?'} ${track.codecs}`
      : `${track.kind} ${track.codecs}${track.language === null ? '' : ` (${track.language})`}`,
  );
  return `: ${words.join(', ')}`;
}
