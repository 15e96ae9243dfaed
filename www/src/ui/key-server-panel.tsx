import { keyServerForm, SERVICES, setKeyServer, type Credential, type KeyServerForm } from '../lib/key-server';
import { useStore } from '../lib/store';

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
  const asks = known !== undefined && known.service !== 'cpix';

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
  const number = (name: 'periods' | 'periodSeconds', label: string) => (
    <label class="field">
      <span>{label}</span>
      <input
        type="number"
        min={0}
        max={100000}
        data-testid={`key-server-${name}`}
        disabled={disabled}
        value={form[name]}
        onChange={(event) => setKeyServer({ [name]: Math.max(0, Math.floor(event.currentTarget.valueAsNumber || 0)) })}
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
          {known.url !== 'none' && text('url', 'Address', false, known.url === 'known' ? 'The published one' : 'https://')}
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
                onChange={(event) => void event.currentTarget.files?.[0]?.text().then((document) => setKeyServer({ document }))}
              />
            </label>
          )}
          {asks && text('contentId', 'Content id; {name}, {index} and {date} are filled in')}
          <details>
            <summary>Tracks, rotation, delivery, proxy</summary>
            {asks && text('tracks', 'A key for each of these tracks; empty for one key', false, 'SD HD UHD1 UHD2 AUDIO')}
            {asks && number('periods', 'Crypto periods to get keys for; 0 without rotation')}
            {number('periodSeconds', 'Seconds that a key is in use')}
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
                <span class="quiet">A certificate is made for this visit; its private key can’t leave the browser</span>
              </span>
            </label>
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
            {asks && text('proxy', 'Proxy, for servers that allow no web page (CORS)', false, 'https://proxy.example/?url={url}')}
            {text('clearKeyUrl', 'ClearKey license address for the MPD', false, 'https://')}
            <p class="quiet">
              <b>.ncg files</b> are not available: their format isn’t published. HLS keys that the server wraps for NCG work
              as ordinary HLS keys.
            </p>
          </details>
          <p class="quiet">Credentials stay in this page’s memory and go to the addresses above only.</p>
        </>
      )}
    </>
  );
}
