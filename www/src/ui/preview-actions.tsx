import type { Job } from '../lib/jobs';
import { checkKey } from '../lib/key-check';
import { chosenOptions, options, targetsOf } from '../lib/options';
import { closePreview, openPreview, preview } from '../lib/previews';
import { previewHref } from '../lib/route';
import { useStore } from '../lib/store';
import { FailureNote } from './failure-note';
import { KeyCard } from './key-card';
import { focusKeyField } from './key-field';

/** Plays a file as it would be packaged, before it is or meanwhile. */
export function PreviewActions({ job }: { job: Job }) {
  const shown = useStore(preview);
  const targets = targetsOf(useStore(options));
  const mine = shown?.job === job.id ? shown : null;

  const open = async (): Promise<void> => {
    const chosen = chosenOptions();
    if (!(await checkKey(chosen.key ?? ''))) return focusKeyField();
    // The player's page loads beside the file's index; it says itself what hinders it.
    void import('../player/player-page').catch(() => undefined);
    await openPreview(job, chosen);
  };

  if (job.status === 'Succeed' && mine === null) return null; // the output itself can be played
  return (
    <>
      <div class="actions">
        {job.status !== 'Succeed' && (
          <button
            type="button"
            class="button"
            data-testid="preview"
            disabled={mine?.is === 'opening' || targets.length === 0}
            aria-busy={mine?.is === 'opening'}
            onClick={() => void open()}
          >
            {mine?.is === 'opening' ? 'Opening the preview…' : 'Preview'}
          </button>
        )}
        {mine?.is === 'open' ? (
          <>
            <span class="quiet">A preview is open:</span>
            {mine.manifests.map((manifest) => (
              <a
                key={manifest}
                class="button button-small mono"
                data-testid="preview-manifest"
                href={previewHref(mine.id, manifest)}
              >
                {manifest}
              </a>
            ))}
            <button
              type="button"
              class="button button-small button-quiet"
              data-testid="preview-close"
              onClick={closePreview}
            >
              Close it
            </button>
          </>
        ) : (
          <p class="quiet">Plays at once as it would be packaged; nothing is stored.</p>
        )}
      </div>
      {mine?.is === 'failed' && <FailureNote failure={mine.failure} />}
      {mine?.is === 'open' &&
        mine.keys
          .filter((key) => key.generated)
          .map((key) => <KeyCard key={`${key.kid.hex}@${key.period}`} info={key} />)}
    </>
  );
}
