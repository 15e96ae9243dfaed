/** What a verification finds. */

import type { Message } from './message';

/** How bad a finding is: a fault, something that clients differ on, or something that was not checked. */
export type Severity = 'error' | 'warning' | 'note';

/** Something that is wrong, and where. */
export interface Finding {
  /** The stable code, as in `FILE_MISSING`, or the id of a rule of playlists, as in `RFC8216-7-version`. */
  readonly code: string;
  readonly severity: Severity;
  /** The file's path. */
  readonly file: string;
  /** The line, in a playlist. */
  readonly line: number | null;
  /** The media segment of its track, from 1. */
  readonly segment: number | null;
  /** The sample of its track, from 1. */
  readonly sample: number | null;
  /** The path of boxes, as in `moof/traf/senc`. */
  readonly boxes: string | null;
  /** The byte offset in the file. */
  readonly offset: number | null;
  /** One sentence without the full stop. */
  readonly message: string;
  /** The same with placeholders, for translations (a `Catalogue`), and what is put into them. */
  readonly template: string;
  readonly parameters: Message['parameters'];
  /** How many more of the kind there are, which are not listed. */
  readonly more: number;
}

/** What a verification found. */
export interface VerifyReport {
  readonly findings: readonly Finding[];
  /** How many faults there are; 0 for a sound presentation. */
  readonly errors: number;
  readonly warnings: number;
  /** The manifests that were read. */
  readonly manifests: readonly string[];
  /** How many media segments and samples were read, and how many of the samples were encrypted … */
  readonly segments: number;
  readonly samples: number;
  readonly encrypted: number;
  /** … decrypted, and compared with the source. */
  readonly decrypted: number;
  readonly compared: number;
}
