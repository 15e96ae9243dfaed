import { createDeliveryKey, contentIdOf, type DeliveryKey, type KeyServer, type KeyService } from 'tabpack';
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
  /** Rotation: how many periods, and how many seconds each; 0 for none. */
  readonly periods: number;
  readonly periodSeconds: number;
  readonly document: string;
  readonly proxy: string;
  readonly encrypted: boolean;
  readonly clearKeyUrl: string;
}

/** The panel's state. */
export const keyServerForm = new Store<KeyServerForm>({
  service: '', url: '', token: '', user: '', password: '', keyId: '', signer: '', signingKey: '', signingIv: '',
  contentId: '{name}', pageUrl: '', siteKey: '', pageForm: 'json', tracks: '', periods: 0, periodSeconds: 0, document: '', proxy: '',
  encrypted: false, clearKeyUrl: '',
});

/** Changes a part of the panel. */
export function setKeyServer(part: Partial<KeyServerForm>): void {
  keyServerForm.value = { ...keyServerForm.value, ...part };
}

/** A field of the panel that a service needs. */
export type Credential = 'token' | 'user' | 'password' | 'keyId' | 'signer' | 'signingKey' | 'signingIv';

/** The services with what they are called and need. */
export const SERVICES: readonly { readonly service: KeyService; readonly name: string; readonly needs: readonly Credential[]; readonly url: 'needed' | 'known' | 'none' }[] = [
  { service: 'doverunner', name: 'DoveRunner / PallyCon KMS', needs: ['token'], url: 'known' },
  { service: 'speke2', name: 'SPEKE 2.0', needs: ['user', 'password'], url: 'needed' },
  { service: 'speke', name: 'SPEKE 1', needs: ['user', 'password'], url: 'needed' },
  { service: 'widevine', name: 'Widevine Common Encryption API', needs: ['signer', 'signingKey', 'signingIv'], url: 'known' },
  { service: 'axinom', name: 'Axinom Key Service', needs: ['user', 'password'], url: 'known' },
  { service: 'ezdrm', name: 'EZDRM', needs: ['keyId', 'user', 'password'], url: 'known' },
  { service: 'keyos', name: 'BuyDRM KeyOS', needs: ['token'], url: 'known' },
  { service: 'cpix', name: 'CPIX document, pasted or from a file', needs: [], url: 'none' },
];

let delivery: Promise<DeliveryKey> | undefined;

/** The key pair of this visit; the private half can't leave the browser's key store. */
function deliveryKey(): Promise<DeliveryKey> {
  delivery ??= createDeliveryKey().catch((error: unknown) => {
    delivery = undefined;
    throw error;
  });
  return delivery;
}

/** What a job is told: a key server for this file, and the length of its periods. */
export async function keyServerFor(form: KeyServerForm, file: string, index: number): Promise<{ keyServer: KeyServer; cryptoPeriod?: number } | undefined> {
  const known = SERVICES.find(({ service }) => service === form.service);
  if (known === undefined) return undefined;
  const credentials = Object.fromEntries(known.needs.map((name) => [name, form[name].trim()]).filter(([, value]) => value !== ''));
  const tracks = form.tracks.split(/[\s,]+/).filter(Boolean);
  if (known.service === 'cpix') {
    const keyServer: KeyServer = { service: 'cpix', document: form.document, ...(form.encrypted ? { deliveryKey: await deliveryKey() } : {}) };
    return { keyServer, ...(form.periodSeconds > 0 ? { cryptoPeriod: form.periodSeconds } : {}) };
  }
  const keyServer: KeyServer = {
    ...credentials,
    service: known.service,
    ...(form.url.trim() === '' ? {} : { url: form.url.trim() }),
    ...(form.pageUrl.trim() === ''
      ? { contentId: contentIdOf(form.contentId.trim(), file, index) }
      : { contentIdPage: { url: form.pageUrl.trim(), siteKey: form.siteKey.trim(), form: form.pageForm, fileName: file } }),
    ...(tracks.length === 0 ? {} : { tracks }),
    ...(form.periods > 0 ? { periods: form.periods } : {}),
    ...(form.proxy.trim() === '' ? {} : { proxy: form.proxy.trim() }),
    ...(form.encrypted ? { deliveryKey: await deliveryKey() } : {}),
  };
  return { keyServer, ...(form.periods > 0 && form.periodSeconds > 0 ? { cryptoPeriod: form.periodSeconds } : {}) };
}
