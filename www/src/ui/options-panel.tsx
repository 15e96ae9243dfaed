import { useState } from 'preact/hooks';
import { type IdleOption, idleOption, type OptionInfo, type OptionName } from 'tabpack/options';
import { keyServerForm } from '../lib/key-server';
import { givenOptions, OFFERED, options, resetOptions, setOption } from '../lib/options';
import { useStore } from '../lib/store';
import { KeyField } from './key-field';
import { KeyServerPanel } from './key-server-panel';
import { OptionControl } from './option-control';

type Info = OptionInfo<OptionName>;

/** Options that a page has more than a plain control for. */
const PANELS: Partial<Record<OptionName, (props: { info: Info; disabled: boolean }) => preact.JSX.Element>> = {
  keyServer: KeyServerPanel,
  key: KeyField,
};

/** What a tick stands for, of options that are no flags: a program can give more than that. */
const TICKED: Partial<Record<OptionName, string>> = { journal: 'with-keys', thumbnails: 'drawn' };

/** What tests find a control by, where that isn't its option's name. */
const HOOKS: Partial<Record<OptionName, string>> = { encryption: 'leave-clear', journal: 'keep-keys' };

const OFTEN = OFFERED.filter(({ often }) => often === true);
const SELDOM = OFFERED.filter(({ often }) => often !== true);

/** How the files are to be packaged: what is chosen often, and behind it all the rest. */
export function OptionsPanel({ disabled }: { disabled: boolean }) {
  return (
    <aside class="options card" aria-labelledby="options-title">
      <h2 id="options-title">Options</h2>
      {grouped(OFTEN).map(([group, infos]) => (
        <fieldset key={group} disabled={disabled}>
          <legend>{group}</legend>
          {infos.map((info) => (
            <Control key={info.name} info={info} disabled={disabled} />
          ))}
        </fieldset>
      ))}
      <MoreOptions disabled={disabled} />
    </aside>
  );
}

/** What is seldom chosen, shut until it is wanted. Groups with something chosen say so. */
function MoreOptions({ disabled }: { disabled: boolean }) {
  const chosen = useStore(options);
  const [sought, setSought] = useState('');
  const words = sought.toLowerCase().split(/\s+/).filter(Boolean);
  const found = SELDOM.filter((info) => words.every((word) => textOf(info).includes(word)));
  const isSet = ({ name }: Info): boolean => name in chosen;
  const count = SELDOM.filter(isSet).length;
  return (
    <details class="more" data-testid="more-options">
      <summary>More options{count > 0 && <span class="quiet"> {count} set</span>}</summary>
      <input
        type="search"
        placeholder="Find an option"
        aria-label="Find an option"
        data-testid="option-search"
        value={sought}
        onInput={(event) => setSought(event.currentTarget.value)}
      />
      {grouped(found).map(([group, infos]) => {
        const set = infos.filter(isSet).length;
        return (
          // Found options are shown at once; the browser's own opening and shutting is left alone otherwise.
          <details key={`${group} ${words.length > 0}`} class="more-group" open={words.length > 0}>
            <summary>
              {group}
              {set > 0 && <span class="quiet"> {set} set</span>}
            </summary>
            <fieldset disabled={disabled}>
              <legend class="visually-hidden">{group}</legend>
              {infos.map((info) => (
                <Control key={info.name} info={info} disabled={disabled} />
              ))}
            </fieldset>
          </details>
        );
      })}
      {found.length === 0 && (
        <p class="quiet" role="status">
          No option is called that.
        </p>
      )}
      {count > 0 && (
        <button
          type="button"
          class="button button-quiet button-small"
          data-testid="options-reset"
          disabled={disabled}
          onClick={() => resetOptions(SELDOM.map(({ name }) => name))}
        >
          Set these back
        </button>
      )}
    </details>
  );
}

function Control({ info, disabled }: { info: Info; disabled: boolean }) {
  const chosen = useStore(options);
  const given = givenOptions(chosen, useStore(keyServerForm));
  const idle = idleOption(info.name, given);
  const Panel = PANELS[info.name];
  if (Panel)
    return info.name === 'key' && 'keyServer' in given ? null : (
      <Panel info={info} disabled={disabled || idle !== undefined} />
    );
  const ticked = TICKED[info.name];
  const value: unknown = chosen[info.name as keyof typeof chosen];
  return (
    <OptionControl
      info={ticked === undefined ? info : { ...info, kind: 'flag' }}
      path={info.name}
      testid={HOOKS[info.name]}
      value={ticked === undefined ? value : value === ticked}
      onValue={(next) => setOption(info.name, ticked === undefined ? next : next === true ? ticked : undefined)}
      disabled={disabled}
      idle={idle && reasonOf(idle)}
    />
  );
}

/** Options by the headings that they stand under, in their order. */
function grouped(infos: readonly Info[]): readonly (readonly [group: string, infos: readonly Info[]])[] {
  const groups = [...new Set(infos.map(({ group }) => group))];
  return groups.map((group) => [group, infos.filter((info) => info.group === group)]);
}

/** All that is said of an option, and of those within it, to be searched. */
function textOf({ name, label, hint, about, words = [], options: members = [] }: OptionInfo): string {
  const own = [name, label, hint, about, ...words.flat()].join(' ').toLowerCase();
  return [own, ...members.filter((member) => member.label !== '').map(textOf)].join(' ');
}

/** Why an option would do nothing, in words. */
function reasonOf({ reason, others }: IdleOption): string {
  const named = others.map(([name, words]) => {
    const info = OFFERED.find((one) => one.name === name);
    const label = `“${info?.label ?? name}”`;
    return info?.kind === 'flag' || words.length === 0 ? label : `${label}: ${words.join(' or ')}`;
  });
  return `${reason === 'without' ? 'Only with' : 'Not with'} ${named.join(' or ')}`;
}
