import { contentIdOf, type KeyServer, type KeyService } from 'tabpack';
import { deliveryKey } from './delivery';
import { Store } from './store';

/** What the key server panel shows. In memory only: it holds credentials. */
export interface KeyServerForm {
  /** `''` takes no key server. */
  readonly service: KeyService | '';
  readonly url: string;
  readonly token: string;
  readonly user: string;
  readonly password: string;
  readonly keyId: string;
  readonly signer: string;
  readonly signingKey: string;
  readonly signingIv: string;
  readonly contentId: string;
  /** Where set, the content id comes from this page. */
  readonly pageUrl: string;
  readonly siteKey: string;
  readonly pageForm: 'json' | 'xml';
  /** Track types with blanks or commas between; none for one key. */
  readonly tracks: string;
  /** SPEKE 2: its minor version, and presets in place of `tracks`; `''` for none. */
  readonly version: '2.0' | '2.1';
  readonly videoPreset: string;
  readonly audioPreset: string;
  /** Rotation: how many periods, and how many seconds each; 0 for none. */
  readonly periods: number;
  readonly periodSeconds: number;
  readonly document: string;
  /** Raw keys, as Shaka Packager takes them. */
  readonly keys: string;
  readonly proxy: string;
  /** Seconds for a server's answer, retries included. */
  readonly timeout: number;
  readonly encrypted: boolean;
  readonly clearKeyUrl: string;
  /** Whether credentials stay in the fields when all files are packaged. Not beyond this visit in any case. */
  readonly keep: boolean;
}

/** The panel's state. */
export const keyServerForm = new Store<KeyServerForm>({
  service: '',
  url: '',
  token: '',
  user: '',
  password: '',
  keyId: '',
  signer: '',
  signingKey: '',
  signingIv: '',
  contentId: '{name}',
  pageUrl: '',
  siteKey: '',
  pageForm: 'json',
  tracks: '',
  version: '2.0',
  videoPreset: '',
  audioPreset: '',
  periods: 0,
  periodSeconds: 0,
  document: '',
  keys: '',
  proxy: '',
  timeout: 30,
  encrypted: false,
  clearKeyUrl: '',
  keep: false,
});

/** Changes a part of the panel. */
export function setKeyServer(part: Partial<KeyServerForm>): void {
  keyServerForm.value = { ...keyServerForm.value, ...part };
}

/** Empties the fields that hold a secret, unless the user asked to keep them. */
export function forgetCredentials(): void {
  if (keyServerForm.value.keep) return;
  setKeyServer({ token: '', password: '', signingKey: '', signingIv: '', siteKey: '', document: '', keys: '' });
}

/** A field of the panel that a service needs. */
export type Credential = 'token' | 'user' | 'password' | 'keyId' | 'signer' | 'signingKey' | 'signingIv';

/** The services with what they are called and need. */
export const SERVICES: readonly {
  readonly service: KeyService;
  readonly name: string;
  readonly needs: readonly Credential[];
  readonly url: 'needed' | 'known' | 'none';
}[] = [
  { service: 'doverunner', name: 'DoveRunner / PallyCon KMS', needs: ['token'], url: 'known' },
  { service: 'speke2', name: 'SPEKE 2.0 and 2.1', needs: ['user', 'password'], url: 'needed' },
  { service: 'speke', name: 'SPEKE 1', needs: ['user', 'password'], url: 'needed' },
  {
    service: 'widevine',
    name: 'Widevine Common Encryption API',
    needs: ['signer', 'signingKey', 'signingIv'],
    url: 'known',
  },
  { service: 'axinom', name: 'Axinom Key Service', needs: ['user', 'password'], url: 'known' },
  { service: 'ezdrm', name: 'EZDRM', needs: ['keyId', 'user', 'password'], url: 'known' },
  { service: 'keyos', name: 'BuyDRM KeyOS', needs: ['token'], url: 'known' },
  { service: 'cpix', name: 'CPIX document, pasted or from a file', needs: [], url: 'none' },
  { service: 'raw', name: 'Raw keys', needs: [], url: 'none' },
];

/**
 * SPEKE 2's presets whose track types are published: `SHARED` is one key for all tracks and goes with itself only,
 * `UNENCRYPTED` leaves its tracks clear.
 */
export const VIDEO_PRESETS = [
  'PRESET_VIDEO_1',
  'PRESET_VIDEO_2',
  'PRESET_VIDEO_3',
  'PRESET_VIDEO_5',
  'PRESET_VIDEO_8',
  'SHARED',
  'UNENCRYPTED',
] as const;
export const AUDIO_PRESETS = ['PRESET_AUDIO_1', 'PRESET_AUDIO_2', 'PRESET_AUDIO_3', 'SHARED', 'UNENCRYPTED'] as const;

/** Whether a service speaks SPEKE 2. */
export function isSpeke2(service: KeyService | ''): boolean {
  return service === 'speke2' || service === 'axinom';
}

/** What a job is told: a key server for this file, and the length of its periods. */
export async function keyServerFor(
  form: KeyServerForm,
  file: string,
  index: number,
): Promise<{ keyServer: KeyServer; cryptoPeriod?: number } | undefined> {
  const known = SERVICES.find(({ service }) => service === form.service);
  if (known === undefined) return undefined;
  const credentials = Object.fromEntries(
    known.needs.map((name) => [name, form[name].trim()]).filter(([, value]) => value !== ''),
  );
  const tracks = form.tracks.split(/[\s,]+/).filter(Boolean);
  const period = form.periodSeconds > 0 ? { cryptoPeriod: form.periodSeconds } : {};
  const delivery = form.encrypted && known.service !== 'raw' ? { deliveryKey: await deliveryKey() } : {};
  if (known.service === 'cpix')
    return { keyServer: { service: 'cpix', document: form.document, ...delivery }, ...period };
  if (known.service === 'raw') return { keyServer: { service: 'raw', keys: form.keys } };
  const { videoPreset, audioPreset } = form;
  const presets = isSpeke2(known.service) && videoPreset + audioPreset !== '';
  const keyServer: KeyServer = {
    ...credentials,
    service: known.service,
    ...(form.url.trim() === '' ? {} : { url: form.url.trim() }),
    ...(form.pageUrl.trim() === ''
      ? { contentId: contentIdOf(form.contentId.trim(), file, index) }
      : {
          contentIdPage: {
            url: form.pageUrl.trim(),
            siteKey: form.siteKey.trim(),
            form: form.pageForm,
            fileName: file,
          },
        }),
    ...(isSpeke2(known.service) ? { version: form.version } : {}),
    ...(presets
      ? { ...(videoPreset === '' ? {} : { videoPreset }), ...(audioPreset === '' ? {} : { audioPreset }) }
      : tracks.length === 0
        ? {}
        : { tracks }),
    ...(form.periods > 0 ? { periods: form.periods } : {}),
    timeout: form.timeout,
    ...(form.proxy.trim() === '' ? {} : { proxy: form.proxy.trim() }),
    ...delivery,
  };
  return { keyServer, ...(form.periods > 0 ? period : {}) };
}
