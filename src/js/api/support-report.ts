/** What users send to support when a job failed. */

import { TabpackError } from './errors';

/** The version, put in by the build. */
declare const TABPACK_VERSION: string;

/**
 * The support report of one file as XML, in the form of the native packagers: `RESULT` (a number of the table of
 * codes, 0 for success) and, after a failure, `ERRORMSG`, `INFO`, `WHERE` and `STACKTRACE`. Holds no key.
 *
 * @param error What the job rejected with; `undefined` after success.
 * @param file The input's name.
 */
export function supportReport(error: unknown, file: string): string {
  if (error === undefined)
    return document([
      ['RESULT', '0'],
      ['FILE', file],
    ]);
  const known = error instanceof TabpackError ? error : undefined;
  const message = error instanceof Error ? error.message : String(error);
  const place = Object.entries(known?.place ?? {}).map(([name, value]) => `${name} ${value}`);
  return document([
    ['RESULT', String(known?.number ?? -1)],
    ['FILE', file],
    ['ERRORMSG', message],
    [
      'INFO',
      [`tabpack ${TABPACK_VERSION}`, known?.code ?? 'INTERNAL', known?.errorClass ?? 'internal', known?.advice ?? '']
        .filter(Boolean)
        .join('; '),
    ],
    ['WHERE', [file, ...place].join(', ')],
    ['STACKTRACE', error instanceof Error ? frames(error) : ''],
  ]);
}

/** The stack without the message, which stands elsewhere, and without addresses' queries. */
function frames({ stack = '' }: Error): string {
  const lines = stack.split('\n').filter((line) => /^\s*at |@/.test(line));
  return lines.map((line) => line.trim().replace(/[?#][^:)\s]*/g, '')).join('\n');
}

function document(members: readonly (readonly [string, string])[]): string {
  const lines = members.map(([name, value]) => `  <${name}>${escaped(value)}</${name}>`);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<tabpack>\n${lines.join('\n')}\n</tabpack>\n`;
}

/** Text as XML takes it: markup escaped, characters that XML doesn't have replaced. */
function escaped(text: string): string {
  const marks: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
  return text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
    .replace(/[&<>]/g, (mark) => marks[mark] ?? mark);
}
