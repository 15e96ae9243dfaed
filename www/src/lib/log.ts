import { clock } from './format';
import { Store } from './store';

/** How much a log line matters. */
export type Level = 'info' | 'warning' | 'error' | 'success';

/** A line of the log. It never holds a key. */
export interface LogLine {
  readonly id: number;
  readonly time: Date;
  readonly level: Level;
  /** The file or page the line is about. */
  readonly about: string;
  readonly text: string;
}

/** More lines than this are dropped from the front: a log mustn't eat the tab. */
const MAX_LINES = 5000;

/** The lines so far. */
export const log = new Store<readonly LogLine[]>([]);

let next = 1;

/** Appends a line. */
export function say(about: string, text: string, level: Level = 'info'): void {
  const line: LogLine = { id: next++, time: new Date(), level, about, text };
  log.value = [...log.value.slice(1 - MAX_LINES), line];
}

/** The log as a text file. */
export function logFile(): File {
  const lines = log.value.map(({ time, level, about, text }) => `${time.toISOString()}\t${level}\t${about}\t${text}\n`);
  const stamp = clock(new Date()).slice(0, 8).replaceAll(':', '');
  return new File(lines, `tabpack-log-${stamp}.txt`, { type: 'text/plain' });
}
