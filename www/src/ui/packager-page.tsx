import { useEffect } from 'preact/hooks';
import { cancelAll, isEditable, jobs, joinTicked, packageAll, packageable, running } from '../lib/jobs';
import { checkKey } from '../lib/key-check';
import { chosenOptions, options, targetsOf } from '../lib/options';
import { useStore } from '../lib/store';
import { DropZone } from './drop-zone';
import { JobRow } from './job-row';
import { focusKeyField } from './key-field';
import { LogPanel } from './log-panel';
import { OptionsPanel } from './options-panel';
import { StoredOutputs } from './stored-outputs';

/** The packager page: files in, options, progress, outputs, log. */
export function PackagerPage() {
  const list = useStore(jobs);
  const busy = useStore(running);
  const targets = targetsOf(useStore(options));
  const joinable = list.filter(isEditable).length > 1;
  const ticked = list.filter((job) => job.ticked).length;
  const startable = !busy && packageable(list) && targets.length > 0;

  useEffect(() => {
    document.title = 'tabpack';
  }, []);

  useEffect(() => {
    if (!busy) return;
    // The browser asks before it drops a job that runs.
    const hold = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener('beforeunload', hold);
    return () => window.removeEventListener('beforeunload', hold);
  }, [busy]);

  const start = async (): Promise<void> => {
    const chosen = chosenOptions();
    if (!(await checkKey(chosen.key ?? ''))) return focusKeyField();
    await packageAll(chosen);
  };

  return (
    <main class="page">
      <div class="intro">
        <h1>Encrypt and package video right here.</h1>
        <p>
          Pick video or audio files and get CMAF, DASH and HLS with Common Encryption, ready for Clear Key playback or
          for your license server. The files never leave this computer.
        </p>
      </div>
      <div class="bench">
        <section class="bench-main" aria-labelledby="files-title">
          <h2 id="files-title" class="visually-hidden">
            Files
          </h2>
          <DropZone compact={list.length > 0} />
          {list.length > 0 && (
            <ul class="jobs">
              {list.map((job) => (
                <JobRow key={job.id} job={job} joinable={joinable} />
              ))}
            </ul>
          )}
          <div class="actions">
            <button
              type="button"
              class="button button-main"
              data-testid="package"
              disabled={!startable}
              onClick={() => void start()}
            >
              Package
            </button>
            <button type="button" class="button" data-testid="cancel" disabled={!busy} onClick={cancelAll}>
              Cancel
            </button>
            {joinable && (
              <button
                type="button"
                class="button"
                data-testid="join"
                disabled={ticked < 2}
                title="Tick the rows that belong together: they become one output"
                onClick={joinTicked}
              >
                One title
              </button>
            )}
            <p class="quiet" aria-live="polite">
              {hint(list.length, busy, targets.length, joinable && ticked < 2)}
            </p>
          </div>
        </section>
        <OptionsPanel disabled={busy} />
        <LogPanel />
      </div>
      <StoredOutputs />
    </main>
  );
}

function hint(files: number, busy: boolean, targets: number, joinable: boolean): string {
  if (busy) return 'You can look at other tabs meanwhile; keep this one open.';
  if (files === 0) return 'Add a file to begin.';
  if (targets === 0) return 'Choose at least one target.';
  if (joinable) return 'Tick rows that are one title – sizes, languages, subtitles – to join them.';
  return '';
}
