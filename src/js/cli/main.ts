#!/usr/bin/env node
/** The command line: `tabpack package INPUT... -o DIR`. */

import { writeFile } from 'node:fs/promises';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { failures, TabpackError } from '../api/errors';
import {
  type DrmOptions,
  type DrmSystem,
  type KeyInfo,
  type PackageOptions,
  type PackageResult,
  Packager,
  type Progress,
  type Scheme,
  supportReport,
  type Target,
  type TrackInfo,
} from '../host/node';
import { KEY_OPTIONS, KEY_USAGE, keyServerOf } from './keys';
import { OUTPUT_OPTIONS, OUTPUT_USAGE, outputOptions, resumeHint } from './output';
import { THUMBNAIL_OPTIONS, THUMBNAIL_USAGE, thumbnails } from './thumbnails';
import { TRACK_OPTIONS, TRACK_USAGE, trackSettings } from './tracks';
import { checkCommand, decryptCommand, VERIFY_USAGE, verifyCommand } from './verify';

const USAGE = `Usage: tabpack package INPUT... -o DIR [options]

Packages MP4 files for DASH, CMAF and HLS with Common Encryption. Several INPUTs are
renditions of one title and become one presentation; media segments go with the init segment
before them. Subtitles as WebVTT, SRT and TTML say by their names what they are, as in
film.pt-BR.forced.srt or film.en.sdh.vtt.

  -o, --output DIR          the folder that the targets' folders are made in
      --cmaf                one set of segments with an MPD and HLS playlists (the default)
      --dash                DASH with segments of its own
      --hls                 HLS with segments of its own
      --scheme NAME         cenc or cbcs; for --dash also cens and cbc1
                            (default: cenc for --dash, else cbcs)
      --key [LABEL=]KID:KEY content key; each side in hex, as a UUID, base64 or base64url.
                            Repeat it for tracks of a label: SD, HD, UHD1, UHD2, AUDIO, VIDEO,
                            AUDIO-en, video-1 …; LABEL@1 is the second crypto period
                            (default: a random one, which is printed)
      --decryption-key KID:KEY
                            key that a protected INPUT is decrypted with; may be repeated
      --multi-key           random keys for each label, not one for all
      --clear LABEL         leave the tracks of this label clear; may be repeated
      --clear-lead S        leave the first S seconds clear
      --crypto-period S     take a new key every S seconds
      --pattern CRYPT:SKIP  blocks of video that cbcs and cens encrypt and skip (default: 1:9)
      --iv HEX              8 or 16 bytes for cenc and cens, 16 for cbcs (default: random)
      --iv-size 8|16        bytes of each sample's IV under cenc and cens (default: 8)
      --segment-duration S  target duration of a segment in seconds (default: 6)
      --single-file         one file a track with a segment index, not a folder of segments
      --segment-names number|time
                            what segments are named by (default: their number)
      --skip-unsupported    leave out video and sound that can't be packaged, rather than fail
      --lengths keep|pictures
                            what ends at different times: keep each to its end, also sizes of one
                            title, which are refused otherwise; or end sound with the pictures
      --trick-play          offer each video's key frames in MPDs as a track of their own, for winding
      --cue-points S,...    start a new Period of the MPD at the key frame at or after each of these times
      --no-encryption       leave the samples clear
      --drm SYSTEM,...      DRM systems to signal: widevine, playready, fairplay, wiseplay,
                            marlin, primetime, clearkey, common (default: clearkey)
      --widevine-provider NAME
      --playready-la-url URL
                            PlayReady license server
      --playready-header 4.0|4.1|4.2|4.3
                            (default: the lowest that scheme and keys allow)
      --fairplay-uri URI    with {kid}, {uuid}, {base64} and {contentId} in it
                            (default: skd://{uuid})
      --clearkey-url URL    ClearKey license server, named in the MPD
      --hls-key-uri URI     URI of the identity key, named in the playlists; {kid} and {uuid} in it
                            stand for the key id
      --hls-method SAMPLE-AES|AES-128
                            encrypt samples (the default) or whole segments of the hls target
      --hls-start S         where players of HLS start, in seconds; --hls-start=-S counts from the end
      --program-date-time T date and time (ISO 8601, with a time zone) of the start, for HLS
      --hls-key-files       for AES-128 and MPEG-TS: write the keys beside the playlists
      --hls-format fmp4|ts  segments of the hls target: fragmented MP4 (the default) or MPEG-TS
      --hls-audio ts|packed sound beside MPEG-TS: in MPEG-TS too, or packed audio
                            (default: packed; ts under SAMPLE-AES)
      --pssh [SYSTEM:]DATA  a pssh box, or a system's data, in hex or base64; stands first,
                            and in place of what would be made. May be repeated
      --pssh-in moov|mpd|both
                            where pssh boxes go (default: both)
      --seed HEX            draw keys and IVs from this seed: reproducible output, for tests only
      --force               replace files that are there already
      --report FILE         write the support report (XML) there, for success and failure alike
      --json                print the result as one JSON object
  -q, --quiet               print no progress
  -h, --help                print this
      --version             print the version
${TRACK_USAGE}${THUMBNAIL_USAGE}${OUTPUT_USAGE}${KEY_USAGE}${VERIFY_USAGE}`;

