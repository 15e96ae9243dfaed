import { useId } from 'preact/hooks';
import type { TrackRole } from 'tabpack';
import { bytes } from '../lib/format';
import type { Job } from '../lib/jobs';
import { isEditable, sayOf, split } from '../lib/jobs';
import { COMMON_LANGUAGES, type FileKind, languageName } from '../lib/names';
import type { TitleFile } from '../lib/titles';

const KIND_WORDS: Readonly<Record<FileKind, string>> = { video: 'Video', audio: 'Sound', text: 'Subtitles' };

type RoleName = readonly [role: TrackRole, name: string];

const SOUND_ROLES: readonly RoleName[] = [
  ['main', 'Main sound'],
  ['dub', 'Dub'],
  ['commentary', 'Commentary'],
  ['description', 'Description of the pictures'],
  ['enhanced-audio-intelligibility', 'Clear speech'],
  ['alternate', 'Other'],
];

const TEXT_ROLES: readonly RoleName[] = [
  ['subtitle', 'Subtitles'],
  ['caption', 'Captions, for who can’t hear'],
  ['forced-subtitle', 'Forced: shown in any case'],
  ['easyreader', 'Easy to read'],
  ['commentary', 'Commentary'],
];

/** The files of a title, with what is said of each: where there is one file only, what is said of it. */
export function TitleFiles({ job }: { job: Job }) {
  const { files, title } = job;
  const editable = isEditable(job);
  const [first] = files;
  if (files.length === 1 && first) return editable ? <Settings job={job} index={0} item={first} /> : null;
  return (
    <div class="title-files">
      <ul aria-label={`Files of ${title}`} data-testid="title-files">
        {files.map((item, index) => (
          <li key={`${index} ${item.file.name}`} data-testid="title-file">
            <div class="title-file">
              <span class="kind">{KIND_WORDS[item.kind]}</span>
              <span class="title-file-name">
                <span>{item.file.name}</span> <span class="quiet">{bytes(item.file.size)}</span>
              </span>
              {editable && (
                <button
                  type="button"
                  class="button button-quiet button-small"
                  data-testid="take-out"
                  aria-label={`Take ${item.file.name} out of ${title}`}
                  onClick={() => split(job.id, index)}
                >
                  Take out
                </button>
              )}
            </div>
            {editable ? <Settings job={job} index={index} item={item} /> : <p class="quiet said">{saidText(item)}</p>}
          </li>
        ))}
      </ul>
      {editable && (
        <button
          type="button"
          class="button button-small"
          data-testid="split"
          aria-label={`Split ${title} into its files`}
          onClick={() => split(job.id)}
        >
          Split into {files.length} titles
        </button>
      )}
    </div>
  );
}

/** What is said of one file's sound or text. Shut, it shows what that is. */
function Settings({ job, index, item }: { job: Job; index: number; item: TitleFile }) {
  const id = useId();
  const { said, kind, file } = item;
  const isTag = said.language === undefined || isLanguageTag(said.language);
  const roles = kind === 'text' ? TEXT_ROLES : SOUND_ROLES;
  return (
    <details class="said" data-testid="said">
      <summary>
        {WHAT[kind]}: <span class={isTag ? 'quiet' : 'problem'}>{saidText(item) || 'as the file says'}</span>
        <span class="visually-hidden"> ({file.name})</span>
      </summary>
      <div class="said-fields">
        <label class="field">
          <span>Language tag</span>
          <input
            type="text"
            data-testid="said-language"
            list={`${id}-languages`}
            placeholder="en, pt-BR"
            autocomplete="off"
            spellcheck={false}
            value={said.language ?? ''}
            aria-invalid={!isTag}
            aria-describedby={isTag ? undefined : `${id}-problem`}
            onInput={(event) => sayOf(job.id, index, { language: event.currentTarget.value.trim() })}
          />
          <datalist id={`${id}-languages`}>
            {COMMON_LANGUAGES.map((tag) => (
              <option key={tag} value={tag}>
                {languageName(tag)}
              </option>
            ))}
          </datalist>
          {!isTag && (
            <span id={`${id}-problem`} class="problem" role="alert">
              This isn’t a language tag: “de” is German, “pt-BR” Brazilian Portuguese.
            </span>
          )}
        </label>
        <label class="field">
          <span>Name in the player’s menu</span>
          <input
            type="text"
            data-testid="said-label"
            autocomplete="off"
            value={said.label ?? ''}
            onInput={(event) => sayOf(job.id, index, { label: event.currentTarget.value })}
          />
        </label>
        <label class="field">
          <span>Role</span>
          <select
            data-testid="said-role"
            value={said.roles?.[0] ?? ''}
            onChange={({ currentTarget: { value } }) =>
              sayOf(job.id, index, { roles: roles.filter(([role]) => role === value).map(([role]) => role) })
            }
          >
            <option value="">As the file says</option>
            {roles.map(([role, name]) => (
              <option key={role} value={role}>
                {name}
              </option>
            ))}
          </select>
        </label>
      </div>
    </details>
  );
}

const WHAT: Readonly<Record<FileKind, string>> = {
  video: 'Language and role of its sound',
  audio: 'Language and role',
  text: 'Language and role',
};

function saidText({ said, kind }: TitleFile): string {
  const names = new Map(kind === 'text' ? TEXT_ROLES : SOUND_ROLES);
  const parts = [
    said.language && languageName(said.language),
    said.label && `“${said.label}”`,
    ...(said.roles ?? []).map((role) => names.get(role) ?? role),
  ];
  return parts.filter(Boolean).join(', ');
}

function isLanguageTag(text: string): boolean {
  try {
    return Intl.getCanonicalLocales(text).length === 1;
  } catch {
    return false; // a RangeError says that it isn't one
  }
}
