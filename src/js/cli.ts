#!/usr/bin/env node
/** The command line: `tabpack package INPUT... -o DIR`. */

import { parseArgs, type ParseArgsConfig } from 'node:util';

import { failures, TabpackError } from './errors';
import { folder, Packager, type DrmOptions, type DrmSystem, type KeyInfo, type PackageOptions, type PackageResult, type Progress, type Scheme, type Target } from './node';

const USAGE = `Usage: tabpack package INPUT... -o DIR [options]

Packages MP4 files for DASH, CMAF and HLS with Common Encryption. Several INPUTs are
renditions of one title and become one presentation.

  -o, --output DIR          the folder that the targets' folders are made in
      --cmaf                one set of segments with an MPD and HLS playlists (the default)
      --dash                DASH with segments of its own
      --hls                 HLS with segments of its own
      --scheme cenc|cbcs    protection scheme (default: cenc for --dash, else cbcs)
      --key KID:KEY         content key; each side in hex, as a UUID, base64 or base64url
                            (default: a random one, which is printed)
      --iv HEX              8 bytes for cenc, 16 for cbcs (default: random)
      --segment-duration S  target duration of a segment in seconds (default: 6)
      --no-encryption       leave the samples clear
      --drm SYSTEM,...      DRM systems to signal: widevine, playready, fairplay, wiseplay,
                            marlin, primetime, clearkey, common (default: clearkey)
      --content-id TEXT     the content's name at the license service
      --widevine-provider NAME
      --playready-la-url URL
                            PlayReady license server
      --playready-header 4.0|4.1|4.2|4.3
                            (default: the lowest that scheme and keys allow)
      --fairplay-uri URI    with {kid}, {uuid}, {base64} and {contentId} in it
                            (default: skd://{uuid})
      --clearkey-url URL    ClearKey license server, named in the MPD
      --hls-key-uri URI     URI of the identity key, named in the playlists
      --pssh [SYSTEM:]DATA  a pssh box, or a system's data, in hex or base64; stands first,
                            and in place of what would be made. May be repeated
      --pssh-in moov|mpd|both
                            where pssh boxes go (default: both)
      --seed HEX            draw keys and IVs from this seed: reproducible output, for tests only
      --force               replace files that are there already
      --json                print the result as one JSON object
  -q, --quiet               print no progress
  -h, --help                print this
      --version             print the version
`;

