import { useState } from 'preact/hooks';
import type { Unfinished } from 'tabpack';
import { bytes } from '../lib/format';
import { jobs, needsKeys, resumeOutput, running } from '../lib/jobs';
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
        <p class="quiet">
          Outputs stay in this browser’s private storage until you delete them. Earlier ones are listed here.
        </p>
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
          {output.unfinished && <ResumeForm output={output.job} unfinished={output.unfinished} />}
          {output.manifests.length === 0 && !output.unfinished && (
            <p class="notice notice-warning">
              Unfinished: it has no manifest, so it can’t be played. You can delete it.
            </p>
          )}
          <OutputActions job={output.job} files={output.files} manifests={output.manifests} testid="output" />
        </>
      )}
    </li>
  );
}

/** Asks for what an unfinished job needs to go on: its files, and its keys where they aren't kept. */
function ResumeForm({ output, unfinished }: { output: string; unfinished: Unfinished }) {
  const [keys, setKeys] = useState('');
  const [missing, setMissing] = useState<readonly string[]>([]);
  const busy = useStore(running);
  const { inputs, bytesDone, bytesTotal } = unfinished;
  const asksForKeys = needsKeys(output, unfinished);
  const percent = Math.floor((bytesDone / Math.max(1, bytesTotal)) * 100);
  const names = inputs.map(({ name, size }) => `${name} (${bytes(size)})`);
  const many = inputs.length > 1;
  const resume = async (files: Iterable<File>): Promise<void> =>
    setMissing(await resumeOutput(output, unfinished, files, keys));
  return (
    <div class="notice notice-warning" data-testid="unfinished">
      <p>
        Unfinished: {percent} % of {names.join(', ')} is packaged. Choose the{' '}
        {many ? `${inputs.length} files together` : 'file'} again to go on from there.
      </p>
      {asksForKeys && (
        <label class="field">
          <span>Keys as KID:KEY ({unfinished.keys.map(({ kid }) => kid).join(', ')})</span>
          <input
            type="text"
            class="mono"
            data-testid="resume-keys"
            autocomplete="off"
            spellcheck={false}
            value={keys}
            onInput={(event) => setKeys(event.currentTarget.value)}
          />
        </label>
      )}
      <label class="button file-pick">
        Resume with {many ? `${inputs.length} files` : (inputs[0]?.name ?? 'the file')}…
        <input
          type="file"
          multiple={many}
          data-testid="resume-file"
          disabled={busy || (asksForKeys && keys.trim() === '')}
          onChange={({ currentTarget: input }) => {
            if (input.files && input.files.length > 0) void resume([...input.files]);
            input.value = '';
          }}
        />
      </label>
      {missing.length > 0 && (
        <p class="problem" role="alert" data-testid="resume-missing">
          Not among the chosen files: {missing.join(', ')}. Choose all {inputs.length} together.
        </p>
      )}
    </div>
  );
}

function StorageMeter({ use: { used, quota } }: { use: StorageUse }) {
  return (
    <p class="storage" data-testid="storage">
      <meter
        min={0}
        max={quota || 1}
        value={used}
        low={quota * 0.7}
        high={quota * 0.9}
        optimum={0}
        aria-label="Storage used"
      />
      <span class="quiet tabular">
        {bytes(used)} of {bytes(quota)} used
      </span>
    </p>
  );
}
