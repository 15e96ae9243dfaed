/** `tabpack verify`, `tabpack check` and `tabpack decrypt`. */

import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { failures, TabpackError } from '../api/errors';
import { placeWords } from '../api/message';
import type { DecryptOptions } from '../generated/options';
import { type Finding, Packager, type VerifyOptions, type VerifyReport } from '../host/node';
import { filesIn } from '../sinks/disk';
import { decrypt } from './decrypt';
import type { Typed } from './flags';

/** Verifies a folder or a manifest, and prints what was found. */
export async function verifyCommand(typed: Typed, signal: AbortSignal): Promise<void> {
  await reported(typed, { ...typed.options(), source: typed.texts('source') ?? [], signal });
}

/** Checks playlists by themselves, and prints what was found. */
export async function checkCommand(typed: Typed, signal: AbortSignal): Promise<void> {
  await reported(typed, { playlistsOnly: true, advice: true, signal });
}

async function reported(typed: Typed, options: Omit<VerifyOptions, 'files' | 'manifests'>): Promise<void> {
  const [path, ...more] = typed.words;
  if (path === undefined) throw failures.optionMissing('no folder or manifest is given', 'DIR');
  if (more.length > 0) throw failures.optionCount('one folder or manifest is verified at a time', 'DIR');
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw failures.inputNotFound(path);
  const isFolder = found.isDirectory();
  const packager = await Packager.create();
  const report = await packager.verify({
    files: filesIn(isFolder ? path : dirname(path)),
    ...(isFolder ? {} : { manifests: [basename(path)] }),
    ...options,
  });
  process.stdout.write(
    typed.is('json') ? `${JSON.stringify(report, undefined, 2)}\n` : summary(report, options.playlistsOnly === true),
  );
  if (report.errors > 0) process.exitCode = 1;
}

function summary(report: VerifyReport, ofPlaylists: boolean): string {
  const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;
  const lines = report.findings.map(line);
  if (ofPlaylists) {
    lines.push(
      `${plural(report.errors, 'error')}, ${plural(report.warnings, 'warning')}; ${plural(report.manifests.length, 'playlist')}`,
    );
    return `${lines.join('\n')}\n`;
  }
  lines.push(
    `${plural(report.errors, 'error')}, ${plural(report.warnings, 'warning')}; ${plural(report.manifests.length, 'manifest')}, ` +
      `${plural(report.segments, 'segment')}, ${plural(report.samples, 'sample')} (${report.encrypted} encrypted, ` +
      `${report.decrypted} decrypted, ${report.compared} compared with the source)`,
  );
  return `${lines.join('\n')}\n`;
}

function line(finding: Finding): string {
  const more = finding.more === 0 ? '' : ` And ${finding.more} more like it.`;
  return `${finding.severity} ${finding.code} ${finding.file}: ${finding.message}${placeWords(finding)}.${more}`;
}

/** An error that names the option of `decrypt` in place of the one that it sets. */
function byOwnOption(error: unknown): unknown {
  if (!(error instanceof TabpackError) || error.place.option?.startsWith('decryptionKeys') !== true) return error;
  return new TabpackError({ ...error, place: { ...error.place, option: 'keys' } });
}

/** Decrypts files and manifests, and prints the files that were written. */
export async function decryptCommand(typed: Typed, signal: AbortSignal): Promise<void> {
  const output = typed.text('output');
  const options: DecryptOptions = { ...typed.options(), signal };
  if (typed.words.length === 0) throw failures.optionMissing('no input is given', 'INPUT');
  if (output === undefined || output === '') throw failures.optionMissing('no output folder is given', '-o');
  if (options.keys === undefined) throw failures.optionMissing('no key is given', '--key');
  const { files, warnings } = await decrypt(typed.words, output, options).catch((error: unknown) => {
    throw byOwnOption(error);
  });
  for (const warning of warnings) process.stderr.write(`Note: ${warning}\n`);
  process.stdout.write(
    typed.is('json')
      ? `${JSON.stringify({ files }, undefined, 2)}\n`
      : files.map(({ path, size }) => `${path}  ${size} bytes\n`).join(''),
  );
}
