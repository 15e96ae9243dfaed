import { useState } from 'preact/hooks';
import {
  AUDIO_PRESETS,
  type Credential,
  isSpeke2,
  type KeyServerForm,
  keyServerForm,
  SERVICES,
  setKeyServer,
  VIDEO_PRESETS,
} from '../lib/key-server';
import { useStore } from '../lib/store';
import { DeliveryPanel } from './delivery-panel';

const LABELS: Readonly<Record<Credential, string>> = {
  token: 'Token',
  user: 'User, site or tenant id',
  password: 'Password or management key',
  keyId: 'Key id',
  signer: 'Provider (signer)',
  signingKey: 'Signing key, 64 hexadecimal digits',
  signingIv: 'Signing IV, 32 hexadecimal digits',
};

/** Where keys come from: nowhere, a key server, or a CPIX document. What is typed here stays in this page's memory. */
export function KeyServerPanel({ disabled }: { disabled: boolean }) {
  const form = useStore(keyServerForm);
  const known = SERVICES.find(({ service }) => service === form.service);
  const asks = known !== undefined && known.service !== 'cpix' && known.service !== 'raw';
  const speke2 = isSpeke2(form.service);
  const [clipboard, setClipboard] = useState('');

  const paste = async (): Promise<void> => {
    try {
      setKeyServer({ document: await navigator.clipboard.readText() });
      setClipboard('');
    } catch {
      setClipboard('The browser doesn’t let this page read the clipboard: paste into the field.');
    }
  };

  const text = (name: keyof KeyServerForm, label: string, secret = false, placeholder = '') => (
    <label class="field" key={name}>
      <span>{label}</span>
      <input
        type="text"
        class={secret ? 'mono secret' : 'mono'}
        data-testid={`key-server-${name}`}
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        disabled={disabled}
        placeholder={placeholder}
        value={String(form[name])}
        onInput={(event) => setKeyServer({ [name]: event.currentTarget.value })}
      />
    </label>
  );
  const select = (
    name: 'version' | 'videoPreset' | 'audioPreset',
    label: string,
    choices: readonly string[],
    none?: string,
  ) => (
    <label class="field">
      <span>{label}</span>
      <select
        data-testid={`key-server-${name}`}
        disabled={disabled}
        value={form[name]}
        onChange={(event) => setKeyServer({ [name]: event.currentTarget.value })}
      >
        {none !== undefined && <option value="">{none}</option>}
        {choices.map((choice) => (
          <option key={choice} value={choice}>
            {choice}
          </option>
        ))}
      </select>
    </label>
  );
  const number = (name: 'periods' | 'periodSeconds' | 'timeout', label: string, min = 0, max = 100_000) => (
    <label class="field">
      <span>{label}</span>
      <input
        type="number"
        min={min}
        max={max}
        data-testid={`key-server-${name}`}
        disabled={disabled}
        value={form[name]}
        onChange={(event) =>
          setKeyServer({ [name]: Math.min(max, Math.max(min, Math.floor(event.currentTarget.valueAsNumber || min))) })
        }
      />
    </label>
  );

  return (
    <>
      <label class="field">
        <span>Key server</span>
        <select
          data-testid="key-server"
          disabled={disabled}
          value={form.service}
          onChange={(event) => {
            const chosen = SERVICES.find(({ service }) => service === event.currentTarget.value);
            setKeyServer({ service: chosen?.service ?? '', url: '' });
          }}
        >
          <option value="">None: the key below, or a random one</option>
          {SERVICES.map(({ service, name }) => (
            <option key={service} value={service}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {known !== undefined && (
        <>
          {known.url !== 'none' &&
            text('url', 'Address', false, known.url === 'known' ? 'The published one' : 'https://')}
          {known.needs.map((name) => text(name, LABELS[name], true))}
          {known.service === 'cpix' && (
            <label class="field">
              <span>CPIX document</span>
              <textarea
                class="mono secret"
                rows={4}
                data-testid="key-server-document"
                spellcheck={false}
                autocomplete="off"
                disabled={disabled}
                value={form.document}
                onInput={(event) => setKeyServer({ document: event.currentTarget.value })}
              />
              <input
                type="file"
                accept=".xml,.cpix,application/xml,text/xml"
                aria-label="CPIX document from a file"
                data-testid="key-server-file"
                disabled={disabled}
                onChange={(event) =>
                  void event.currentTarget.files?.[0]?.text().then((document) => setKeyServer({ document }))
                }
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
          )}
          {known.service === 'raw' && (
            <label class="field">
              <span>Raw keys, one a line: label=HD:key_id=…:key=…, and :iv=… where it has one</span>
              <textarea
                class="mono secret"
                rows={4}
                data-testid="key-server-keys"
                spellcheck={false}
                autocomplete="off"
                disabled={disabled}
                value={form.keys}
                onInput={(event) => setKeyServer({ keys: event.currentTarget.value })}
              />
            </label>
          )}
          {asks && text('contentId', 'Content id; {name}, {index} and {date} are filled in')}
          <details>
            <summary>Tracks, rotation, delivery, proxy</summary>
            {speke2 && select('version', 'SPEKE version', ['2.0', '2.1'])}
            {speke2 && select('videoPreset', 'Preset of keys for video', VIDEO_PRESETS, 'None: the tracks below')}
            {speke2 && select('audioPreset', 'Preset of keys for sound', AUDIO_PRESETS, 'None: the tracks below')}
            {asks &&
              text('tracks', 'A key for each of these tracks; empty for one key', false, 'SD HD UHD1 UHD2 AUDIO')}
            {asks && number('periods', 'Crypto periods to get keys for; 0 without rotation')}
            {known.service !== 'raw' && number('periodSeconds', 'Seconds that a key is in use')}
            {known.service !== 'raw' && (
              <label class="choice">
                <input
                  type="checkbox"
                  data-testid="key-server-encrypted"
                  disabled={disabled}
                  checked={form.encrypted}
                  onChange={(event) => setKeyServer({ encrypted: event.currentTarget.checked })}
                />
                <span>
                  <b>Encrypted delivery</b>
                  <span class="quiet">The server encrypts the keys for a certificate of yours</span>
                </span>
              </label>
            )}
            {known.service !== 'raw' && form.encrypted && <DeliveryPanel disabled={disabled} />}
            {asks && text('pageUrl', 'CID issue page; gives the content id where set', false, 'https://')}
            {asks && form.pageUrl !== '' && text('siteKey', 'Site key, for the issue page', true)}
            {asks && form.pageUrl !== '' && (
              <label class="field">
                <span>Form of the issue page</span>
                <select
                  data-testid="key-server-pageForm"
                  disabled={disabled}
                  value={form.pageForm}
                  onChange={(event) => setKeyServer({ pageForm: event.currentTarget.value === 'xml' ? 'xml' : 'json' })}
                >
                  <option value="json">JSON</option>
                  <option value="xml">XML (2014)</option>
                </select>
              </label>
            )}
            {asks &&
              text(
                'proxy',
                'Proxy, for servers that allow no web page (CORS)',
                false,
                'https://proxy.example/?url={url}',
              )}
            {asks && number('timeout', 'Seconds to wait for the server, retries included', 1, 600)}
            {text('clearKeyUrl', 'ClearKey license address for the MPD', false, 'https://')}
            <p class="quiet">
              <b>.ncg files</b> are not available: their format isn’t published. HLS keys that the server wraps for NCG
              work as ordinary HLS keys.
            </p>
          </details>
          <label class="choice">
            <input
              type="checkbox"
              data-testid="key-server-keep"
              disabled={disabled}
              checked={form.keep}
              onChange={(event) => setKeyServer({ keep: event.currentTarget.checked })}
            />
            <span>
              <b>Keep credentials</b>
              <span class="quiet">
                Until the page is left; otherwise they are forgotten once all files are packaged
              </span>
            </span>
          </label>
          <p class="quiet">
            Credentials stay in this page’s memory, never in its storage, and go to the addresses above only.
          </p>
        </>
      )}
    </>
  );
}
