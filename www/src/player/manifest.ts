import { DRM_SYSTEMS } from 'tabpack';
import { fileUrl, type Source } from '../lib/route';

/** What a manifest says about its protection. */
export interface ManifestFacts {
  readonly kind: 'DASH' | 'HLS';
  readonly url: string;
  readonly encrypted: boolean;
  /** `cenc`, `cbcs`, or HLS's whole-segment `AES-128`; `null` where it is clear. */
  readonly scheme: string | null;
  /** Key ids that the manifest names, 32 hexadecimal digits each. HLS needn't name any. */
  readonly keyIds: readonly string[];
  /** Where the manifest says that ClearKey licenses are; `null` where it doesn't. */
  readonly licenseUrl: string | null;
  /** The key systems that the manifest names, in words. */
  readonly systems: readonly string[];
}

const CENC = 'urn:mpeg:cenc:2013';
const MP4_PROTECTION = 'urn:mpeg:dash:mp4protection:2011';

/** Reads an output's manifest. Fails with a sentence where it isn't there. */
export async function readManifest(from: Source, job: string, path: string): Promise<ManifestFacts> {
  const url = fileUrl(from, job, path);
  const text = await fetchText(url);
  return path.endsWith('.m3u8') ? readPlaylist(url, text) : readMpd(url, text);
}

function readMpd(url: string, text: string): ManifestFacts {
  const mpd = new DOMParser().parseFromString(text, 'application/xml');
  if (mpd.querySelector('parsererror')) throw new Error('The MPD isn’t well-formed XML.');
  const protections = [...mpd.getElementsByTagNameNS('*', 'ContentProtection')];
  const generic = protections.find((node) => node.getAttribute('schemeIdUri')?.toLowerCase() === MP4_PROTECTION);
  const keyIds = protections
    .flatMap((node) => node.getAttributeNS(CENC, 'default_KID') ?? [])
    .map((kid) => kid.replaceAll('-', '').toLowerCase());
  const systems = protections.flatMap((node) => systemName(node.getAttribute('schemeIdUri') ?? ''));
  return {
    kind: 'DASH',
    url,
    encrypted: protections.length > 0,
    scheme: protections.length > 0 ? (generic?.getAttribute('value') ?? 'cenc') : null,
    keyIds: [...new Set(keyIds)],
    licenseUrl: mpd.getElementsByTagNameNS('https://dashif.org/CPS', 'Laurl')[0]?.textContent?.trim() || null,
    systems: [...new Set(systems)],
  };
}

async function readPlaylist(url: string, text: string): Promise<ManifestFacts> {
  // Protection stands in the media playlists; those of one presentation share it.
  const media = text.split(/\r?\n/).find((line) => line !== '' && !line.startsWith('#'));
  const playlist = text.includes('#EXT-X-STREAM-INF') && media ? await fetchText(new URL(media, url).href) : text;
  const keys = playlist
    .split(/\r?\n/)
    .filter((line) => line.startsWith('#EXT-X-KEY:') && !line.includes('METHOD=NONE'));
  const method = /METHOD=([A-Z0-9-]+)/.exec(keys[0] ?? '')?.[1];
  const formats = keys.map((line) => /KEYFORMAT="([^"]*)"/.exec(line)?.[1] ?? 'identity');
  const keyIds = keys.flatMap((line) => /KEYID=0x([0-9a-f]{32})/i.exec(line)?.[1]?.toLowerCase() ?? []);
  return {
    kind: 'HLS',
    url,
    encrypted: keys.length > 0,
    scheme: method === undefined ? null : (METHODS[method] ?? method),
    keyIds: [...new Set(keyIds)],
    licenseUrl: null,
    systems: [
      ...new Set(formats.map((format) => (format === 'identity' ? 'identity' : (systemName(format)[0] ?? format)))),
    ],
  };
}

/** EXT-X-KEY's methods for fMP4, by the scheme that they stand for. */
const METHODS: Readonly<Record<string, string>> = { 'SAMPLE-AES': 'cbcs', 'SAMPLE-AES-CTR': 'cenc' };

/** The system of a descriptor's `schemeIdUri` or a key's `KEYFORMAT`, in words. */
function systemName(uri: string): string[] {
  const id = uri.toLowerCase().replace(/^urn:uuid:/, '');
  if (id === MP4_PROTECTION) return [];
  return [DRM_SYSTEMS.find(({ ids, keyFormat }) => ids.includes(id) || keyFormat === uri)?.title ?? uri];
}

async function fetchText(url: string): Promise<string> {
  const response = await fetch(url);
  const text = await response.text();
  // The service worker answers in plain text; anything else means that the request went past it.
  if (!response.ok)
    throw new Error(
      response.headers.get('Content-Type')?.startsWith('text/plain')
        ? text.trim()
        : `${url} answered ${response.status}.`,
    );
  return text;
}
