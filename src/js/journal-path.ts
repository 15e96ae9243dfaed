/** The journal's path below the output's root. A finished output has none. */
export const JOURNAL = 'tabpack-journal.jsonl';
