import { useState } from 'preact/hooks';
import type { KeyField } from 'tabpack';
import { keyServerForm, setField } from '../lib/key-server';
import { useStore } from '../lib/store';

/** A field of a key service, as its kind wants it. */
export function ServiceField({ field, disabled }: { field: KeyField; disabled: boolean }) {
  if (field.kind === 'document') return <DocumentField field={field} disabled={disabled} />;
  if (field.kind === 'choice') return <ChoiceField field={field} disabled={disabled} />;
  return <TextField field={field} disabled={disabled} />;
}

function useField(name: string): string {
  return useStore(keyServerForm).fields[name] ?? '';
}

function TextField({ field: { name, label, help, secret, required, default: usual }, disabled }: FieldProps) {
  const value = useField(name);
  const hint = usual !== undefined ? 'The published one' : name === 'url' ? 'https://' : required ? '' : 'Optional';
  return (
    <label class="field" title={help}>
      <span>{label}</span>
      <input
        type="text"
        class={secret ? 'mono secret' : 'mono'}
        data-testid={`key-server-${name}`}
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        disabled={disabled}
        placeholder={hint}
        value={value}
        onInput={(event) => setField(name, event.currentTarget.value)}
      />
    </label>
  );
}

interface FieldProps {
  field: KeyField;
  disabled: boolean;
}

function ChoiceField({ field: { name, label, help, choices = [], default: usual }, disabled }: FieldProps) {
  const value = useField(name);
  return (
    <label class="field" title={help}>
      <span>{label}</span>
      <select
        data-testid={`key-server-${name}`}
        disabled={disabled}
        value={value === '' ? (usual ?? '') : value}
        onChange={(event) => setField(name, event.currentTarget.value)}
      >
        {usual === undefined && <option value="">None</option>}
        {choices.map((choice) => (
          <option key={choice} value={choice}>
            {choice}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Many lines: typed, pasted, or from a file. */
function DocumentField({ field: { name, label, help, secret }, disabled }: FieldProps) {
  const value = useField(name);
  const [clipboard, setClipboard] = useState('');
  const paste = async (): Promise<void> => {
    try {
      setField(name, await navigator.clipboard.readText());
      setClipboard('');
    } catch {
      setClipboard('The browser doesn’t let this page read the clipboard: paste into the field.');
    }
  };
  return (
    <label class="field">
      <span>{label}</span>
      <span class="quiet">{help}</span>
      <textarea
        class={secret ? 'mono secret' : 'mono'}
        rows={4}
        data-testid={`key-server-${name}`}
        spellcheck={false}
        autocomplete="off"
        disabled={disabled}
        value={value}
        onInput={(event) => setField(name, event.currentTarget.value)}
      />
      <input
        type="file"
        accept=".xml,.cpix,.txt,application/xml,text/xml,text/plain"
        aria-label={`${label} from a file`}
        data-testid="key-server-file"
        disabled={disabled}
        onChange={(event) => void event.currentTarget.files?.[0]?.text().then((text) => setField(name, text))}
      />
      <button
        type="button"
        class="button button-small"
        data-testid="key-server-paste"
        disabled={disabled}
        onClick={() => void paste()}
      >
        Paste from the clipboard
      </button>
      {clipboard && (
        <span class="problem" role="alert">
          {clipboard}
        </span>
      )}
    </label>
  );
}
