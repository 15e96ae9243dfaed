import { KEY_SERVICES } from 'tabpack';
import type { OptionInfo } from 'tabpack/options';
import { chosenService, type KeyServerForm, keyServerForm, setKeyServer, TIMEOUT } from '../lib/key-server';
import { useStore } from '../lib/store';
import { DeliveryPanel } from './delivery-panel';
import { ServiceField } from './key-server-fields';

/** Where keys come from: nowhere, a key server, or a CPIX document. What is typed here stays in this page's memory. */
export function KeyServerPanel({ info, disabled }: { info: OptionInfo; disabled: boolean }) {
  const form = useStore(keyServerForm);
  const known = chosenService(form);
  const asks = known?.local === false;

  const text = (name: keyof Omit<KeyServerForm, 'fields'>, label: string, secret = false, placeholder = '') => (
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
        <span>{info.label}</span>
        <select
          data-testid="key-server"
          disabled={disabled}
          value={form.service}
          onChange={(event) => {
            const chosen = KEY_SERVICES.find(({ name }) => name === event.currentTarget.value);
            // An address of one service is none of another's.
            setKeyServer({ service: chosen?.name ?? '', fields: { ...form.fields, url: '' } });
          }}
        >
          <option value="">{info.unset}</option>
          {KEY_SERVICES.map(({ name, title }) => (
            <option key={name} value={name}>
              {title}
            </option>
          ))}
        </select>
      </label>
      {known !== undefined && (
        <>
          {known.fields.map(
            (field) => field.kind !== 'choice' && <ServiceField key={field.name} field={field} disabled={disabled} />,
          )}
          {asks && text('contentId', 'Content id; {name}, {index} and {date} are filled in')}
          <details>
            <summary>Tracks, rotation, delivery, proxy</summary>
            {known.fields.map(
              (field) => field.kind === 'choice' && <ServiceField key={field.name} field={field} disabled={disabled} />,
            )}
            {asks &&
              known.takes.includes('tracks') &&
              text('tracks', 'A key for each of these tracks; empty for one key', false, 'SD HD UHD1 UHD2 AUDIO')}
            {asks &&
              known.takes.includes('rotation') &&
              number('periods', 'Crypto periods to get keys for; 0 without rotation')}
            {known.takes.includes('rotation') && number('periodSeconds', 'Seconds that a key is in use')}
            {known.takes.includes('delivery') && (
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
            {known.takes.includes('delivery') && form.encrypted && <DeliveryPanel disabled={disabled} />}
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
            {asks && number('timeout', 'Seconds to wait for the server, retries included', TIMEOUT.least, TIMEOUT.most)}
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
