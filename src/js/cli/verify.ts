/** `tabpack verify`, `tabpack check` and `tabpack decrypt`. */

import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { failures, TabpackError } from '../api/errors';
import { placeWords } from '../api/message';
import { type Finding, Packager, type VerifyOptions, type VerifyReport } from '../host/node';
import { filesIn } from '../sinks/disk';
import { decrypt } from './decrypt';

export const VERIFY_USAGE = `
       tabpack verify DIR|MANIFEST [--key KID:KEY]... [--source FILE]... [--json]

Reads every file that the manifests name, checks manifests against segments and boxes against
each other, decrypts every sample, and compares it with the source where that is given. The
exit status is 1 if there is a fault. Output of other packagers is checked as well.

       tabpack check DIR|PLAYLIST [--json]

Checks HLS playlists, of whatever packager, by the rules of RFC 8216, its second edition and
Apple's HLS Authoring Specification, with what that recommends of the content. Of segments
only sizes and first bytes are read. The exit status is 1 if there is an error; warnings
leave it 0.

       tabpack decrypt INPUT... -o DIR --key KID:KEY [--key KID:KEY]... [--force]

Decrypts protected MP4 files, or what a manifest lists, to clear MP4: one file a track.
`;

interface Values {
  readonly key?: string[] | undefined;
  readonly source?: string[] | undefined;
  readonly output?: string | undefined;
  readonly force?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** Verifies a folder or a manifest, and prints what was found. */
export async function verifyCommand(inputs: readonly string[], values: Values, signal: AbortSignal): Promise<void> {
  await reported(inputs, values, { keys: values.key ?? [], source: values.source ?? [], signal });
}

/** Checks playlists by themselves, and prints what was found. */
export async function checkCommand(inputs: readonly string[], values: Values, signal: AbortSignal): Promise<void> {
  await reported(inputs, values, { playlistsOnly: true, advice: true, signal });
}

async function reported(
  inputs: readonly string[],
  values: Values,
  options: Omit<VerifyOptions, 'files' | 'manifests'>,
): Promise<void> {
  const [path, ...more] = inputs;
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
    values.json === true
      ? `${JSON.stringify(report, undefined, 2)}\n`
      : summary(report, options.playlistsOnly === true),
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

/** An error that names the flag of `decrypt` in place of the option that it sets. */
function byOwnFlag(error: unknown): unknown {
  if (!(error instanceof TabpackError) || error.place.option !== 'decryptionKeys') return error;
  const { code, template, parameters, place } = error;
  return new TabpackError({ tabpack: true, code, template, parameters, place: { ...place, option: '--key' } });
}

/** Decrypts files and manifests, and prints the files that were written. */
export async function decryptCommand(inputs: readonly string[], values: Values, signal: AbortSignal): Promise<void> {
  if (inputs.length === 0) throw failures.optionMissing('no input is given', 'INPUT');
  if (values.output === undefined) throw failures.optionMissing('no output folder is given', '-o');
  if ((values.key ?? []).length === 0) throw failures.optionMissing('no key is given', '--key');
  const { files, warnings } = await decrypt(inputs, values.output, {
    keys: values.key ?? [],
    replace: values.force === true,
    signal,
  }).catch((error: unknown) => {
    throw byOwnFlag(error);
  });
  for (const warning of warnings) process.stderr.write(`Note: ${warning}\n`);
  process.stdout.write(
    values.json === true
      ? `${JSON.stringify({ files }, undefined, 2)}\n`
      : files.map(({ path, size }) => `${path}  ${size} bytes\n`).join(''),
  );
}
