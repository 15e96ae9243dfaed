/** The command line's option for what is said of tracks: `--track 2.audio:language=de,role=dub,label=Deutsch`. */

import { failures } from '../api/errors';
import type { TrackKind, TrackRole, TrackSettings } from '../api/types';

export const TRACK_OPTIONS = {
  track: { type: 'string', multiple: true },
} as const;

/** For the usage. */
export const TRACK_USAGE = `
      --track N[.KIND]:NAME=VALUE,...
                            say of the tracks of the Nth INPUT, or of its video, audio or text,
                            what the file doesn't: language=TAG, role=ROLE (with + between
                            several, of DASH's role scheme), forced=yes or no, and as the last
                            one label=TEXT. May be repeated
`;

/** What the option says, each time it is given. */
export function trackSettings(texts: readonly string[] | undefined): TrackSettings[] | undefined {
  return texts?.map(one);
}

function one(text: string): TrackSettings {
  const found = /^(\d+)(?:\.(video|audio|text))?:(.+)$/.exec(text);
  if (found === null)
    throw failures.optionInvalid('{text:?} has to begin with the number of an input, as in 2:language=de', '--track', {
      text,
    });
  const [, input, kind, said = ''] = found;
  const { rest, label } = /^(?<rest>.*?,)??label=(?<label>.*)$/.exec(said)?.groups ?? { rest: said, label: undefined };
  const settings: { -readonly [K in keyof TrackSettings]: TrackSettings[K] } = { input: Number(input) - 1 };
  if (kind !== undefined) settings.kind = kind as TrackKind;
  if (label !== undefined) settings.label = label;
  for (const pair of (rest ?? '').split(',').filter(Boolean)) {
    const [name, value = ''] = pair.split('=');
    if (name === 'language') settings.language = value;
    else if (name === 'role')
      settings.roles = value.split('+') as TrackRole[]; // checked by the core
    else if (name === 'forced' && (value === 'yes' || value === 'no')) settings.forced = value === 'yes';
    else
      throw failures.optionInvalid(
        'unknown {pair:?} in {text:?}; known are language=, role=, forced=yes or no, and label= as the last',
        '--track',
        { pair, text },
      );
  }
  return settings;
}
