import { DOVERUNNER_LICENSES } from './license';

/** What is typed for a license server. In the page's memory only. */
export interface LicenseForm {
  readonly url: string;
  readonly token: string;
  readonly certificateUrl: string;
}

/** Nothing typed yet. */
export const NO_LICENSE: LicenseForm = { url: '', token: '', certificateUrl: '' };

/** A license server with a finished token, for Widevine, PlayReady and FairPlay. */
export function LicenseFields({ form, onChange }: { form: LicenseForm; onChange: (form: LicenseForm) => void }) {
  const field = (name: keyof LicenseForm, label: string, placeholder: string, secret = false) => (
    <label class="field">
      <span>{label}</span>
      <input
        type="text"
        class={secret ? 'mono secret' : 'mono'}
        data-testid={`license-${name}`}
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        placeholder={placeholder}
        value={form[name]}
        onInput={(event) => onChange({ ...form, [name]: event.currentTarget.value })}
      />
    </label>
  );
  return (
    <details data-testid="license">
      <summary>Widevine, PlayReady or FairPlay license instead of a key</summary>
      {field('url', 'License server', DOVERUNNER_LICENSES)}
      {field('token', 'License token, made by your server for this content and DRM system', 'ey…', true)}
      {field('certificateUrl', 'Address of FairPlay’s certificate (DER), for Safari', 'https://')}
      <p class="quiet">
        The token is sent in the header <code>pallycon-customdata-v2</code> to the license server only. It stays in this
        page’s memory and is gone after a reload.
      </p>
    </details>
  );
}
