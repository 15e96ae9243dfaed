import type { Scheme, Target } from 'tabpack';
import { keyServerForm } from '../lib/key-server';
import { options, setOptions } from '../lib/options';
import { useStore } from '../lib/store';
import { KeyField } from './key-field';
import { KeyServerPanel } from './key-server-panel';

const TARGETS: readonly { readonly target: Target; readonly name: string; readonly about: string }[] = [
  { target: 'cmaf', name: 'CMAF', about: 'One set of segments with an MPD and HLS playlists over it; cbcs by default' },
  { target: 'dash', name: 'DASH', about: 'An MPD with segments of its own; cenc by default' },
  { target: 'hls', name: 'HLS', about: 'Playlists with segments of their own; cbcs by default' },
];

const SCHEMES: readonly { readonly scheme: Scheme | ''; readonly name: string }[] = [
  { scheme: '', name: 'Auto: what suits each target' },
  { scheme: 'cbcs', name: 'cbcs (AES-CBC, pattern 1:9)' },
  { scheme: 'cenc', name: 'cenc (AES-CTR)' },
];

/** How the files are to be packaged. */
export function OptionsPanel({ disabled }: { disabled: boolean }) {
  const { targets, scheme, segmentDuration, encryption, keepKeys, thumbnails } = useStore(options);
  const { service } = useStore(keyServerForm);

  const toggle = (target: Target, on: boolean): void => {
    // Kept in the list's order, so that the outputs' order doesn't depend on the clicks'.
    setOptions({ targets: TARGETS.map((row) => row.target).filter((t) => (t === target ? on : targets.includes(t))) });
  };

  return (
    <aside class="options card" aria-labelledby="options-title">
      <h2 id="options-title">Options</h2>
      <fieldset disabled={disabled}>
        <legend>Targets</legend>
        {TARGETS.map(({ target, name, about }) => (
          <label key={target} class="choice">
            <input
              type="checkbox"
              data-testid={`target-${target}`}
              checked={targets.includes(target)}
              onChange={(event) => toggle(target, event.currentTarget.checked)}
            />
            <span>
              <b>{name}</b>
              <span class="quiet">{about}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <fieldset disabled={disabled}>
        <legend>Protection</legend>
        <label class="choice">
          <input
            type="checkbox"
            data-testid="leave-clear"
            checked={!encryption}
            onChange={(event) => setOptions({ encryption: !event.currentTarget.checked })}
          />
          <span>
            <b>Leave clear</b>
            <span class="quiet">Package without encryption</span>
          </span>
        </label>
        <label class="field">
          <span>Scheme</span>
          <select
            data-testid="scheme"
            disabled={!encryption}
            value={scheme}
            onChange={(event) => setOptions({ scheme: schemeOf(event.currentTarget.value) })}
          >
            {SCHEMES.map((row) => (
              <option key={row.scheme} value={row.scheme}>
                {row.name}
              </option>
            ))}
          </select>
        </label>
        <KeyServerPanel disabled={disabled || !encryption} />
        {service === '' && <KeyField disabled={disabled || !encryption} />}
        <label class="choice">
          <input
            type="checkbox"
            data-testid="keep-keys"
            disabled={!encryption}
            checked={keepKeys}
            onChange={(event) => setOptions({ keepKeys: event.currentTarget.checked })}
          />
          <span>
            <b>Keep a random key until the job is done</b>
            <span class="quiet">Stored in this browser, so that an interrupted job goes on without being told it</span>
          </span>
        </label>
      </fieldset>
      <fieldset disabled={disabled}>
        <legend>Segments</legend>
        <label class="field">
          <span>Target duration in seconds</span>
          <input
            type="number"
            data-testid="segment-duration"
            min={0.5}
            max={60}
            step={0.5}
            value={segmentDuration}
            onChange={(event) => {
              const value = event.currentTarget.valueAsNumber;
              if (value > 0 && value <= 60) setOptions({ segmentDuration: value });
              else event.currentTarget.value = String(segmentDuration);
            }}
          />
        </label>
      </fieldset>
      <fieldset disabled={disabled}>
        <legend>Timeline</legend>
        <label class="choice">
          <input
            type="checkbox"
            data-testid="thumbnails"
            checked={thumbnails}
            onChange={(event) => setOptions({ thumbnails: event.currentTarget.checked })}
          />
          <span>
            <b>Thumbnails</b>
            <span class="quiet">
              A small picture every ten seconds, drawn by this browser, for players that show them on the timeline
            </span>
          </span>
        </label>
      </fieldset>
    </aside>
  );
}

function schemeOf(value: string): Scheme | '' {
  return value === 'cenc' || value === 'cbcs' ? value : '';
}
