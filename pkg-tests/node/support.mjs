// What the command-line tests share: running `tabpack`, and reading its output with code that isn't ours.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import hlsParser from 'hls-parser';
import { needTool } from '../../scripts/tools.mjs';
import { parse, serialise } from '../fixtures/boxes.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const cli = join(root, 'dist', 'cli.js');

export const FFPROBE = needTool('ffprobe', 'ffmpeg');
export const XMLLINT = needTool('xmllint', 'libxml2-utils');
export const SHAKA_PACKAGER = shakaPackager();

if (!existsSync(cli))
  throw new Error(`The command line is not built: run \`npm run build\` first (${cli} is missing).`);

/** A key id and key that no test data holds by accident. */
export const KID = '0a1b2c3d4e5f60718293a4b5c6d7e8f9';
export const KEY = '9f8e7d6c5b4a39281706f5e4d3c2b1a0';

/**
 * The path of a fixture.
 *
 * @param {string} name
 */
export const fixture = (name) => join(root, 'pkg-tests', 'fixtures', name);

/**
 * Runs a program to its end.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd?: string }} [options]
 * @returns {Promise<{ status: number | NodeJS.Signals | null, stdout: string, stderr: string }>}
 */
export function run(program, args, { cwd } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    /** @type {Buffer[]} */
    const out = [];
    /** @type {Buffer[]} */
    const err = [];
    child.stdout.on('data', (chunk) => out.push(chunk));
    child.stderr.on('data', (chunk) => err.push(chunk));
    child.on('error', reject);
    child.on('close', (status, signal) =>
      resolve({
        status: status ?? signal,
        stdout: Buffer.concat(out).toString(),
        stderr: Buffer.concat(err).toString(),
      }),
    );
  });
}

/**
 * Runs `tabpack` with these arguments.
 *
 * @param {...Arg} args
 */
export const tabpack = (...args) => run(process.execPath, [cli, ...flat(args)]);

/**
 * @param {readonly Arg[]} args
 * @returns {string[]}
 */
const flat = (args) => args.flatMap((one) => (typeof one === 'object' ? flat(one) : [String(one)]));

/**
 * Runs `tabpack package … --json`, which must succeed, and gives the result it prints.
 *
 * @param {...Arg} args
 * @returns {Promise<import('tabpack').PackageResult>}
 */
export async function packaged(...args) {
  const { status, stdout, stderr } = await tabpack('package', ...args, '--json');
  assert.equal(status, 0, `tabpack package ${flat(args).join(' ')}\n${stderr}`);
  return JSON.parse(stdout);
}

/**
 * The commands of the command line, as their table has them.
 *
 * @returns {Promise<readonly import('../../src/js/generated/flags').Command[]>}
 */
export async function commands() {
  const { transform } = await import('esbuild');
  const { code } = await transform(await readFile(join(root, 'src/js/generated/flags.ts'), 'utf8'), { loader: 'ts' });
  return (await import(`data:text/javascript,${encodeURIComponent(code)}`)).COMMANDS;
}

/**
 * A folder that goes with the test.
 *
 * @param {Pick<TestContext, 'after'>} t
 */
