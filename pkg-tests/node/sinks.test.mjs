// Sinks that leave the machine or become one file, read by others: unzip, a server, streams of the platform's.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createWriteStream, existsSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { memory, Packager, TabpackError } from 'tabpack';
import { each, put, tar, zip } from 'tabpack/sinks';
import { needTool } from '../../scripts/tools.mjs';
import { listening } from '../listening.mjs';
import { filesBelow, fixture, KEY, KID, run, tabpack, temporaryFolder } from './support.mjs';

const UNZIP = needTool('unzip', 'unzip');
const CLIP = 'bframes-1080p.mp4';
/** @type {Options} */
const OPTIONS = { targets: ['cmaf', 'dash'], segmentDuration: 1, seed: '00112233445566778899aabbccddeeff' };
const isManifest = (/** @type {string} */ path) => /\.(mpd|m3u8)$/.test(path);
const digest = (/** @type {Uint8Array} */ bytes) => createHash('sha256').update(bytes).digest('hex');

/** What the same job gives in memory: paths with digests. */
async function expected() {
  const output = memory();
  const packager = await Packager.create();
  await packager.package(fixture(CLIP), { ...OPTIONS, output });
  return Object.fromEntries([...output.files].map(([path, bytes]) => [path, digest(bytes)]));
}

const package_ = async (/** @type {Sink} */ output, options = {}) =>
  (await Packager.create()).package(fixture(CLIP), { ...OPTIONS, ...options, output });

const rejection = async (/** @type {Promise<any>} */ promise) => {
  const error = await promise.then(
    () => assert.fail('it was to fail'),
    (/** @type {any} */ thrown) => thrown,
  );
  assert.ok(error instanceof TabpackError, String(error));
  return error;
};

// --- ZIP -----------------------------------------------------------------------------------------

test('a ZIP holds the same files, manifests last, into a Node stream and into a WritableStream', async (t) => {
  const folder = await temporaryFolder(t);
  const files = await expected();
  const streams = {
    node: (/** @type {string} */ path) => createWriteStream(path),
    web: (/** @type {string} */ path) => Writable.toWeb(createWriteStream(path)),
  };
  for (const [name, stream] of Object.entries(streams)) {
    const path = join(folder, `${name}.zip`);
    await package_(zip(stream(path), { folder: 'my film' }));
    const tested = await run(UNZIP, ['-t', path]);
    assert.equal(tested.status, 0, tested.stdout + tested.stderr);
    const listed = (await run(UNZIP, ['-Z1', path])).stdout.trim().split('\n');
    const first = listed.findIndex(isManifest);
    assert.ok(first > 0 && listed.slice(first).every(isManifest), 'manifests are last');
    await run(UNZIP, ['-q', path, '-d', join(folder, name)]);
    const found = Object.entries(await filesBelow(join(folder, name))).map(([file, bytes]) => [file, digest(bytes)]);
    assert.deepEqual(
      Object.fromEntries(found),
      Object.fromEntries(Object.entries(files).map(([file, hash]) => [`my film/${file}`, hash])),
    );
  }
});

test('a ZIP of 70,000 files has a ZIP64 directory that unzip reads', async (t) => {
  const path = join(await temporaryFolder(t), 'many.zip');
  const sink = zip(createWriteStream(path));
  const body = Buffer.from('x');
  for (let n = 0; n < 70_000; n += 1) await sink.write(`${n}`, body);
  await sink.finish();
  const { status, stdout, stderr } = await run(UNZIP, ['-tqq', path]);
  assert.equal(status, 0, stdout + stderr);
  assert.equal((await run(UNZIP, ['-Z1', path])).stdout.trim().split('\n').length, 70_000);
});

