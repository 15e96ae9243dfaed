import type { ComponentChildren, TargetedEvent } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { OptionInfo } from 'tabpack/options';
import { withMember } from '../lib/options';

/** What a control of an option is told. */
export interface ControlProps {
  /** The option. */
  info: OptionInfo;
  /** Where it stands, as in `drm.widevine.provider`. */
  path: string;
  /** What tests find it by, where that isn't its name. */
  testid?: string | undefined;
  /** What is chosen; `undefined` for nothing. */
  value: unknown;
  /** Takes another value. */
  onValue: (value: unknown) => void;
  disabled: boolean;
  /** Why it would do nothing; it can't be chosen then. */
  idle?: string | undefined;
}

/** The control of an option, as its kind wants it. */
export function OptionControl(props: ControlProps) {
  const { info } = props;
  switch (info.kind) {
    case 'flag':
      return <Flag {...props} />;
    case 'words':
      return <Words {...props} />;
    case 'word':
      return <Choice {...props} />;
    case 'number':
      return info.numbers === undefined ? <Typed {...props} /> : <Choice {...props} />;
    case 'object':
      return <Members {...props} />;
    case 'text':
    case 'list':
      return <Typed {...props} />;
    case 'host':
      return null; // a program's alone
  }
}

/** What tests find a control by: the option's name. */
const hook = ({ path, testid }: ControlProps): string => testid ?? path.split('.').map(dashed).join('-');

const dashed = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const idOf = ({ path }: ControlProps): string => `option-${path.replaceAll('.', '-')}`;

/** What is said beside a label, and what names the control says it by. */
function Hint(props: ControlProps) {
  const { info, idle } = props;
  const text = idle ?? info.hint;
  if (text === '') return null;
  return (
    <span id={`${idOf(props)}-hint`} class={idle === undefined ? 'quiet' : 'quiet idle'}>
      {prose(text)}
    </span>
  );
}

const describedBy = (props: ControlProps): string | undefined =>
  (props.idle ?? props.info.hint) === '' ? undefined : `${idOf(props)}-hint`;

/** A flag. One that is on by default is ticked to turn it off, and called by that. */
function Flag(props: ControlProps) {
  const { info, value, onValue, disabled, idle } = props;
  const usual = info.default === true;
  const id = idOf(props);
  return (
    <label class="choice">
      <input
        type="checkbox"
        data-testid={hook(props)}
        disabled={disabled || idle !== undefined}
        checked={(value ?? usual) !== usual}
        aria-labelledby={`${id}-label`}
        aria-describedby={describedBy(props)}
        onChange={(event) => onValue(event.currentTarget.checked ? !usual : undefined)}
      />
      <span>
        <b id={`${id}-label`}>{prose(info.label)}</b>
        <Hint {...props} />
      </span>
    </label>
  );
}

