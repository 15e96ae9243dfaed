// Jobs that are interrupted go on: what they give in the end is what they give uninterrupted, byte for byte.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { folder, memory, Packager, TabpackError, unfinished } from 'tabpack';
import { filesBelow, fixture, KEY, KID, tabpack, temporaryFolder } from './support.mjs';

const CLIP = fixture('bframes-1080p.mp4');
const JOURNAL = 'tabpack-journal.jsonl';
const KEY_OPTION = `${KID}:${KEY}`;
const CHILD = fileURLToPath(new URL('interrupted.mjs', import.meta.url));
/**
 * 24 media segments of 6 steps, behind 4 init segments.
 *
 * @type {Options}
 */
const OPTIONS = { targets: ['cmaf', 'dash'], segmentDuration: 2, key: KEY_OPTION };

const package_ = async (
  /** @type {Sink} */ output,
  /** @type {Partial<Record<keyof Options, unknown>>} */ options = {},
) => (await Packager.create()).package(CLIP, /** @type {PackageOptions} */ ({ ...OPTIONS, ...options, output }));

/**
 * Runs a job in a process of its own that kills itself in the middle of its n-th write: half of that is on the disk.
 *
 * @param {string} path
 * @param {number} writes
 */
async function killed(path, writes, options = {}) {
  const child = spawn(
    process.execPath,
    [CHILD, CLIP, path, String(writes), JSON.stringify({ ...OPTIONS, ...options })],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const [, signal] = await new Promise((resolve) => child.once('close', (...ended) => resolve(ended)));
  assert.equal(signal, 'SIGKILL', 'it was interrupted');
  assert.ok(existsSync(join(path, JOURNAL)));
}

/**
 * What an uninterrupted job gives that draws the same IVs: the seed that the journal has is that job's.
 *
 * @param {string} path
 */
async function uninterrupted(path, options = {}) {
  const { seed } = JSON.parse((await readFile(join(path, JOURNAL), 'utf8')).split('\n')[0]);
  const output = memory();
  await package_(output, { seed, ...options });
  return Object.fromEntries([...output.files].map(([file, bytes]) => [file, Buffer.from(bytes)]));
}

/** @param {Promise<unknown>} promise */
async function rejection(promise) {
  const error = await promise.then(
    () => assert.fail('it was to fail'),
    (thrown) => thrown,
  );
  assert.ok(error instanceof TabpackError, String(error));
  return error;
}

const sorted = (/** @type {Record<string, Buffer>} */ files) => Object.keys(files).sort();

for (const [when, writes] of /** @type {[when: string, writes: number][]} */ ([
  ['early', 11],
  ['in the middle', 18],
  ['late', 27],
])) {
  for (const singleFile of [false, true]) {
    test(`a process killed ${when}${singleFile ? ', single files' : ''}: the job goes on, and gives the same bytes`, async (t) => {
      const path = join(await temporaryFolder(t), 'out');
      // Single files have no init segments of their own.
      await killed(path, singleFile ? writes - 4 : writes, { singleFile });
      const expected = await uninterrupted(path, { singleFile });
      const steps = (await readFile(join(path, JOURNAL), 'utf8')).trim().split('\n').length - 1;
      assert.ok(steps > 0, 'steps are in the journal');
      const { bytesDone, bytesTotal, keysNeeded, keys } = (await unfinished(folder(path))) ?? assert.fail();
      assert.ok(bytesDone > 0 && bytesDone < bytesTotal && keysNeeded);
      assert.deepEqual(keys, [{ label: null, period: 0, kid: KID }]);

      /** @type {any[]} */
      const begun = [];
      /** @type {any[]} */
      const lines = [];
      const result = await package_(folder(path), {
        singleFile,
        resume: true,
        onProgress: (/** @type {any} */ progress) => begun.push(progress),
        onLog: (/** @type {any} */ line) => lines.push(line),
      });
      const found = await filesBelow(path);
      assert.deepEqual(sorted(found), sorted(expected));
      for (const file of sorted(found)) assert.ok(found[file].equals(expected[file]), file);
      assert.deepEqual(result.files.map((file) => file.path).sort(), sorted(expected));
      assert.equal(
        result.report.outputBytes,
        Object.values(found).reduce((sum, bytes) => sum + bytes.length, 0),
      );
      assert.equal(
        begun.find(({ phase }) => phase === 'render').bytesDone,
        bytesDone,
        'what was done isn’t done again',
      );
      assert.ok(
        lines.some((line) => line.startsWith(`Resumed: ${steps} of`)),
        lines.join('\n'),
      );
    });
  }
}

test('what is cut short, gone or changed at the end is made again; a file that the journal lacks isn’t trusted', async (t) => {
  const path = join(await temporaryFolder(t), 'out');
  await killed(path, 26);
  const expected = await uninterrupted(path);
  const journal = (await readFile(join(path, JOURNAL), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const file = (/** @type {number} */ line, index = 0) => join(path, journal[line].written.files[index].path);
  await truncate(file(2), 100);
  await rm(file(3, 1));
  const last = await readFile(file(journal.length - 1));
  last[last.length - 1] ^= 1;
  await writeFile(file(journal.length - 1), last);
  await appendFile(join(path, JOURNAL), '{"step":11,"bytes":1,"written":{"files":[{"path":"cmaf/vid'); // a line cut short
  await mkdir(join(path, 'cmaf/video-1'), { recursive: true });
  await writeFile(join(path, 'cmaf/video-1/6.m4s'), 'not what the job would write');
  /** @type {any[]} */
  const lines = [];
  await package_(folder(path), { resume: true, onLog: (/** @type {any} */ line) => lines.push(line) });
  const found = await filesBelow(path);
  assert.deepEqual(sorted(found), sorted(expected));
  for (const name of sorted(found)) assert.ok(found[name].equals(expected[name]), name);
  assert.ok(
    lines.some((line) => line.startsWith(`Resumed: ${journal.length - 4} of`)),
    `${journal.length}: ${lines.join('\n')}`,
  );
});

test('another key, input or option, or no key, is refused, and nothing is changed', async (t) => {
  const path = join(await temporaryFolder(t), 'out');
  await killed(path, 15);
  const before = await filesBelow(path);
  /** @type {[options: object, input: string, code: string, message: RegExp][]} */
  const tries = [
    [{ key: undefined }, CLIP, 'KEY_MISSING', new RegExp(KID)],
    [{ key: `${KID}:${'0'.repeat(32)}` }, CLIP, 'RESUME_MISMATCH', /keys/],
    [{ key: `${'1'.repeat(32)}:${KEY}` }, CLIP, 'RESUME_MISMATCH', new RegExp(KID)],
    [{ segmentDuration: 3 }, CLIP, 'RESUME_MISMATCH', /options/],
    [{}, fixture('ladder-360p.mp4'), 'RESUME_MISMATCH', /bframes-1080p\.mp4 of \d+ bytes/],
  ];
  for (const [options, input, code, message] of tries) {
    const error = await rejection(
      (await Packager.create()).package(
        input,
        /** @type {PackageOptions} */ ({ ...OPTIONS, ...options, output: folder(path), resume: true }),
      ),
    );
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    assert.ok(!error.message.includes(KEY));
    assert.deepEqual(await filesBelow(path), before);
  }
});

test('what an interrupted job was told is known, but for secrets: with it and the keys the job goes on', async (t) => {
  const path = join(await temporaryFolder(t), 'out');
  const told = { clearLead: 3, cuePoints: [4], drm: { widevine: { provider: 'acme' } }, segmentNames: 'time' };
  await killed(path, 15, { ...told, seed: '00ff' });
  const expected = await uninterrupted(path, { ...told, seed: '00ff' });
  const { thumbnails, ...known } = (await unfinished(folder(path)))?.options ?? assert.fail();
  const { key, ...usual } = OPTIONS;
  assert.deepEqual({ thumbnails, ...known }, { thumbnails: false, ...usual, ...told });
  const packager = await Packager.create();
  await packager.package(CLIP, { ...known, key: KEY_OPTION, seed: '00ff', output: folder(path), resume: true });
  const found = await filesBelow(path);
  assert.deepEqual(sorted(found), sorted(expected));
  for (const name of sorted(found)) assert.ok(found[name].equals(expected[name]), name);
});

test('the journal has no key, unless random ones are to be kept', async (t) => {
  const path = join(await temporaryFolder(t), 'out');
  await killed(path, 15);
  const bytes = Buffer.from(KEY, 'hex');
  const text = await readFile(join(path, JOURNAL), 'utf8');
  for (const notation of [KEY, bytes.toString('base64').slice(0, 20), bytes.toString('base64url').slice(0, 20)])
    assert.ok(!text.includes(notation));

  for (const journal of [true, 'with-keys']) {
    const other = join(await temporaryFolder(t), 'out');
    await killed(other, 15, { key: undefined, journal });
    const head = JSON.parse((await readFile(join(other, JOURNAL), 'utf8')).split('\n')[0]);
    assert.equal(head.keySeed !== undefined, journal === 'with-keys');
    assert.equal((await unfinished(folder(other)))?.keysNeeded, journal === true);
    const going = package_(folder(other), { key: undefined, resume: true });
    if (journal === true) {
      assert.equal((await rejection(going)).code, 'KEY_MISSING');
      // From its seed for IVs no key can be drawn.
      const sink = memory();
      const { keys } = await package_(sink, { key: undefined, seed: head.seed });
      assert.notEqual(keys[0].kid.hex, head.keys[0].kid);
    } else {
      const { keys } = await going;
      assert.deepEqual(
        keys.map(({ kid }) => kid.hex),
        head.keys.map((/** @type {{ kid: string }} */ { kid }) => kid),
      );
      assert.ok(!existsSync(join(other, JOURNAL)), 'it goes with the job’s end');
    }
  }
});

test('a full disk ends the job as 1205 with its files kept, and it goes on when there is room', async (t) => {
  const path = join(await temporaryFolder(t), 'out');
  const sink = folder(path);
  let room = 12;
  const full = {
    ...sink,
    write: async (/** @type {string} */ file, /** @type {Uint8Array} */ bytes) => {
      room -= 1;
      if (room < 0) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
      await sink.write(file, bytes);
    },
  };
  const error = await rejection(package_(full, { journal: true }));
  assert.deepEqual([error.code, error.number], ['OUTPUT_NO_SPACE', 1205]);
  const expected = await uninterrupted(path);
  const left = await filesBelow(path);
  assert.ok(!sorted(left).some((file) => /\.(mpd|m3u8)$/.test(file)), 'nothing looks finished');
  for (const file of sorted(left))
    if (file !== JOURNAL) assert.ok(left[file].equals(expected[file]), `${file} is whole`);
  await package_(folder(path), { resume: true });
  assert.deepEqual(await filesBelow(path), expected);

  // Without a journal nothing is left.
  const other = join(await temporaryFolder(t), 'out');
  const plain = folder(other);
  room = 12;
  assert.equal(
    (
      await rejection(
        package_({
          ...full,
          discard: plain.discard,
          write: async (/** @type {string} */ file, /** @type {Uint8Array} */ bytes) => {
            room -= 1;
            if (room < 0) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
            await plain.write(file, bytes);
          },
        }),
      )
    ).code,
    'OUTPUT_NO_SPACE',
  );
  assert.ok(!existsSync(other));
});

test('a job that can’t fit isn’t begun, and the sentence has both figures', async (t) => {
  const path = join(await temporaryFolder(t), 'out');
  const sink = { ...folder(path), room: async () => 100_000 };
  const error = await rejection(package_(sink));
  assert.deepEqual([error.code, error.number], ['OUTPUT_NO_SPACE', 1205]);
  const { size } = await readFile(CLIP).then(({ length }) => ({ size: length * 2 }));
  const [, needed] = /needs about ([\d.]+) MB, but there is only room for 0\.1 MB/.exec(error.message) ?? [];
  assert.ok(Math.abs(Number(needed) * 1e6 - size) < size * 0.1, error.message);
  assert.ok(!existsSync(path));
});

test('an abort leaves nothing, of a new job and of one that went on', async (t) => {
  for (const resume of [false, true]) {
    const path = join(await temporaryFolder(t), 'out');
    if (resume) await killed(path, 12);
    const controller = new AbortController();
    const going = package_(folder(path), {
      journal: true,
      resume,
      signal: controller.signal,
      onProgress: (/** @type {{ segment: number }} */ { segment }) => {
        if (segment > 12) controller.abort(new Error('enough'));
      },
    });
    await assert.rejects(going, /enough/);
    assert.deepEqual(await filesBelow(path), {});
  }
});

test('a read that comes back after the job was aborted does no harm', async () => {
  const file = await readFile(CLIP);
  const controller = new AbortController();
  let late;
  const slow = {
    name: 'slow.mp4',
    size: file.length,
    read: async (/** @type {number} */ offset, /** @type {number} */ length) => {
      // Samples, no headers: they are read in a step.
      if (length > 20_000) {
        controller.abort(new Error('enough'));
        late = new Promise((resolve) => {
          setTimeout(resolve, 50);
        });
        await late;
      }
      return new Uint8Array(file.subarray(offset, offset + length));
    },
  };
  const packager = await Packager.create();
  await assert.rejects(packager.package(slow, { ...OPTIONS, output: memory(), signal: controller.signal }), /enough/);
  await late;
  const output = memory();
  await packager.package(CLIP, { ...OPTIONS, output });
  assert.ok(output.files.size > 20);
});

test('a job that is refused since files are there leaves no journal that could replace them', async (t) => {
  const path = join(await temporaryFolder(t), 'out');
  const own = join(path, 'cmaf', 'video-1', '1.m4s');
  await mkdir(dirname(own), { recursive: true });
  await writeFile(own, 'mine');
  for (const again of [[], ['--resume'], ['--resume']]) {
    const { status, stderr } = await tabpack('package', CLIP, '-o', path, '--key', KEY_OPTION, again);
    assert.equal(status, 1);
    assert.match(stderr, /^OUTPUT_EXISTS/);
    assert.deepEqual(Object.keys(await filesBelow(path)), ['cmaf/video-1/1.m4s']);
  }
  assert.equal(await readFile(own, 'utf8'), 'mine');
});

test('the command line keeps what a killed run wrote, and --resume goes on', async (t) => {
  const path = join(await temporaryFolder(t), 'out');
  const words = ['package', CLIP, '-o', path, '--cmaf', '--dash', '--segment-duration', '2', '--key', KEY_OPTION];
  await killed(path, 15);
  const expected = await uninterrupted(path);
  const without = await tabpack(words);
  assert.match(without.stderr, /OUTPUT_EXISTS/);
  assert.ok(existsSync(join(path, JOURNAL)), 'another job leaves the journal alone');
  const { status, stderr } = await tabpack(words, '--resume');
  assert.equal(status, 0, stderr);
  assert.deepEqual(await filesBelow(path), expected);
  // A job that is done leaves no journal, so there is nothing to resume.
  assert.match((await tabpack(words, '--resume')).stderr, /OUTPUT_EXISTS/);
});
