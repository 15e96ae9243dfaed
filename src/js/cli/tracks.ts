/** The command line's flag for what is said of tracks: `--track 2.audio:language=de,role=dub,label=Deutsch`. */

import { failures } from '../api/errors';
import type { TrackKind, TrackRole, TrackSettings } from '../api/types';

/** What the flag says, each time it is given. */
export function trackSettings(texts: readonly string[] | undefined): TrackSettings[] | undefined {
  return texts?.map(one);
}

function one(text: string): TrackSettings {
  const found = /^(\d+)(?:\.(video|audio|text)(?:\.([1-9]\d*))?)?:(.+)$/.exec(text);
  if (found === null)
    throw failures.optionInvalid('{text:?} has to begin with the number of an input, as in 2:language=de', '--track', {
      text,
    });
  const [, input, kind, number, said = ''] = found;
  const { rest, label } = /^(?<rest>.*?,)??label=(?<label>.*)$/.exec(said)?.groups ?? { rest: said, label: undefined };
  const settings: { -readonly [K in keyof TrackSettings]: TrackSettings[K] } = { input: Number(input) - 1 };
  if (kind !== undefined) settings.kind = kind as TrackKind;
  if (number !== undefined) settings.number = Number(number) - 1;
  if (label !== undefined) settings.label = label;
  for (const pair of (rest ?? '').split(',').filter(Boolean)) {
    const [name, value = ''] = pair.split('=');
    if (name === 'language') settings.language = value;
    else if (name === 'role')
      settings.roles = value.split('+') as TrackRole[]; // checked by the core
    else if (name === 'forced' && (value === 'yes' || value === 'no')) settings.forced = value === 'yes';
    else if (name === 'use' && (value === 'yes' || value === 'no')) settings.use = value === 'yes';
    else if (name === 'rate') settings.frameRate = value;
    else
      throw failures.optionInvalid(
        'unknown {pair:?} in {text:?}; known are language=, role=, forced=yes or no, use=yes or no, rate=, and label= as the last',
        '--track',
        { pair, text },
      );
  }
  return settings;
}