/** Some of a few words. They stay in the table's order, so that outputs don't depend on the clicks'. */
function Words(props: ControlProps) {
  const { info, value, onValue, disabled, idle } = props;
  const words = info.words ?? [];
  const chosen = (value ?? info.default ?? []) as readonly string[];
  const id = idOf(props);
  return (
    <fieldset class="members" aria-describedby={describedBy(props)}>
      <legend class={info.label === info.group ? 'visually-hidden' : 'members-label'}>{prose(info.label)}</legend>
      <Hint {...props} />
      {words.map(([word, about]) => (
        <label key={word} class="choice">
          <input
            type="checkbox"
            data-testid={`${hook(props).replace(/s$/, '')}-${word}`}
            disabled={disabled || idle !== undefined}
            checked={chosen.includes(word)}
            aria-labelledby={`${id}-${word}`}
            aria-describedby={`${id}-${word}-about`}
            onChange={({ currentTarget: { checked } }) =>
              onValue(words.flatMap(([one]) => ((one === word ? checked : chosen.includes(one)) ? [one] : [])))
            }
          />
          <span>
            <b id={`${id}-${word}`}>{word.toUpperCase()}</b>
            <span id={`${id}-${word}-about`} class="quiet">
              {prose(about.replace(/\.$/, ''))}
            </span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

/** One of a few words or numbers. */
function Choice(props: ControlProps) {
  const { info, value, onValue, disabled, idle } = props;
  const numbers = info.numbers?.map((number): readonly [string, string] => [String(number), '']);
  const words = numbers ?? info.words ?? [];
  const id = idOf(props);
  return (
    <div class="field">
      <label for={id}>{prose(info.label)}</label>
      <select
        id={id}
        data-testid={hook(props)}
        disabled={disabled || idle !== undefined}
        value={String(value ?? info.default ?? '')}
        aria-describedby={describedBy(props)}
        onChange={({ currentTarget: { value: word } }) =>
          onValue(word === '' ? undefined : numbers === undefined ? word : Number(word))
        }
      >
        {info.default === undefined && <option value="">{plain(info.unset ?? 'Auto')}</option>}
        {words.map(([word, about]) => (
          <option key={word} value={word}>
            {about === '' ? word : `${word}: ${plain(firstSentence(about))}`}
          </option>
        ))}
      </select>
      <Hint {...props} />
    </div>
  );
}

/** What is typed: text, a number, or a list of either with commas between. It is taken when it is right. */
function Typed(props: ControlProps) {
  const { info, value, onValue, disabled, idle } = props;
  const shown = shownAs(value ?? (info.kind === 'number' ? info.default : undefined));
  const [draft, setDraft] = useState(shown);
  const [problem, setProblem] = useState('');
  const id = idOf(props);
  // It may change elsewhere, as when all is reset.
  useEffect(() => {
    setDraft((typed) => (typed.trim() === shownAs(info.default) && shown === '' ? typed : shown));
  }, [shown, info]);

  // What is wrong is said while one types: later it would move what is about to be clicked.
  const type = (text: string): void => {
    const read = readAs(info, text.trim());
    setDraft(text);
    setProblem('problem' in read ? read.problem : '');
    if ('value' in read && info.kind === 'text') onValue(read.value);
  };
  const take = (text: string): void => {
    const read = readAs(info, text.trim());
    if ('value' in read) onValue(read.value);
    setDraft('value' in read ? shownAs(read.value ?? (info.kind === 'number' ? info.default : undefined)) : shown);
  };

  const isNumber = info.kind === 'number';
  const common = {
    id,
    'data-testid': hook(props),
    placeholder: plain(info.unset ?? shownAs(info.default)) || (info.form ?? ''),
    disabled: disabled || idle !== undefined,
    value: draft,
    'aria-invalid': problem !== '',
    'aria-describedby': problem === '' ? describedBy(props) : `${id}-problem`,
    onInput: (event: TargetedEvent<HTMLInputElement>) => type(event.currentTarget.value),
    onChange: (event: TargetedEvent<HTMLInputElement>) => take(event.currentTarget.value),
  };
  return (
    <div class={isNumber ? 'field field-number' : 'field'}>
      <label for={id}>{prose(info.label)}</label>
      {isNumber ? (
        <span class="measure">
          <input {...common} type="number" min={info.min} max={info.max} step={info.whole ? 1 : 'any'} />
          {info.unit !== undefined && <span class="quiet">{info.unit}</span>}
        </span>
      ) : (
        <input
          {...common}
          type="text"
          class={info.secret ? 'mono secret' : 'mono'}
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
        />
      )}
      {problem === '' ? (
        <Hint {...props} />
      ) : (
        <span id={`${id}-problem`} class="problem" role="alert">
          {problem}
        </span>
      )}
    </div>
  );
}

const shownAs = (value: unknown): string =>
  value === undefined ? '' : Array.isArray(value) ? value.join(', ') : String(value);

/** What a text stands for, or what is wrong with it. */
function readAs(info: OptionInfo, text: string): { readonly value: unknown } | { readonly problem: string } {
  if (text === '') return { value: undefined };
  if (info.kind === 'text') return { value: text };
  const parts = info.kind === 'list' ? text.split(/[\s,]+/).filter(Boolean) : [text];
  if (info.kind === 'list' && info.of !== 'number') return { value: parts };
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, unit = '', whole } = info;
  const numbers = parts.map(Number);
  const wrong = parts.find((_, index) => {
    const number = numbers[index] ?? Number.NaN;
    return !(number >= min && number <= max) || (whole === true && !Number.isInteger(number));
  });
  if (wrong !== undefined)
    return { problem: `${wrong} is not a ${whole ? 'whole ' : ''}number from ${min} to ${max} ${unit}`.trimEnd() };
  return { value: info.kind === 'list' ? numbers : numbers[0] };
}

/** The options of an object. Objects within it are chosen, be it with nothing said of them. */
function Members(props: ControlProps) {
  const { info, path, value, onValue, disabled, idle } = props;
  const known = (info.options ?? []).filter(({ label }) => label !== '');
  const object = (value ?? {}) as Readonly<Record<string, unknown>>;
  const set = (name: string, member: unknown): void => {
    const next = withMember(object, name, member, known);
    onValue(Object.keys(next).length === 0 ? undefined : next);
  };
  const control = (member: OptionInfo) => {
    const its = {
      info: member,
      path: `${path}.${member.name}`,
      value: object[member.name],
      onValue: (next: unknown) => set(member.name, next),
      disabled,
      idle: idle === undefined ? undefined : '', // why is said once, above
    };
    return member.kind === 'object' ? (
      <Chosen key={member.name} {...its} />
    ) : (
      <OptionControl key={member.name} {...its} />
    );
  };
  return (
    <fieldset class="members" aria-describedby={describedBy(props)}>
      <legend class="members-label">{prose(info.label)}</legend>
      <Hint {...props} />
      {known.filter(({ kind }) => kind === 'object').map(control)}
      {known.filter(({ kind }) => kind !== 'object').map(control)}
    </fieldset>
  );
}

/** An object that is there or not, with its options below it. */
function Chosen(props: ControlProps) {
  const { info, path, value, onValue, disabled, idle } = props;
  const known = (info.options ?? []).filter(({ label }) => label !== '');
  const object = value as Readonly<Record<string, unknown>> | undefined;
  const id = idOf(props);
  return (
    <div class="chosen">
      <label class="choice">
        <input
          type="checkbox"
          data-testid={hook(props)}
          disabled={disabled || idle !== undefined}
          checked={object !== undefined}
          aria-labelledby={`${id}-label`}
          onChange={(event) => onValue(event.currentTarget.checked ? {} : undefined)}
        />
        <span>
          <b id={`${id}-label`}>{prose(info.label)}</b>
        </span>
      </label>
      {object !== undefined && known.length > 0 && (
        <fieldset class="chosen-options">
          <legend class="visually-hidden">{prose(info.label)}</legend>
          {known.map((member) => (
            <OptionControl
              key={member.name}
              info={member}
              path={`${path}.${member.name}`}
              value={object[member.name]}
              onValue={(next) => onValue(withMember(object, member.name, next, known))}
              disabled={disabled}
              idle={idle}
            />
          ))}
        </fieldset>
      )}
    </div>
  );
}

const firstSentence = (text: string): string => text.replace(/\.(\s.*)?$/s, '');

/** The table's texts as the page writes them. */
const plain = (text: string): string => text.replaceAll('`', '').replaceAll("'", '’');

/** The same with what stands between backticks as code. */
function prose(text: string): ComponentChildren {
  const parts = text.replaceAll("'", '’').split('`');
  return parts.map((part, index) => (index % 2 === 1 ? <code key={part}>{part}</code> : part));
}
