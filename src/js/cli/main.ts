#!/usr/bin/env node
/** The command line: `tabpack package INPUT... -o DIR`, and what reads back what was packaged. */

import { writeFile } from 'node:fs/promises';
import { failures, TabpackError } from '../api/errors';
import { COMMANDS as TABLE } from '../generated/flags';
import {
  type DrmOptions,
  type KeyInfo,
  type PackageOptions,
  type PackageResult,
  Packager,
  type Progress,
  supportReport,
  type TrackInfo,
} from '../host/node';
import { core } from '../host/node-core';
import { nearest } from '../wasm/tabpack.js';
import { commandAt, inFlags, read, type Typed } from './flags';
import { helpOf, overview } from './help';
import { KEY_FLAGS, keyServerOf } from './keys';
import { outputOptions, resumeHint } from './output';
import { thumbnails } from './thumbnails';
import { trackSettings } from './tracks';
import { checkCommand, decryptCommand, verifyCommand } from './verify';

/** The version, put in by the build. */
declare const TABPACK_VERSION: string;

/** Key services declare their flags themselves. */
const COMMANDS = TABLE.map((command) =>
  command.name === 'package' ? { ...command, flags: [...command.flags, ...KEY_FLAGS] } : command,
);

/** What commands do. */
const DO: Readonly<Record<string, (typed: Typed, signal: AbortSignal) => Promise<void>>> = {
  package: packageCommand,
  verify: verifyCommand,
  check: checkCommand,
  decrypt: decryptCommand,
};

async function main(words: readonly string[]): Promise<void> {
  const at = commandAt(words, COMMANDS);
  const name = words[at];
  if (name === undefined) {
    if (words.includes('--version')) return void process.stdout.write(`${TABPACK_VERSION}\n`);
    if (words.includes('--help') || words.includes('-h')) return void process.stdout.write(overview(COMMANDS));
    throw failures.optionMissing('no command is given: tabpack package INPUT... -o DIR', 'command');
  }
  const command = COMMANDS.find((known) => known.name === name);
  const run = DO[name];
  if (command === undefined || run === undefined) throw await unknownCommand(name);
  try {
    const typed = await read(words.toSpliced(at, 1), command, COMMANDS);
    if (typed.is('version')) return void process.stdout.write(`${TABPACK_VERSION}\n`);
    if (typed.is('help')) return void process.stdout.write(helpOf(command));
    await run(typed, interruption());
  } catch (thrown) {
    if (!(thrown instanceof TabpackError) || thrown.place.option === undefined) throw thrown;
    throw inFlags(thrown, command);
  }
}

async function unknownCommand(command: string): Promise<Error> {
  await core();
  const names = COMMANDS.map(({ name }) => name);
  const meant = nearest(command, names);
  return meant === undefined
    ? failures.optionInvalid('unknown command {command:?}; the commands are {known}', 'command', {
        command,
        known: names.join(', '),
      })
    : failures.optionInvalid('unknown command {command:?}; did you mean {meant}?', 'command', { command, meant });
}

async function packageCommand(typed: Typed, signal: AbortSignal): Promise<void> {
  const { words: inputs } = typed;
  const to = typed.text('output');
  if (inputs.length === 0) throw failures.optionMissing('no input is given', 'INPUT');
  if (to === undefined || to === '') throw failures.optionMissing('no output folder is given', '-o');
  const talks = !typed.is('quiet') && process.stderr.isTTY === true;
  const options = { ...(await packageOptions(typed)), ...(await outputOptions(to, typed)) };
  const name = inputs.join(', ');
  const reportPath = typed.text('report');
  const report = async (error?: unknown): Promise<void> => {
    if (reportPath === undefined) return;
    await writeFile(reportPath, supportReport(error, name)).catch((reason: unknown) => {
      throw failures.outputWriteFailed(reportPath, reason instanceof Error ? reason.message : String(reason));
    });
  };
  const packager = await Packager.create();
  const result = await packager
    .package([...inputs], { ...options, signal, ...(talks ? { onProgress: showProgress } : {}) })
    .catch(async (error: unknown) => {
      process.stderr.write(await resumeHint(options.output));
      // The job's own failure comes first.
      await report(error).catch((reason: Error) => process.stderr.write(`Note: ${reason.message}\n`));
      throw error;
    });
  await report();
  if (talks) process.stderr.write('\n');
  for (const warning of result.report.warnings) process.stderr.write(`Note: ${warning}\n`);
  process.stdout.write(
    typed.is('json') ? `${JSON.stringify(withoutGivenKeys(result), undefined, 2)}\n` : summary(result, to),
  );
}

