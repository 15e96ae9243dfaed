import {
  contentIdOf,
  KEY_HOST_LIMITS,
  KEY_SERVICES,
  type KeyServer,
  type KeyService,
  type KeyServiceInfo,
} from 'tabpack';
import { deliveryKey } from './delivery';
import { Store } from './store';

/** How long a page waits for a server, in seconds. */
export const TIMEOUT = KEY_HOST_LIMITS.timeout;

/** What the key server panel shows. In memory only: it holds credentials. */
export interface KeyServerForm {
  /** `''` takes no key server. */
  readonly service: KeyService | '';
  /** What is typed into the fields of services, by their names. */
  readonly fields: Readonly<Record<string, string>>;
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
  fields: {},
  contentId: '{name}',
  pageUrl: '',
  siteKey: '',
  pageForm: 'json',
  tracks: '',
  periods: 0,
  periodSeconds: 0,
  proxy: '',
  timeout: TIMEOUT.default,
  encrypted: false,
  clearKeyUrl: '',
  keep: false,
});

/** Changes a part of the panel. */
export function setKeyServer(part: Partial<KeyServerForm>): void {
  keyServerForm.value = { ...keyServerForm.value, ...part };
}

/** Changes a field of services. */
export function setField(name: string, value: string): void {
  setKeyServer({ fields: { ...keyServerForm.value.fields, [name]: value } });
}

/** Empties the fields that hold a secret, unless the user asked to keep them. */
export function forgetCredentials(): void {
  if (keyServerForm.value.keep) return;
  const secrets = KEY_SERVICES.flatMap(({ fields }) => fields.filter(({ secret }) => secret).map(({ name }) => name));
  const fields = Object.entries(keyServerForm.value.fields).filter(([name]) => !secrets.includes(name));
  setKeyServer({ fields: Object.fromEntries(fields), siteKey: '' });
}

/** The chosen service; `undefined` for none. */
export function chosenService({ service }: KeyServerForm): KeyServiceInfo | undefined {
  return KEY_SERVICES.find(({ name }) => name === service);
}

/** What a job is told: a key server for this file, and the length of its periods. */
export async function keyServerFor(
  form: KeyServerForm,
  file: string,
  index: number,
): Promise<{ keyServer: KeyServer; cryptoPeriod?: number } | undefined> {
  const known = chosenService(form);
  if (known === undefined) return undefined;
  const given = known.fields.map(({ name }): [string, string] => [name, (form.fields[name] ?? '').trim()]);
  const fields = Object.fromEntries(given.filter(([, value]) => value !== ''));
  const takes = (what: KeyServiceInfo['takes'][number]): boolean => known.takes.includes(what);
  const own: KeyServer = {
    ...fields,
    service: known.name,
    ...(form.encrypted && takes('delivery') ? { deliveryKey: await deliveryKey() } : {}),
  };
  const period = takes('rotation') && form.periodSeconds > 0 ? { cryptoPeriod: form.periodSeconds } : {};
  if (known.local) return { keyServer: own, ...period };
  const tracks = form.tracks.split(/[\s,]+/).filter(Boolean);
  const presets = fields.videoPreset !== undefined || fields.audioPreset !== undefined;
  const rotates = takes('rotation') && form.periods > 0;
  const keyServer: KeyServer = {
    ...own,
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
    ...(takes('tracks') && !presets && tracks.length > 0 ? { tracks } : {}),
    ...(rotates ? { periods: form.periods } : {}),
    timeout: form.timeout,
    ...(form.proxy.trim() === '' ? {} : { proxy: form.proxy.trim() }),
  };
  return { keyServer, ...(rotates ? period : {}) };
}