test('a ZIP of more than 4 GiB, and an entry of more than 4 GiB, are read by unzip', async (t) => {
  const path = join(await temporaryFolder(t), 'large.zip');
  const file = await open(path, 'w');
  t.after(() => file.close());
  // Pieces of zeros are left out: the file is as large as the archive, and takes a few kB of the disk.
  let size = 0;
  let kept = 0;
  const zeros = Buffer.alloc(4 << 20);
  const stream = new WritableStream({
    write: async (bytes) => {
      if (!(bytes.length === zeros.length && zeros.equals(bytes))) {
        await file.write(bytes, 0, bytes.length, size);
        kept += bytes.length;
      }
      size += bytes.length;
    },
    close: () => file.truncate(size),
  });
  const sink = zip(stream);
  // A Blob that says it is large, and gives zeros: 1,025 pieces of 4 MiB.
  const large = new Blob();
  Object.defineProperties(large, {
    size: { value: 1025 * zeros.length },
    slice: {
      value: (/** @type {number} */ from, /** @type {number} */ to) => ({
        arrayBuffer: async () => zeros.buffer.slice(zeros.byteOffset, zeros.byteOffset + to - from),
      }),
    },
  });
  await sink.add('large.mp4', large);
  await sink.write('behind/4 GiB.txt', Buffer.from('I lie behind it.'));
  await sink.finish();
  assert.ok(size > 2 ** 32 && kept < 10_000, `${size} bytes, ${kept} of them written`);
  // The CRC of so many zeros is unzip's to find out.
  const { status, stdout, stderr } = await run(UNZIP, ['-t', path]);
  assert.equal(status, 0, stdout + stderr);
  const listed = (await run(UNZIP, ['-l', path])).stdout;
  assert.match(listed, /4299161600 .*large\.mp4/);
  assert.equal((await run(UNZIP, ['-p', path, 'behind/4 GiB.txt'])).stdout, 'I lie behind it.');
});

test('a ZIP stream that fails ends the job, and a full disk has its code', async () => {
  for (const [make, code] of /** @type {[make: () => import('tabpack/sinks').ByteStream, code: string][]} */ ([
    [
      () =>
        new WritableStream({
          write: () => {
            throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
          },
        }),
      'OUTPUT_NO_SPACE',
    ],
    [() => new Writable({ write: (_, __, done) => done(new Error('gone')) }), 'OUTPUT_WRITE_FAILED'],
  ]))
    assert.equal((await rejection(package_(zip(make())))).code, code);
});

// --- tar -----------------------------------------------------------------------------------------

test('a tar holds the same files, manifests last, also where names are long or in any script', async (t) => {
  const folder = await temporaryFolder(t);
  const files = await expected();
  for (const name of ['my film', `${'long '.repeat(24)}name`, '映画']) {
    const path = join(folder, 'out.tar');
    await package_(tar(createWriteStream(path), { folder: name }));
    const listed = (await run('tar', ['-tf', path])).stdout.trim().split('\n');
    const first = listed.findIndex(isManifest);
    assert.ok(first > 0 && listed.slice(first).every(isManifest), 'manifests are last');
    const { status, stderr } = await run('tar', ['-xf', path, '-C', folder]);
    assert.deepEqual([status, stderr], [0, '']);
    const found = Object.entries(await filesBelow(join(folder, name))).map(([file, bytes]) => [file, digest(bytes)]);
    assert.deepEqual(Object.fromEntries(found), files);
  }
});

test('single files are refused by sinks that can’t go back', async () => {
  const none = () => assert.fail('nothing is handed over');
  for (const sink of [
    zip(new WritableStream({ write: none })),
    tar(new WritableStream({ write: none })),
    put('http://127.0.0.1:1/'),
    each(none),
  ]) {
    const error = await rejection(package_(sink, { singleFile: true }));
    assert.deepEqual([error.code, error.number, error.place.option], ['OPTION_INVALID', 1102, 'singleFile']);
  }
});

test('the command line writes a ZIP, never over one that is there, and leaves none that failed', async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'out.zip');
  assert.equal((await tabpack('package', fixture(CLIP), '-o', path)).status, 0);
  const before = await readFile(path);
  const again = await tabpack('package', fixture(CLIP), '-o', path);
  assert.match(again.stderr, /OUTPUT_EXISTS/);
  assert.ok(before.equals(await readFile(path)));
  const failed = await tabpack('package', fixture('bad/truncated-moov.mp4'), '-o', join(folder, 'bad.zip'));
  assert.equal(failed.status, 1);
  assert.ok(!existsSync(join(folder, 'bad.zip')));
});

// --- PUT -----------------------------------------------------------------------------------------

/**
 * A server that keeps what is put; `answer` may give a status in place of 201, or `null` to hang up.
 *
 * @param {TestContext} t
 * @param {(count: number, path: string) => number | null} [answer]
 */