/** Ends with the first interruption from the keyboard. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  process.once('SIGINT', () => controller.abort(new Error('interrupted')));
  return controller.signal;
}

/** What the flags say: most of it is checked by the core. */
async function packageOptions(typed: Typed): Promise<Omit<PackageOptions, 'output'>> {
  const options = typed.options() as Omit<PackageOptions, 'output'>;
  const tracks = trackSettings(typed.texts('track'));
  const sheets = await thumbnails(typed);
  const keyServer = await keyServerOf(typed);
  // Where a key server is asked, it is what the server answers to.
  const contentId = keyServer === undefined ? typed.text('content-id') : undefined;
  const drm: DrmOptions = { ...options.drm, ...(contentId === undefined ? {} : { contentId }) };
  return {
    ...options,
    ...(tracks === undefined ? {} : { tracks }),
    ...(sheets === undefined ? {} : { thumbnails: sheets }),
    ...(keyServer === undefined ? {} : { keyServer }),
    ...(Object.keys(drm).length === 0 ? {} : { drm }),
  };
}

function showProgress({ phase, bytesDone, bytesTotal, segment, segments, secondsLeft }: Progress): void {
  const percent = bytesTotal === 0 ? 0 : Math.floor((bytesDone / bytesTotal) * 100);
  const left = secondsLeft === null ? '' : `, ${Math.ceil(secondsLeft)} s left`;
  process.stderr.write(`\r\x1b[K${phase}: ${percent} %, segment ${segment} of ${segments}${left}`);
}

/** A key that the user gave is theirs: it is not repeated. */
function withoutGivenKeys(result: PackageResult): PackageResult {
  return { ...result, keys: result.keys.filter((key) => key.generated) };
}

function summary(result: PackageResult, output: string): string {
  const { report } = result;
  const lines = report.tracks.map((track) => {
    return `${track.id}  ${track.codecs}  ${shape(track)}  ${track.duration.toFixed(3)} s  ${track.segments} segments`;
  });
  lines.push(...result.keys.filter((key) => key.generated).flatMap(keyLines));
  lines.push(...result.manifests.map((path) => `${shown(output)}${path}`));
  lines.push(`${result.files.length} files, ${report.outputBytes} bytes in ${report.seconds.toFixed(2)} s`);
  return `${lines.join('\n')}\n`;
}

/** Where manifests are: an address is shown without what may be secret in it. */
function shown(output: string): string {
  if (/\.zip$/i.test(output) && !/^https?:/i.test(output)) return `${output}: `;
  if (!/^https?:/i.test(output)) return `${output.replace(/\/+$/, '')}/`;
  const { origin, pathname } = new URL(output);
  return `${origin}${pathname.replace(/\/+$/, '')}/`;
}

function shape(track: TrackInfo): string {
  switch (track.kind) {
    case 'video':
      return `${track.width}x${track.height}`;
    case 'audio':
      return `${track.samplingRate} Hz, ${track.channels} channels`;
    case 'text':
      return track.language ?? 'no language';
  }
}

function keyLines({ label, period, kid, key }: KeyInfo): string[] {
  const name = `${label ?? ''}${period === 0 ? '' : `@${period}`}`;
  return [
    `key id ${kid.hex}  ${kid.uuid}  ${kid.base64}`,
    `key    ${key.hex}  ${key.base64}`,
    `--key ${name === '' ? '' : `${name}=`}${kid.hex}:${key.hex}`,
  ];
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.exitCode = 1;
  if (error instanceof TabpackError) {
    process.stderr.write(`${error.code} (${error.number}): ${error.message}. ${error.advice}\n`);
  } else {
    process.stderr.write(`INTERNAL (-1): ${error instanceof Error ? error.message : String(error)}.\n`);
  }
});