const OPTIONS = {
  output: { type: 'string', short: 'o' },
  cmaf: { type: 'boolean' },
  dash: { type: 'boolean' },
  hls: { type: 'boolean' },
  scheme: { type: 'string' },
  key: { type: 'string' },
  iv: { type: 'string' },
  'segment-duration': { type: 'string' },
  'no-encryption': { type: 'boolean' },
  'clearkey-url': { type: 'string' },
  'hls-key-uri': { type: 'string' },
  drm: { type: 'string', multiple: true },
  'content-id': { type: 'string' },
  'widevine-provider': { type: 'string' },
  'playready-la-url': { type: 'string' },
  'playready-header': { type: 'string' },
  'fairplay-uri': { type: 'string' },
  pssh: { type: 'string', multiple: true },
  'pssh-in': { type: 'string' },
  seed: { type: 'string' },
  force: { type: 'boolean' },
  json: { type: 'boolean' },
  quiet: { type: 'boolean', short: 'q' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
} as const satisfies ParseArgsConfig['options'];

/** The version, put in by the build. */
declare const TABPACK_VERSION: string;

async function main(words: string[]): Promise<void> {
  const { values, positionals } = read(words);
  if (values.version === true) return void process.stdout.write(`${TABPACK_VERSION}\n`);
  if (values.help === true) return void process.stdout.write(USAGE);
  const [command, ...inputs] = positionals;
  if (command === undefined) throw failures.optionMissing('no command is given: tabpack package INPUT... -o DIR', 'command');
  if (command !== 'package') throw failures.optionInvalid(`there is no command ${command}; known is package`, 'command');
  if (inputs.length === 0) throw failures.optionMissing('no input is given', 'INPUT');
  if (values.output === undefined) throw failures.optionMissing('no output folder is given', '-o');

  const controller = new AbortController();
  process.once('SIGINT', () => controller.abort(new Error('interrupted')));
  const talks = values.quiet !== true && process.stderr.isTTY === true;
  const options = packageOptions(values, values.output);
  const packager = await Packager.create();
  const result = await packager.package(inputs, {
    ...options,
    signal: controller.signal,
    ...(talks ? { onProgress: showProgress } : {}),
  });
  if (talks) process.stderr.write('\n');
  for (const warning of result.report.warnings) process.stderr.write(`Note: ${warning}\n`);
  process.stdout.write(values.json === true ? `${JSON.stringify(withoutGivenKeys(result), undefined, 2)}\n` : summary(result, values.output));
}

type Values = ReturnType<typeof read>['values'];

function read(words: string[]) {
  try {
    return parseArgs({ args: words, options: OPTIONS, allowPositionals: true, strict: true });
  } catch (error) {
    // The platform's message names the option; it never repeats a value.
    const message = error instanceof Error ? (error.message.split('. ')[0] ?? '') : String(error);
    const missing = message.includes('argument missing');
    throw missing ? failures.optionMissing(message, 'command line') : failures.optionInvalid(message, 'command line');
  }
}

function packageOptions(values: Values, output: string): PackageOptions {
  const targets = (['cmaf', 'dash', 'hls'] as const satisfies readonly Target[]).filter((target) => values[target] === true);
  const seconds = values['segment-duration'];
  if (seconds !== undefined && !/^\d+(\.\d+)?$/.test(seconds)) {
    throw failures.optionInvalid(`${JSON.stringify(seconds)} is no number of seconds`, '--segment-duration');
  }
  return {
    output: folder(output, { replace: values.force === true }),
    ...(targets.length === 0 ? {} : { targets }),
    ...(values.scheme === undefined ? {} : { scheme: values.scheme as Scheme }), // checked by the core
    ...(values.key === undefined ? {} : { key: values.key }),
    ...(values.iv === undefined ? {} : { iv: values.iv }),
    ...(seconds === undefined ? {} : { segmentDuration: Number(seconds) }),
    ...(values['no-encryption'] === true ? { encryption: false } : {}),
    ...(values['clearkey-url'] === undefined ? {} : { clearKeyLicenseUrl: values['clearkey-url'] }),
    ...(values['hls-key-uri'] === undefined ? {} : { hlsKeyUri: values['hls-key-uri'] }),
    ...drmOptions(values),
    ...(values.seed === undefined ? {} : { seed: values.seed }),
  };
}

/** An option of a system chooses the system. */
function drmOptions(values: Values): { drm?: DrmOptions } {
  const systems: Partial<Record<DrmSystem, object>> = {};
  for (const name of (values.drm ?? []).flatMap((list) => list.split(','))) systems[drmSystem(name.trim())] = {};
  const set = (system: DrmSystem, name: string, value: string | undefined): void => {
    if (value !== undefined) systems[system] = { ...systems[system], [name]: value };
  };
  set('widevine', 'provider', values['widevine-provider']);
  set('playready', 'licenseUrl', values['playready-la-url']);
  set('playready', 'headerVersion', values['playready-header']); // checked by the core
  set('fairplay', 'uri', values['fairplay-uri']);
  const drm: DrmOptions = {
    ...systems,
    ...(values['content-id'] === undefined ? {} : { contentId: values['content-id'] }),
    ...(values.pssh === undefined ? {} : { pssh: values.pssh }),
    ...(values['pssh-in'] === undefined ? {} : { psshPlacement: values['pssh-in'] as NonNullable<DrmOptions['psshPlacement']> }),
  };
  return Object.keys(drm).length === 0 ? {} : { drm };
}

const DRM_SYSTEMS = [
  'widevine', 'playready', 'fairplay', 'wiseplay', 'marlin', 'primetime', 'clearkey', 'common',
] as const satisfies readonly DrmSystem[];

function drmSystem(name: string): DrmSystem {
  const system = DRM_SYSTEMS.find((known) => known === name);
  if (system === undefined) {
    throw failures.optionInvalid(`${JSON.stringify(name)} is no DRM system; known are ${DRM_SYSTEMS.join(', ')}`, '--drm');
  }
  return system;
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
    const shape = track.kind === 'video' ? `${track.width}x${track.height}` : `${track.samplingRate} Hz, ${track.channels} channels`;
    return `${track.id}  ${track.codecs}  ${shape}  ${track.duration.toFixed(3)} s  ${track.segments} segments`;
  });
  lines.push(...result.keys.filter((key) => key.generated).flatMap(keyLines));
  lines.push(...result.manifests.map((path) => `${output.replace(/\/+$/, '')}/${path}`));
  lines.push(`${result.files.length} files, ${report.outputBytes} bytes in ${report.seconds.toFixed(2)} s`);
  return `${lines.join('\n')}\n`;
}

function keyLines({ kid, key }: KeyInfo): string[] {
  return [`key id ${kid.hex}  ${kid.uuid}  ${kid.base64}`, `key    ${key.hex}  ${key.base64}`, `--key ${kid.hex}:${key.hex}`];
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.exitCode = 1;
  if (error instanceof TabpackError) {
    process.stderr.write(`${error.code} (${error.number}): ${error.message}. ${error.advice}\n`);
  } else {
    process.stderr.write(`INTERNAL (-1): ${error instanceof Error ? error.message : String(error)}.\n`);
  }
});
