import { INPUT_FORMATS, type TrackRole } from 'tabpack';

/** What a file holds, as far as its name tells. */
export type FileKind = 'video' | 'audio' | 'text';

/** What a file's name says of its content. */
export interface NameFacts {
  /** What is left of the name without the words below: files of one title have the same. May be empty. */
  readonly stem: string;
  readonly kind: FileKind;
  /** Whether a size, rate or codec is named, as in `film-720p`. */
  readonly isRendition: boolean;
  /** The language as a tag of BCP 47. */
  readonly language?: string;
  readonly role?: TrackRole;
}

/** Reads a file's name from its end: `film.pt-BR.forced.srt`, `film-audio-de.m4a`, `film_1080p.mp4`. */
export function nameFacts({ name, type }: { readonly name: string; readonly type: string }): NameFacts {
  const base = withoutEnding(name);
  const ending = name.slice(base.length + 1);
  let kind = kindOf(ending.toLowerCase(), type);
  let rest = base.normalize('NFC').replace(/(^|[\s._([-])([57])\.1(?=[\s._)\]-]|$)/g, '$1$21'); // 5.1 is one word
  let isRendition = false;
  let language: string | undefined;
  let role: TrackRole | undefined;
  for (;;) {
    const [, before = '', word = ''] = LAST_WORD.exec(rest) ?? [];
    const lower = word.toLowerCase();
    if (RENDITION.test(lower)) {
      isRendition = true;
    } else if (ROLES.has(lower) && (kind !== 'video' || lower.length > 2)) {
      role ??= ROLES.get(lower);
    } else if (KINDS.has(lower) && before !== '') {
      kind = KINDS.get(lower) ?? kind;
    } else {
      const found = language === undefined ? languageAtEnd(rest, kind) : undefined;
      if (found === undefined) break;
      language = found.language;
      rest = found.before;
      continue;
    }
    rest = before;
  }
  return {
    stem: rest.replace(/[\s._([-]+$/, ''),
    kind,
    isRendition,
    ...(language === undefined ? {} : { language }),
    ...(role === undefined ? {} : { role }),
  };
}

/** A file's name without its ending. */
export function withoutEnding(name: string): string {
  return name.replace(/\.[^.]{1,5}$/, '');
}

/** What a language is called, or its tag where that isn't known. */
export function languageName(tag: string): string {
  try {
    return new Intl.DisplayNames(['en'], { type: 'language' }).of(tag) ?? tag;
  } catch {
    return tag; // it isn't a tag
  }
}

const TYPES = new Map(INPUT_FORMATS.flatMap(({ endings }) => Object.entries(endings)));

function kindOf(ending: string, given: string): FileKind {
  const known = TYPES.get(ending);
  if ((known ?? given).startsWith('audio/') || given.startsWith('audio/')) return 'audio';
  return known === undefined || known.startsWith('video/') ? 'video' : 'text';
}

const LAST_WORD = /^(.*?)(?:^|[\s._()[\]-]+)([^\s._()[\]-]+)[\s)\]]*$/su;

/** Sizes, bit rates, frame rates, codecs, channels. Plain numbers only where they are heights of video. */
const RENDITION =
  /^(?:\d{3,4}[pi]\d*|\d{3,4}x\d{3,4}|144|240|270|288|360|432|480|540|576|720|1080|1440|2160|4320|[248]k|u?hd|fhd|qhd|sd|low|mid|medium|high|\d+(?:k|m|kbps|kbit|mbps|mbit)|\d+fps|[xh]26[45]|avc|hevc|av1|vp[89]|aac|e?ac3|opus|flac|mp3|mono|stereo|surround|51|71)$/;

const ROLES: ReadonlyMap<string, TrackRole> = new Map([
  ['forced', 'forced-subtitle'],
  ['sdh', 'caption'],
  ['cc', 'caption'],
  ['caption', 'caption'],
  ['captions', 'caption'],
  ['sub', 'subtitle'],
  ['subs', 'subtitle'],
  ['subtitle', 'subtitle'],
  ['subtitles', 'subtitle'],
  ['commentary', 'commentary'],
  ['ad', 'description'],
  ['description', 'description'],
  ['descriptive', 'description'],
  ['dub', 'dub'],
  ['dubbed', 'dub'],
]);