const OPTIONS = {
  output: { type: 'string', short: 'o' },
  cmaf: { type: 'boolean' },
  dash: { type: 'boolean' },
  hls: { type: 'boolean' },
  scheme: { type: 'string' },
  key: { type: 'string', multiple: true },
  'decryption-key': { type: 'string', multiple: true },
  source: { type: 'string', multiple: true },
  'multi-key': { type: 'boolean' },
  clear: { type: 'string', multiple: true },
  'clear-lead': { type: 'string' },
  'crypto-period': { type: 'string' },
  pattern: { type: 'string' },
  iv: { type: 'string' },
  'iv-size': { type: 'string' },
  'segment-duration': { type: 'string' },
  'single-file': { type: 'boolean' },
  'skip-unsupported': { type: 'boolean' },
  lengths: { type: 'string' },
  'trick-play': { type: 'boolean' },
  'segment-names': { type: 'string' },
  'cue-points': { type: 'string' },
  'no-encryption': { type: 'boolean' },
  'clearkey-url': { type: 'string' },
  'hls-key-uri': { type: 'string' },
  'hls-method': { type: 'string' },
  'hls-key-files': { type: 'boolean' },
  'hls-start': { type: 'string' },
  'program-date-time': { type: 'string' },
  'hls-format': { type: 'string' },
  'hls-audio': { type: 'string' },
  drm: { type: 'string', multiple: true },
  'widevine-provider': { type: 'string' },
  'playready-la-url': { type: 'string' },
  'playready-header': { type: 'string' },
  'fairplay-uri': { type: 'string' },
  pssh: { type: 'string', multiple: true },
  'pssh-in': { type: 'string' },
  seed: { type: 'string' },
  force: { type: 'boolean' },
  report: { type: 'string' },
  json: { type: 'boolean' },
  ...TRACK_OPTIONS,
  ...THUMBNAIL_OPTIONS,
  ...OUTPUT_OPTIONS,
  ...KEY_OPTIONS,
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
  if (command === undefined)
    throw failures.optionMissing('no command is given: tabpack package INPUT... -o DIR', 'command');
  const signal = interruption();
  if (command === 'verify') return verifyCommand(inputs, values, signal);
  if (command === 'check') return checkCommand(inputs, values, signal);
  if (command === 'decrypt') return decryptCommand(inputs, values, signal);
  if (command !== 'package') {
    throw failures.optionInvalid(
      'unknown command {command}; known commands are package, verify, check and decrypt',
      'command',
      { command },
    );
  }
  if (inputs.length === 0) throw failures.optionMissing('no input is given', 'INPUT');
  if (values.output === undefined) throw failures.optionMissing('no output folder is given', '-o');

  const talks = values.quiet !== true && process.stderr.isTTY === true;
  const options = { ...packageOptions(values), ...(await outputOptions(values.output, values)) };
  const name = inputs.join(', ');
  const report = async (error?: unknown): Promise<void> => {
    if (values.report !== undefined) await writeFile(values.report, supportReport(error, name));
  };
  const result = await run(
    inputs,
    { ...options, signal, ...(talks ? { onProgress: showProgress } : {}) },
    values,
  ).catch(async (error: unknown) => {
    await report(error);
    process.stderr.write(await resumeHint(options.output));
    throw error;
  });
  await report();
  if (talks) process.stderr.write('\n');
  for (const warning of result.report.warnings) process.stderr.write(`Note: ${warning}\n`);
  process.stdout.write(
    values.json === true
      ? `${JSON.stringify(withoutGivenKeys(result), undefined, 2)}\n`
      : summary(result, values.output),
  );
}