async function storage(t, answer = () => 201) {
  const kept = new Map();
  /** @type {{ path: string; search: string; method: string | undefined; headers: import('http').IncomingHttpHeaders }[]} */
  const requests = [];
  let now = 0;
  let most = 0;
  const server = createServer((request, response) => {
    now += 1;
    most = Math.max(most, now);
    /** @type {Buffer[]} */
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    response.on('close', () => {
      now -= 1;
    });
    request.on('end', () => {
      const { pathname, search } = new URL(request.url ?? '/', 'http://localhost');
      const path = decodeURIComponent(pathname);
      requests.push({ path, search, method: request.method, headers: request.headers });
      const status = answer(requests.length, path);
      if (status === null) return void request.socket.destroy();
      if (status < 300) kept.set(path, Buffer.concat(chunks));
      // Answered a little later, so that requests that may overlap do.
      setTimeout(() => response.writeHead(status).end('secret words of the server'), 40);
    });
  });
  const port = await listening(server);
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${port}`, kept, requests, most: () => most };
}

test('PUT: all files arrive at a server that fails every third request, manifests last', async (t) => {
  const failures = [500, 429, 503, null];
  const server = await storage(t, (/** @type {number} */ count) =>
    count % 3 === 0 ? failures[(count / 3) % failures.length] : 201,
  );
  await package_(
    put(`${server.url}/a folder/`, { retryDelay: 1, concurrency: 3, attempts: 8, headers: { 'X-Token': 'hidden' } }),
  );
  const found = Object.fromEntries(
    [...server.kept].map(([path, bytes]) => [path.replace('/a folder/', ''), digest(bytes)]),
  );
  assert.deepEqual(found, await expected());
  assert.ok(
    server.requests.some((_, index) => (index + 1) % 3 === 0),
    'some failed',
  );
  assert.ok(server.most() > 1 && server.most() <= 3, `${server.most()} requests at one time`);
  const order = [...server.kept.keys()];
  const first = server.requests.findIndex(({ path }) => isManifest(path));
  assert.ok(order.slice(order.findIndex(isManifest)).every(isManifest), 'manifests arrive last');
  assert.ok(
    server.requests.slice(first).every(({ path }) => isManifest(path)),
    'and are sent when all else has arrived',
  );
  assert.ok(server.requests.every(({ method, headers }) => method === 'PUT' && headers['x-token'] === 'hidden'));
  assert.equal(
    server.requests.find(({ path }) => path.endsWith('.mpd')).headers['content-type'],
    'application/dash+xml',
  );
});

test('PUT: a function gives each file’s address anew for each attempt', async (t) => {
  const server = await storage(t, (/** @type {number} */ count) => (count === 1 ? 503 : 200));
  /** @type {any[]} */
  const asked = [];
  await package_(
    put(
      ({ path, size, type }) => {
        asked.push(path);
        assert.ok(size > 0 && type.includes('/'));
        return { url: `${server.url}/${path}?signature=${asked.length}`, headers: { 'X-Signed': path } };
      },
      { retryDelay: 1, concurrency: 1 },
    ),
  );
  assert.equal(asked[0], asked[1], 'the first was asked for twice');
  assert.deepEqual(
    server.requests.map(({ search }) => search),
    asked.map((_, index) => `?signature=${index + 1}`),
  );
  assert.deepEqual(
    server.requests.map(({ headers }) => headers['x-signed']),
    asked,
  );
});

test('PUT: a refusal ends the job at once, and no error has what is secret', async (t) => {
  const server = await storage(t, (/** @type {number} */ _, /** @type {string} */ path) =>
    path.includes('cmaf/video-1/3') ? 403 : 201,
  );
  const secrets = { user: 'ann', password: 'p4ssw0rd', query: 'sig=s3cret' };
  const url = server.url.replace('//', `//${secrets.user}:${secrets.password}@`);
  const error = await rejection(
    package_(put(`${url}/?${secrets.query}`, { retryDelay: 1, headers: { 'X-Token': 'hidden' } })),
  );
  assert.deepEqual([error.code, error.number], ['OUTPUT_SERVER_ERROR', 2002]);
  assert.match(error.message, /403.*cmaf\/video-1\/3\.m4s/);
  const told = JSON.stringify({ ...error, message: error.message, stack: error.stack });
  for (const secret of ['p4ssw0rd', 's3cret', 'hidden', 'secret words']) assert.ok(!told.includes(secret), secret);
  assert.equal(
    server.requests.filter(({ path }) => path.includes('cmaf/video-1/3')).length,
    1,
    'a refusal isn’t tried again',
  );
  assert.ok(!server.requests.some(({ path }) => isManifest(path)), 'no manifest was sent');
  const basic = `Basic ${Buffer.from(`${secrets.user}:${secrets.password}`).toString('base64')}`;
  assert.ok(
    server.requests.every(({ headers, search }) => headers.authorization === basic && search === `?${secrets.query}`),
  );
});