const KINDS: ReadonlyMap<string, FileKind> = new Map([
  ['audio', 'audio'],
  ['sound', 'audio'],
  ['video', 'video'],
  ['picture', 'video'],
]);

const TAG = /(^|[\s._()[\]-]+)([a-z]{2,3})(?:[-_]([a-z]{4}))?(?:[-_]([a-z]{2}|\d{3}))?[\s)\]]*$/i;
const BARE_TAG = /(^|[\s._()[\]-]+)([a-z]{2,3})[\s)\]]*$/i;
const NAME = /(^|[\s._()[\]-]+)(\p{L}{4,})[\s)\]]*$/u;

function languageAtEnd(text: string, kind: FileKind): { language: string; before: string } | undefined {
  const readers = [
    [TAG, ([language = '', script, region]: string[]) => tagOf(language, script, region)],
    [BARE_TAG, ([language = '']: string[]) => tagOf(language)],
    [NAME, ([name = '']: string[]) => languagesByName().get(plain(name))],
  ] as const;
  for (const [pattern, read] of readers) {
    const found = pattern.exec(text);
    if (!found) continue;
    // A video's name is a title, whose last word may look like a language: there it has to be set off.
    const isSetOff = /[.([]/.test(found[1] ?? '') || /(?:audio|sound)$/i.test(text.slice(0, found.index));
    if (kind === 'video' && !isSetOff) continue;
    const language = read(found.slice(2));
    if (language !== undefined) return { language, before: text.slice(0, found.index) };
  }
  return undefined;
}

/** The tag in its canonical form, if its parts are known. */
function tagOf(language: string, script?: string, region?: string): string | undefined {
  if (region !== undefined && (RENDITION.test(region.toLowerCase()) || ROLES.has(region.toLowerCase())))
    return undefined;
  const known = (type: 'language' | 'script' | 'region', code: string): boolean =>
    new Intl.DisplayNames(['en'], { type, fallback: 'none' }).of(code) !== undefined;
  try {
    const tag = [language, script, region].filter((part) => part !== undefined).join('-');
    const [canonical = ''] = Intl.getCanonicalLocales(tag);
    const [primary = ''] = canonical.split('-');
    // Of codes of three letters many are English words: only those count that are written with two else.
    const isCode = primary.length === 2 || primary === 'fil' || primary === 'yue';
    const isKnown =
      isCode &&
      known('language', primary) &&
      (script === undefined || known('script', script)) &&
      (region === undefined || known('region', region.toUpperCase()));
    return isKnown ? canonical : undefined;
  } catch {
    return undefined; // not formed like a tag
  }
}

/** Languages whose names are looked for, and that the page proposes. */
export const COMMON_LANGUAGES = [
  'en',
  'de',
  'fr',
  'es',
  'it',
  'pt',
  'pt-BR',
  'nl',
  'da',
  'sv',
  'nb',
  'fi',
  'pl',
  'cs',
  'sk',
  'hu',
  'ro',
  'bg',
  'el',
  'tr',
  'uk',
  'ru',
  'ar',
  'he',
  'fa',
  'hi',
  'bn',
  'ta',
  'th',
  'vi',
  'id',
  'ms',
  'fil',
  'ko',
  'ja',
  'zh',
  'zh-Hans',
  'zh-Hant',
] as const;

let byName: Map<string, string> | undefined;

/** Languages by what they are called in English and by themselves. */
function languagesByName(): ReadonlyMap<string, string> {
  byName ??= new Map(
    COMMON_LANGUAGES.flatMap((tag) =>
      ['en', tag].map((locale) => [plain(new Intl.DisplayNames([locale], { type: 'language' }).of(tag) ?? tag), tag]),
    ),
  );
  return byName;
}

/** A word without case and accents. */
function plain(word: string): string {
  return word.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}
