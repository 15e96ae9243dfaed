import { useState } from 'preact/hooks';
import type { OutputFile } from 'tabpack';
import { bytes, count, message } from '../lib/format';
import { outputDeleted } from '../lib/jobs';
import { forgetKeys } from '../lib/keys';
import { say } from '../lib/log';
import { deleteOutput, refreshOutputs } from '../lib/outputs';
import { playerHref } from '../lib/route';
import { saveZip, sendOutput } from '../lib/save';

/** What can be done with an output: play it, save it, delete it, look at its files. */
export function OutputActions({
  job,
  files,
  manifests,
  testid,
}: {
  job: string;
  files: readonly OutputFile[];
  manifests: readonly string[];
  /** The first part of the buttons' test ids: `result` for a job of this visit, `output` for an earlier one. */
  testid: 'result' | 'output';
}) {
  const [chosen, setChosen] = useState(manifests[0] ?? '');
  const [zipping, setZipping] = useState(false);
  const manifest = manifests.includes(chosen) ? chosen : manifests[0];

  const zip = async (): Promise<void> => {
    setZipping(true);
    try {
      await saveZip(job, files);
      say(job, 'The ZIP was handed to the browser’s downloads.', 'success');
    } catch (error) {
      say(job, `The ZIP couldn’t be made: ${message(error)}`, 'error');
    } finally {
      setZipping(false);
    }
  };

  return (
    <>
      <div class="actions">
        {manifest && (
          <a class="button button-play" data-testid={`${testid}-play`} href={playerHref(job, manifest)}>
            Play
          </a>
        )}
        {manifests.length > 1 && (
          <label class="inline-field">
            <span class="visually-hidden">Manifest to play</span>
            <select
              data-testid={`${testid}-manifest`}
              value={manifest}
              onChange={(event) => setChosen(event.currentTarget.value)}
            >
              {manifests.map((path) => (
                <option key={path} value={path}>
                  {path}
                </option>
              ))}
            </select>
          </label>
        )}
        <button
          type="button"
          class="button"
          data-testid={`${testid}-zip`}
          disabled={zipping || files.length === 0}
          aria-busy={zipping}
          onClick={() => void zip()}
        >
          {zipping ? 'Making the ZIP…' : 'Save as ZIP'}
        </button>
        <DeleteButton job={job} testid={`${testid}-delete`} />
      </div>
      {manifests.length > 0 && <SendForm job={job} files={files} testid={testid} />}
      <details class="files">
        <summary>{count(files.length, 'file')}</summary>
        <ol class="file-list" data-testid={`${testid}-files`}>
          {files.map((file) => (
            <li key={file.path}>
              <span class="mono">{file.path}</span>
              <span class="quiet tabular">{bytes(file.size)}</span>
            </li>
          ))}
        </ol>
      </details>
    </>
  );
}

/** Sends the output to a server of the user's. What is typed stays in this component's memory. */
function SendForm({ job, files, testid }: { job: string; files: readonly OutputFile[]; testid: string }) {
  const [address, setAddress] = useState('');
  const [authorization, setAuthorization] = useState('');
  const [sending, setSending] = useState(false);

  const send = async (): Promise<void> => {
    setSending(true);
    try {
      await sendOutput(job, files, address.trim(), authorization.trim());
      say(job, `${count(files.length, 'file')} sent to ${new URL(address.trim()).host}.`, 'success');
    } catch (error) {
      say(job, `The files couldn’t be sent: ${message(error)}`, 'error');
    } finally {
      setSending(false);
    }
  };

  return (
    <details class="files">
      <summary>Send to a server</summary>
      <label class="field">
        <span>Address of the folder; each file is sent by PUT, which the server must allow this page (CORS)</span>
        <input
          type="url"
          data-testid={`${testid}-send-address`}
          placeholder="https://"
          value={address}
          onInput={(event) => setAddress(event.currentTarget.value)}
        />
      </label>
      <label class="field">
        <span>Authorization header, if it needs one</span>
        <input
          type="password"
          autocomplete="off"
          data-testid={`${testid}-send-authorization`}
          value={authorization}
          onInput={(event) => setAuthorization(event.currentTarget.value)}
        />
      </label>
      <button
        type="button"
        class="button"
        data-testid={`${testid}-send`}
        disabled={sending || address.trim() === ''}
        aria-busy={sending}
        onClick={() => void send()}
      >
        {sending ? 'Sending…' : 'Send'}
      </button>
    </details>
  );
}

/** Asks once more before it deletes: an output can't be brought back. */
function DeleteButton({ job, testid }: { job: string; testid: string }) {
  const [asking, setAsking] = useState(false);

  const remove = async (): Promise<void> => {
    setAsking(false);
    try {
      await deleteOutput(job);
      forgetKeys(job);
      outputDeleted(job);
      say(job, 'The output was deleted.');
    } catch (error) {
      say(job, `The output couldn’t be deleted: ${message(error)}`, 'error');
    }
    await refreshOutputs();
  };

  if (!asking) {
    return (
      <button type="button" class="button button-quiet" data-testid={testid} onClick={() => setAsking(true)}>
        Delete
      </button>
    );
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: it stands in a row of buttons, where a fieldset would be a block
    <span class="ask" role="group" aria-label={`Delete the output ${job}?`}>
      <button
        type="button"
        class="button button-danger"
        data-testid={`${testid}-yes`}
        autofocus
        onClick={() => void remove()}
      >
        Delete it
      </button>
      <button type="button" class="button button-quiet" onClick={() => setAsking(false)}>
        Keep
      </button>
    </span>
  );
}