test('PUT: a server that isn’t there, and an abort while one is silent', async (t) => {
  const closed = await storage(t);
  const unused = createServer();
  const unusedPort = await listening(unused);
  await new Promise((resolve) => unused.close(resolve));
  const error = await rejection(package_(put(`http://127.0.0.1:${unusedPort}/`, { retryDelay: 1, attempts: 2 })));
  assert.deepEqual([error.code, error.number], ['OUTPUT_SERVER_UNREACHABLE', 2001]);

  const controller = new AbortController();
  const silent = createServer((request) => request.on('data', () => controller.abort(new Error('enough'))));
  const port = await listening(silent);
  t.after(() => {
    silent.close();
    silent.closeAllConnections();
  });
  const sink = put(`http://127.0.0.1:${port}/`, { concurrency: 1 });
  await assert.rejects(package_(sink, { signal: controller.signal, onProgress: () => undefined }), /enough/);
  assert.equal(closed.requests.length, 0);
});

test('PUT by the command line: headers from the environment, and no secret on the terminal', async (t) => {
  const server = await storage(t);
  process.env.TABPACK_TEST_HEADER = 'Bearer h1dden';
  t.after(() => {
    delete process.env.TABPACK_TEST_HEADER;
  });
  const { status, stdout, stderr } = await tabpack(
    'package',
    fixture(CLIP),
    '-o',
    `${server.url}/out/?sig=s3cret`,
    '--key',
    `${KID}:${KEY}`,
    '--put-header',
    'Authorization: @TABPACK_TEST_HEADER',
  );
  assert.equal(status, 0, stderr);
  assert.ok(server.kept.has('/out/cmaf/stream.mpd'));
  assert.ok(server.requests.every(({ headers }) => headers.authorization === 'Bearer h1dden'));
  assert.match(stdout, /\/out\/cmaf\/stream\.mpd/);
  assert.ok(!/h1dden|s3cret/.test(stdout + stderr));
});

// --- A function per file -------------------------------------------------------------------------

test('each file is handed to a function, or written to the stream that it gives', async () => {
  const files = await expected();
  /** @type {Record<string, string>} */
  const found = {};
  let now = 0;
  await package_(
    each(async ({ path, size, type }, bytes) => {
      now += 1;
      assert.equal(now, 1, 'what it promises is waited for');
      await new Promise((resolve) => setTimeout(resolve, 1));
      now -= 1;
      assert.ok(bytes.length === size && type.includes('/'));
      if (path.endsWith('.m4s')) {
        /** @type {Uint8Array[]} */
        const chunks = [];
        return new WritableStream({
          write: (chunk) => void chunks.push(chunk),
          close: () => {
            found[path] = digest(Buffer.concat(chunks));
          },
        });
      }
      found[path] = digest(bytes);
    }),
  );
  assert.deepEqual(found, files);
});

test('a stream that is under way is aborted when the job is', async () => {
  const controller = new AbortController();
  let aborted = 0;
  const sink = each(
    () =>
      new WritableStream({
        // It ends when it is told to, and never else.
        write: (_, { signal }) =>
          new Promise((resolve) => {
            signal.addEventListener('abort', () => resolve(undefined));
            controller.abort(new Error('enough'));
          }),
        abort: () => {
          aborted += 1;
        },
      }),
  );
  await assert.rejects(package_(sink, { signal: controller.signal }), /enough/);
  assert.equal(aborted, 1);
});