export async function temporaryFolder(t) {
  const folder = await mkdtemp(join(tmpdir(), 'tabpack-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * Every file below a folder, as `{ path: bytes }` in the order of their paths; empty where the folder isn't there.
 *
 * @param {string} folder
 * @returns {Promise<Record<string, Buffer>>}
 */
export async function filesBelow(folder) {
  if (!existsSync(folder)) return {};
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
  const pairs = paths.map(async (path) => [relative(folder, path).split(sep).join('/'), await readFile(path)]);
  return Object.fromEntries(await Promise.all(pairs));
}

// --- Playlists and tracks -----------------------------------------------------------------------

hlsParser.setOptions({ strictMode: true });

/**
 * Parses a playlist; any breach of RFC 8216 that the parser knows of is an error.
 *
 * @param {string} path
 * @returns {Promise<Playlist>}
 */
export async function playlist(path) {
  return /** @type {any} */ (hlsParser.parse(await readFile(path, 'utf8')));
}

/**
 * The paths of a track's init segment and media segments, in the order of its playlist, or of their numbers: where there is no
 * playlist, and where it lists files of WebVTT beside which those of the MPD stand.
 *
 * @param {string} folder
 */
export async function trackFiles(folder) {
  const listed = existsSync(join(folder, 'media.m3u8')) ? (await playlist(join(folder, 'media.m3u8'))).segments : [];
  if (listed.every(({ uri }) => uri.endsWith('.vtt'))) {
    const numbers = (await readdir(folder))
      .filter((name) => name.endsWith('.m4s'))
      .map((name) => Number.parseInt(name, 10));
    return ['init.mp4', ...numbers.sort((a, b) => a - b).map((number) => `${number}.m4s`)].map((name) =>
      join(folder, name),
    );
  }
  const { segments } = await playlist(join(folder, 'media.m3u8'));
  const maps = new Set(segments.map(({ map }) => map?.uri).filter(Boolean));
  assert.equal(maps.size, 1, `${folder}: one EXT-X-MAP`);
  return [...maps, ...segments.map(({ uri }) => uri)].map((uri) => join(folder, decodeURIComponent(uri)));
}

/**
 * Joins a track's files into one; gives the new file's path. `output` is without the ending.
 *
 * @param {string} folder
 * @param {string} output
 */
export async function joinedTrack(folder, output) {
  const files = await trackFiles(folder);
  await writeFile(`${output}.mp4`, Buffer.concat(await Promise.all(files.map((file) => readFile(file)))));
  return `${output}.mp4`;
}

/**
 * Writes each movie fragment of a track behind the init segment into a file of its own: ffmpeg reads the
 * encryption information of no more than one fragment a file. Gives the paths; `output` is without the ending.
 *
 * @param {string} folder
 * @param {string} output
 */
export async function fragmentFiles(folder, output) {
  const [init, ...segments] = await Promise.all((await trackFiles(folder)).map((file) => readFile(file)));
  /** @type {string[]} */
  const paths = [];
  for (const segment of segments) {
    const boxes = parse(segment).filter(({ type }) => type === 'moof' || type === 'mdat');
    for (let n = 0; n < boxes.length; n += 2) {
      assert.deepEqual(
        boxes.slice(n, n + 2).map(({ type }) => type),
        ['moof', 'mdat'],
      );
      const path = `${output}-fragment-${paths.length + 1}.mp4`;
      await writeFile(path, Buffer.concat([init, serialise(boxes.slice(n, n + 2))]));
      paths.push(path);
    }
  }
  return paths;
}

/**
 * Writes each movie fragment of one file behind its init part into a file of its own, as `fragmentFiles` does.
 *
 * @param {string} path
 * @param {string} output
 */
export async function fragmentsOf(path, output) {
  const boxes = parse(await readFile(path));
  const init = serialise(boxes.filter(({ type }) => type === 'ftyp' || type === 'moov'));
  const fragments = boxes.flatMap((moof, index) => (moof.type === 'moof' ? [[moof, boxes[index + 1]]] : []));
  return Promise.all(
    fragments.map(async (fragment, index) => {
      assert.equal(fragment[1].type, 'mdat');
      const file = `${output}-fragment-${index + 1}.mp4`;
      await writeFile(file, Buffer.concat([init, serialise(fragment)]));
      return file;
    }),
  );
}

/**
 * The protected ranges of each sample of a fragmented file, `[start, end)` from the sample's start, from its senc
 * boxes; ISO/IEC 23001-7 clause 7.2. `ivSize` is that of `tenc`.
 *
 * @param {Buffer} bytes
 * @param {number} ivSize
 */
export function subsamples(bytes, ivSize) {
  /** @type {[start: number, end: number][][]} */
  const samples = [];
  for (const { type, body } of parse(bytes)) {
    if (type !== 'moof') continue;
    const traf = parse(body).find((child) => child.type === 'traf');
    const senc = parse(traf.body).find((child) => child.type === 'senc')?.body;
    if (!senc) continue;
    const listed = (senc.readUInt32BE(0) & 2) !== 0;
    for (let n = 0, at = 8; n < senc.readUInt32BE(4); n++) {
      at += ivSize;
      /** @type {[start: number, end: number][]} */
      const ranges = [];
      if (listed) {
        let position = 0;
        const count = senc.readUInt16BE(at);
        at += 2;
        for (let entry = 0; entry < count; entry++, at += 6) {
          const start = position + senc.readUInt16BE(at);
          position = start + senc.readUInt32BE(at + 2);
          if (position > start) ranges.push([start, position]);
        }
      }
      samples.push(ranges);
    }
  }
  return samples;
}

// --- Packets -------------------------------------------------------------------------------------

/**
 * The packets of the first track of a kind (of the second with `audio:1`): bytes as MD5, time stamps in ticks with the time base.
 * `options` go to ffprobe before the input.
 *
 * @param {string} path
 * @param {string} kind
 * @param {...string} options
 * @returns {Promise<Packets>}
 */
export async function packets(path, kind, ...options) {
  const [name, number = '0'] = kind.split(':');
  const { status, stdout, stderr } = await run(FFPROBE, [
    '-v',
    'error',
    '-of',
    'json',
    ...options,
    '-select_streams',
    `${name[0]}:${number}`,
    '-show_data_hash',
    'md5',
    '-show_entries',
    'stream=time_base:packet=pts,dts,flags,size,data_hash',
    path,
  ]);
  assert.equal(status, 0, `ffprobe ${path}\n${stderr}`);
  const { streams, packets: list } = JSON.parse(stdout);
  assert.equal(streams.length, 1, `${path} has ${kind}`);
  const [num, den] = streams[0].time_base.split('/').map(BigInt);
  return {
    timeBase: { num, den },
    list: list.map(
      (
        /** @type {Record<string, string> & { pts: number, dts: number }} */ { pts, dts, flags, size, data_hash: hash },
      ) => ({
        pts,
        dts,
        key: flags.startsWith('K'),
        size: Number(size),
        hash,
      }),
    ),
  };
}

/**
 * The packets of the fragments of one track, as `packets` gives them for a file.
 *
 * @param {string[]} paths
 * @param {string} kind
 * @param {...string} options
 * @returns {Promise<Packets>}
 */
export async function packetsOfFragments(paths, kind, ...options) {
  const parts = await Promise.all(paths.map((path) => packets(path, kind, ...options)));
  return { timeBase: parts[0].timeBase, list: parts.flatMap(({ list }) => list) };
}

/**
 * Asserts the same packets in the same order by their bytes.
 *
 * @param {Packets} actual
 * @param {Packets} expected
 * @param {string} what
 */
export function sameBytes(actual, expected, what) {
  assert.equal(actual.list.length, expected.list.length, `${what}: number of packets`);
  actual.list.forEach((packet, index) => {
    assert.equal(packet.hash, expected.list[index].hash, `${what}: bytes of packet ${index}`);
  });
}

/**
 * Asserts the same presentation and decode times and the same key frames. Times compare as exact fractions
 * of a second. `shift` is a constant that `actual` is later by, in ticks of the expected time base;
 * `tolerance` is in the same ticks.
 *
 * @param {Packets} actual
 * @param {Packets} expected
 * @param {string} what
 */
export function sameTimes(actual, expected, what, { shift = 0, tolerance = 0 } = {}) {
  assert.equal(actual.list.length, expected.list.length, `${what}: number of packets`);
  const [a, e] = [actual.timeBase, expected.timeBase];
  // Both sides times the product of the denominators, so that everything stays an integer.
  /**
   * @param {number} mine
   * @param {number} theirs
   */
  const difference = (mine, theirs) => BigInt(mine) * a.num * e.den - (BigInt(theirs) + BigInt(shift)) * e.num * a.den;
  const allowed = BigInt(tolerance) * e.num * a.den;
  actual.list.forEach((packet, index) => {
    for (const stamp of /** @type {const} */ (['pts', 'dts'])) {
      const [mine, theirs] = [packet[stamp], expected.list[index][stamp]];
      const off = difference(mine, theirs);
      assert.ok(
        (off < 0n ? -off : off) <= allowed,
        `${what}: ${stamp} of packet ${index} is ${mine} of ${a.num}/${a.den} s, expected ${theirs} (+ ${shift}) of ${e.num}/${e.den} s`,
      );
    }
    assert.equal(packet.key, expected.list[index].key, `${what}: packet ${index} a key frame`);
  });
}

// --- Other people's decryptors -------------------------------------------------------------------

/**
 * Decrypts one track by Shaka Packager; gives the path of the clear file.
 *
 * @param {string} path
 * @param {string} kind
 */
export async function decryptedByShaka(path, kind, { kid = KID, key = KEY } = {}) {
  const output = path.replace(/\.mp4$/, '.clear.mp4');
  const { status, stderr } = await run(SHAKA_PACKAGER, [
    `in=${path},stream=${kind},output=${output}`,
    '--enable_raw_key_decryption',
    '--keys',
    `label=:key_id=${kid}:key=${key}`,
  ]);
  assert.equal(status, 0, `Shaka Packager can't decrypt ${path}\n${stderr}`);
  return output;
}

/** The binary that the npm package `shaka-packager` carries for this machine. */
function shakaPackager() {
  const system = process.platform === 'darwin' ? 'osx' : process.platform === 'win32' ? 'win' : 'linux';
  const folder = dirname(createRequire(import.meta.url).resolve('shaka-packager/package.json'));
  const path = join(folder, 'bin', `packager-${system}-${process.arch}${system === 'win' ? '.exe' : ''}`);
  if (!existsSync(path)) {
    throw new Error(
      `The npm package shaka-packager holds no binary for ${process.platform} ${process.arch}: run these tests on Linux, macOS or Windows (x64).`,
    );
  }
  return path;
}

// --- MPD -----------------------------------------------------------------------------------------

/**
 * Asserts that an MPD is valid by the DASH schema at `schema`.
 *
 * @param {string} path
 * @param {string} schema
 */
export async function validMpd(path, schema) {
  const { status, stderr } = await run(XMLLINT, ['--nonet', '--noout', '--schema', schema, path]);
  assert.equal(status, 0, stderr);
}

/**
 * The values of an XPath expression in a document; names are matched by their local part.
 *
 * @param {string} path
 * @param {string} expression
 */
export async function xpath(path, expression) {
  const { status, stdout, stderr } = await run(XMLLINT, ['--nonet', '--xpath', expression, path]);
  // Status 10: the expression matches nothing.
  assert.ok(status === 0 || status === 10, stderr);
  return stdout.trim();
}
