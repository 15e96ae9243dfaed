import { bytes } from '../lib/format';
import { jobs } from '../lib/jobs';
import type { StorageUse, StoredOutput } from '../lib/outputs';
import { outputs, storageUse } from '../lib/outputs';
import { useStore } from '../lib/store';
import { OutputActions } from './output-actions';

/** Outputs of earlier visits, and the storage that all of them take. */
export function StoredOutputs() {
  const found = useStore(outputs);
  const use = useStore(storageUse);
  const shown = new Set(useStore(jobs).map((job) => job.output));
  const earlier = (found ?? []).filter((output) => !shown.has(output.job));
  return (
    <section class="stored" aria-labelledby="stored-title" data-testid="outputs">
      <div class="section-head">
        <h2 id="stored-title">Packaged in this browser</h2>
        {use && <StorageMeter use={use} />}
      </div>
      {earlier.length === 0 ? (
        <p class="quiet">Outputs stay in this browser’s private storage until you delete them. Earlier ones are listed here.</p>
      ) : (
        <ul class="jobs">
          {earlier.map((output) => (
            <OutputRow key={output.job} output={output} />
          ))}
        </ul>
      )}
    </section>
  );
}

function OutputRow({ output }: { output: StoredOutput }) {
  const size = output.files.reduce((sum, file) => sum + file.size, 0);
  return (
    <li class="card job" data-testid="output-row" data-job={output.job}>
      <div class="job-head">
        <div class="job-name">
          <strong>{output.job}</strong>
          <span class="quiet">
            {bytes(size)}
            {output.modified > 0 && ` · ${new Date(output.modified).toLocaleString()}`}
          </span>
        </div>
      </div>
      {output.busy ? (
        <p class="quiet">Being written by another tab.</p>
      ) : (
        <>
          {output.manifests.length === 0 && <p class="notice notice-warning">Unfinished: it has no manifest, so it can’t be played. You can delete it.</p>}
          <OutputActions job={output.job} files={output.files} manifests={output.manifests} testid="output" />
        </>
      )}
    </li>
  );
}

function StorageMeter({ use: { used, quota } }: { use: StorageUse }) {
  return (
    <p class="storage" data-testid="storage">
      <meter min={0} max={quota || 1} value={used} low={quota * 0.7} high={quota * 0.9} optimum={0} aria-label="Storage used" />
      <span class="quiet tabular">
        {bytes(used)} of {bytes(quota)} used
      </span>
    </p>
  );
}
