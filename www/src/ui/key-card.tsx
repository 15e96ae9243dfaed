import { useState } from 'preact/hooks';
import type { KeyInfo, Notations } from 'tabpack';

const ROWS: readonly { readonly notation: keyof Notations; readonly name: string }[] = [
  { notation: 'hex', name: 'Hex' },
  { notation: 'uuid', name: 'UUID' },
  { notation: 'base64', name: 'Base64' },
  { notation: 'base64url', name: 'Base64url' },
];

/** A key in every notation. Shut until asked for: whoever sees it can decrypt the output. */
export function KeyCard({ info }: { info: KeyInfo }) {
  const [open, setOpen] = useState(false);
  return (
    <details class="key-card" data-testid="key-card" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {info.generated ? 'Random key' : 'Key'}{' '}
        <span class="quiet">for key id {info.kid.hex.slice(0, 8)}…, secret</span>
      </summary>
      {/* Not in the document while it is shut, so that nothing that reads pages finds it there. */}
      {open && (
        <>
          <KeyTable caption="Key id" notations={info.kid} />
          <KeyTable caption="Key" notations={info.key} />
          <div class="actions">
            <CopyButton text={`${info.kid.hex}:${info.key.hex}`} label="Copy key id:key" />
          </div>
        </>
      )}
    </details>
  );
}

function KeyTable({ caption, notations }: { caption: string; notations: Notations }) {
  return (
    <table class="key-table">
      <caption>{caption}</caption>
      <tbody>
        {ROWS.map(({ notation, name }) => (
          <tr key={notation}>
            <th scope="row">{name}</th>
            <td class="mono" data-testid={`${caption === 'Key' ? 'key' : 'kid'}-${notation}`}>
              {notations[notation]}
            </td>
            <td>
              <CopyButton text={notations[notation]} label="Copy" about={`${caption} as ${name}`} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function CopyButton({ text, label, about = '' }: { text: string; label: string; about?: string }) {
  const [said, setSaid] = useState('');
  const copy = async (): Promise<void> => {
    const done = await navigator.clipboard.writeText(text).then(
      () => 'Copied',
      () => 'Not allowed',
    );
    setSaid(done);
    setTimeout(() => setSaid(''), 1500);
  };
  return (
    <button
      type="button"
      class="button button-small"
      aria-label={about ? `${label} ${about}` : undefined}
      onClick={() => void copy()}
    >
      <span aria-live="polite">{said || label}</span>
    </button>
  );
}