/** Ends with the first interruption from the keyboard. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  process.once('SIGINT', () => controller.abort(new Error('interrupted')));
  return controller.signal;
}

async function run(inputs: string[], options: PackageOptions, values: Values): Promise<PackageResult> {
  const keyServer = await keyServerOf(values);
  const sheets = await thumbnails(values);
  const packager = await Packager.create();
  return packager.package(inputs, { ...options, ...given({ keyServer, thumbnails: sheets }) });
}

type Values = ReturnType<typeof read>['values'];

function read(words: string[]) {
  try {
    return parseArgs({ args: words, options: OPTIONS, allowPositionals: true, strict: true });
  } catch (error) {
    // The platform's message names the option; it never repeats a value.
    const reason = error instanceof Error ? (error.message.split('. ')[0] ?? '') : String(error);
    const missing = reason.includes('argument missing');
    throw (missing ? failures.optionMissing : failures.optionInvalid)('{reason}', 'command line', { reason });
  }
}

function packageOptions(values: Values): Omit<PackageOptions, 'output'> {
  const targets = (['cmaf', 'dash', 'hls'] as const satisfies readonly Target[]).filter(
    (target) => values[target] === true,
  );
  return {
    ...given({
      targets: targets.length === 0 ? undefined : targets,
      scheme: values.scheme as Scheme | undefined, // checked by the core
      keys: values.key,
      decryptionKeys: values['decryption-key'],
      multiKey: values['multi-key'],
      clear: values.clear,
      clearLead: number(values['clear-lead'], '--clear-lead'),
      cryptoPeriod: number(values['crypto-period'], '--crypto-period'),
      pattern: values.pattern,
      iv: values.iv,
      ivSize: number(values['iv-size'], '--iv-size') as 8 | 16 | undefined, // likewise
      segmentDuration: number(values['segment-duration'], '--segment-duration'),
      singleFile: values['single-file'],
      skipUnsupported: values['skip-unsupported'],
      lengths: values.lengths as 'keep' | undefined, // the core checks it
      trickPlay: values['trick-play'],
      segmentNames: values['segment-names'] as 'time' | undefined, // the core checks it
      cuePoints: values['cue-points']?.split(',').map((text) => number(text, '--cue-points') ?? 0),
      encryption: values['no-encryption'] === true ? false : undefined,
      clearKeyLicenseUrl: values['clearkey-url'],
      hlsKeyUri: values['hls-key-uri'],
      hlsMethod: values['hls-method'] as 'AES-128' | undefined, // the core checks it
      hlsKeyFiles: values['hls-key-files'],
      hlsStart: signed(values['hls-start'], '--hls-start'),
      programDateTime: values['program-date-time'],
      tracks: trackSettings(values.track),
      hlsFormat: values['hls-format'] as 'ts' | undefined, // likewise
      hlsAudio: values['hls-audio'] as 'ts' | undefined, // likewise
      drm: drmOptions(values),
      seed: values.seed,
    }),
  };
}

/** An option of a system chooses the system. */
function drmOptions(values: Values): DrmOptions | undefined {
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
    ...given({
      // Where a key server is asked, it is what the server answers to.
      contentId: values['key-server'] === undefined ? values['content-id'] : undefined,
      pssh: values.pssh,
      psshPlacement: values['pssh-in'] as DrmOptions['psshPlacement'], // likewise
    }),
  };
  return Object.keys(drm).length === 0 ? undefined : drm;
}

const DRM_SYSTEMS = [
  'widevine',
  'playready',
  'fairplay',
  'wiseplay',
  'marlin',
  'primetime',
  'clearkey',
  'common',
] as const satisfies readonly DrmSystem[];

function drmSystem(name: string): DrmSystem {
  const system = DRM_SYSTEMS.find((known) => known === name);
  if (system === undefined) {
    throw failures.optionInvalid('unknown DRM system {name:?}; known systems are {known}', '--drm', {
      name,
      known: DRM_SYSTEMS.join(', '),
    });
  }
  return system;
}

/** Without what is undefined: an option that isn't given takes its default. */
function given<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

function number(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d+(\.\d+)?$/.test(text)) throw failures.optionInvalid('{text:?} is not a number', option, { text });
  return Number(text);
}

/** A number that may be below 0. */
function signed(text: string | undefined, option: string): number | undefined {
  const value = number(text?.replace(/^-/, ''), option);
  return value === undefined || text?.startsWith('-') !== true ? value : -value;
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
