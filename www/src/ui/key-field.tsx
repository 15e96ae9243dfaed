import { useEffect } from 'preact/hooks';
import type { OptionInfo } from 'tabpack/options';
import { core } from '../lib/core';
import { message } from '../lib/format';
import { checkKey, keyState } from '../lib/key-check';
import { say } from '../lib/log';
import { options, setOption } from '../lib/options';
import { useStore } from '../lib/store';
import { KeyCard } from './key-card';

const FIELD = 'key-field';

/** Puts the cursor where the key has to be mended. */
export function focusKeyField(): void {
  document.getElementById(FIELD)?.focus();
}

/** The key: given as `kid:key` in any notation, made here, or left to each job. */
export function KeyField({ info, disabled }: { info: OptionInfo; disabled: boolean }) {
  const { key = '' } = useStore(options);
  const state = useStore(keyState);

  useEffect(() => {
    // A pause in typing, so that half a key isn't called wrong at every stroke.
    const timer = setTimeout(() => void checkKey(key), 250);
    return () => clearTimeout(timer);
  }, [key]);

  const random = async (): Promise<void> => {
    try {
      const { kid, key: secret } = await (await core()).randomKey();
      setOption('key', `${kid.hex}:${secret.hex}`);
    } catch (error) {
      say('key', `No key could be made: ${message(error)}`, 'error');
    }
  };

  const problem = state.is === 'invalid' && !disabled ? state.problem : '';
  return (
    <div class="field">
      <label for={FIELD}>
        {info.label} <span class="quiet">{info.hint}</span>
      </label>
      <div class="field-row">
        <input
          id={FIELD}
          type="text"
          class="mono secret"
          data-testid="key"
          placeholder="kid:key"
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          disabled={disabled}
          value={key}
          aria-invalid={problem !== ''}
          aria-describedby={problem ? `${FIELD}-problem` : undefined}
          onInput={(event) => setOption('key', event.currentTarget.value || undefined)}
        />
        <button type="button" class="button" data-testid="key-random" disabled={disabled} onClick={() => void random()}>
          Random
        </button>
      </div>
      {problem && (
        <p id={`${FIELD}-problem`} class="problem" role="alert" data-testid="key-problem">
          {problem}
        </p>
      )}
      {state.is === 'valid' && !disabled && <KeyCard info={state.info} />}
    </div>
  );
}
