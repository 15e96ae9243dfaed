import type { TrackSettings } from 'tabpack';
import { type FileKind, nameFacts, withoutEnding } from './names';

/** What the user says of a file's tracks. */
export type Said = Omit<TrackSettings, 'input'>;

/** A file of a title, with what is said of it. */
export interface TitleFile {
  readonly file: File;
  readonly kind: FileKind;
  readonly said: Said;
}

/** A file with what its name says of it. */
export function titleFile(file: File): TitleFile {
  const { kind, language, role } = nameFacts(file);
  return {
    file,
    kind,
    said: { ...(language === undefined ? {} : { language }), ...(role === undefined ? {} : { roles: [role] }) },
  };
}

/** What a title is called: the one file's name, or what the names of its files have in common. */
export function titleOf(files: readonly TitleFile[]): string {
  const first = files.find(({ kind }) => kind === 'video') ?? files[0];
  if (first === undefined) return '';
  if (files.length === 1) return first.file.name;
  return nameFacts(first.file).stem || withoutEnding(first.file.name);
}

/** A list of files as titles: those whose names say that they belong together are one. */
function groupFiles(files: readonly File[]): TitleFile[][] {
  const groups = new Map<string, TitleFile[]>();
  for (const file of files) {
    const key = stemOf(file);
    groups.set(key, [...(groups.get(key) ?? []), titleFile(file)]);
  }
  return [...groups.values()].flatMap((group) => (areOne(group) ? [group] : group.map((file) => [file])));
}

/**
 * Where files go that are added: what joins titles of the queue, by their indices, and what makes new ones.
 * Sound and subtitles go to the title whose name they have, or to the only one there is.
 */
export function placeFiles(
  files: readonly File[],
  queue: readonly (readonly TitleFile[])[],
): { joining: ReadonlyMap<number, readonly TitleFile[]>; added: TitleFile[][] } {
  const groups = groupFiles(files);
  const homes: Home[] = [
    ...queue.map((title) => ({ title, isNew: false, guests: [] })),
    ...groups.map((title) => ({ title, isNew: true, guests: [] })),
  ].filter(({ title }) => hasVideo(title));
  const left = groups.filter((group) => {
    const home = hasVideo(group) ? undefined : homeOf(group, homes);
    home?.guests.push(...group);
    return home === undefined;
  });
  const guestsOf = (title: readonly TitleFile[]): readonly TitleFile[] =>
    homes.find((home) => home.title === title)?.guests ?? [];
  return {
    joining: new Map(
      queue.map((title, index) => [index, guestsOf(title)] as const).filter(([, guests]) => guests.length > 0),
    ),
    added: left.map((group) => [...group, ...guestsOf(group)]),
  };
}

/** A title with video, and what joins it. */
interface Home {
  readonly title: readonly TitleFile[];
  readonly isNew: boolean;
  readonly guests: TitleFile[];
}

function homeOf(group: readonly TitleFile[], homes: readonly Home[]): Home | undefined {
  const stems = new Set(group.map(({ file }) => stemOf(file)));
  const named = homes.filter(({ title }) => title.some(({ file }) => stems.has(stemOf(file))));
  if (named.length === 1) return named[0];
  if (homes.length > 1) return undefined;
  // Sound with a name of its own that comes together with the video may be another work.
  const isItsOwn = homes[0]?.isNew === true && !stems.has('') && group.some(({ kind }) => kind === 'audio');
  return isItsOwn ? undefined : homes[0];
}

/**
 * Says something of a file's tracks. Of the sound of several renditions the same is said as before, or the
 * packager would take it for different sound.
 */
export function saying(files: readonly TitleFile[], index: number, part: Said): TitleFile[] {
  const changed = files[index];
  const isSame = (other: TitleFile): boolean =>
    changed?.kind === 'video' && other.kind === 'video' && JSON.stringify(other.said) === JSON.stringify(changed.said);
  return files.map((file, at) =>
    at === index || isSame(file) ? { ...file, said: without({ ...file.said, ...part }) } : file,
  );
}

/** What is said of all files' tracks, as a job is told; nothing where nothing is said. */
export function trackSettings(files: readonly TitleFile[]): { tracks?: TrackSettings[] } {
  const tracks = files.flatMap(({ said }, input) => (Object.keys(said).length > 0 ? [{ input, ...said }] : []));
  return tracks.length > 0 ? { tracks } : {};
}

/** The files of an interrupted job among those that are chosen again, by name, and the names of those that are missing. */
export function chosenAgain(
  inputs: readonly { readonly name: string }[],
  tracks: readonly TrackSettings[] | undefined,
  files: readonly File[],
): { found: TitleFile[]; missing: string[] } {
  const found: TitleFile[] = [];
  const missing: string[] = [];
  for (const [index, { name }] of inputs.entries()) {
    // A single file may have been renamed meanwhile: whether it is the same one is found out by its content.
    const file = files.find((one) => one.name === name) ?? (inputs.length === 1 ? files[0] : undefined);
    if (file === undefined) {
      missing.push(name);
      continue;
    }
    const said = tracks?.filter(({ input }) => input === index).map(({ input: _, ...rest }) => rest);
    found.push({ file, kind: nameFacts(file).kind, said: Object.assign({}, ...(said ?? [])) as Said });
  }
  return { found, missing };
}

function hasVideo(files: readonly TitleFile[]): boolean {
  return files.some(({ kind }) => kind === 'video');
}

function stemOf(file: File): string {
  return nameFacts(file).stem.toLowerCase();
}

/** Of videos of one name all but one have to say what rendition they are, or they are rather copies of it. */
function areOne(group: readonly TitleFile[]): boolean {
  const unmarked = group.filter(
    ({ file, kind, said }) => kind === 'video' && !nameFacts(file).isRendition && said.language === undefined,
  );
  return unmarked.length <= 1;
}

/** Empty texts and lists say nothing. */
function without(said: Said): Said {
  return Object.fromEntries(
    Object.entries(said).filter(
      ([, value]) => value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0),
    ),
  );
}
