/** Where the command line's output goes, by what `-o` says. */

import { mkdir, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

import { failures } from '../api/errors';
import type { Sink } from '../api/types';
import { type PackageOptions, unfinished } from '../host/node';
import { folder } from '../sinks/folder';
import { put } from '../sinks/put';
import { zip } from '../sinks/zip';
import type { Typed } from './flags';

/** The sink, and whether the job keeps a journal. */
export async function outputOptions(
  output: string,
  typed: Typed,
): Promise<Pick<PackageOptions, 'output' | 'journal' | 'resume'>> {
  const isAddress = /^https?:/i.test(output);
  if (!isAddress && /^[a-z][a-z\d+.-]+:\/\//i.test(output))
    throw failures.optionInvalid('{output} is no folder, and files are sent to http and https addresses only', '-o', {
      output,
    });
  const streams = isAddress || /\.zip$/i.test(output);
  const headers = typed.texts('put-header');
  if (headers !== undefined && !isAddress)
    throw failures.optionInvalid('it does nothing where the output is not sent to an address', '--put-header');
  if (!streams) {
    const journal = typed.is('journal-keys') ? 'with-keys' : true;
    return { output: folder(output, { replace: typed.is('force') }), journal, resume: typed.is('resume') };
  }
  for (const flag of ['resume', 'journal-keys'] as const) {
    if (typed.is(flag)) throw failures.optionInvalid('only a job into a folder can be resumed', `--${flag}`);
  }
  if (isAddress) return { output: put(output, { headers: Object.fromEntries((headers ?? []).map(header)) }) };
  return { output: await zipFile(output, typed.is('force')) };
}

/** A sentence on what can be gone on with, after a failure. */
export async function resumeHint(output: Sink): Promise<string> {
  const left = await unfinished(output).catch(() => undefined);
  return left === undefined
    ? ''
    : `What was written is kept: --resume goes on from there${left.keysNeeded ? ', given the same keys' : ''}.\n`;
}

function header(text: string): [string, string] {
  const [, name, value] = /^([^:\s]+):\s*(.*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw failures.optionInvalid('give a header as NAME:VALUE', '--put-header');
  if (!value.startsWith('@')) return [name, value];
  const known = process.env[value.slice(1)];
  if (known === undefined)
    throw failures.optionInvalid('the environment variable {name} is not set', '--put-header', {
      name: value.slice(1),
    });
  return [name, known];
}

/** An archive that is removed if the job fails. */
async function zipFile(path: string, replace: boolean): Promise<Sink> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, replace ? 'w' : 'wx').catch((error: unknown) => {
    throw error instanceof Error && 'code' in error && error.code === 'EEXIST' ? failures.outputExists(path) : error;
  });
  const sink = zip(file.createWriteStream());
  return {
    ...sink,
    discard: async () => {
      await sink.discard();
      await rm(path, { force: true });
    },
  };
}
