// Previews: each file that is asked for is that of the job, and what can't be had is refused in words.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { memory, Packager, TabpackError } from 'tabpack';
import { CREDENTIALS, start, titleKey } from '../key-server/server.mjs';
import { fixture, KEY, KID, temporaryFolder, validMpd, xpath } from './support.mjs';

const CLIP = fixture('bframes-1080p.mp4');
/** @type {Options} */
const OPTIONS = {
  targets: ['cmaf', 'dash', 'hls'],
  segmentDuration: 2,
  key: `${KID}:${KEY}`,
  seed: '00112233445566778899aabbccddeeff',
};
const isManifest = (/** @type {string} */ path) => /\.(mpd|m3u8)$/.test(path);
const withoutRates = (/** @type {string} */ text) =>
  text.replace(/^#EXT-X-I-FRAME-STREAM-INF.*\n/gm, '').replace(/(bandwidth="|BANDWIDTH=)\d+/g, '$1');

/**
 * The files of a job, by their paths.
 *
 * @param {import('tabpack').Input | readonly import('tabpack').Input[]} input
 * @param {Options} options
 */
async function packaged(input, options) {
  const output = memory();
  const packager = await Packager.create();
  const result = await packager.package(input, { ...options, output });
  return { files: output.files, result };
}

/**
 * @param {TestContext} t
 * @param {import('tabpack').Input | readonly import('tabpack').Input[]} input
 * @param {import('tabpack').PreviewOptions | undefined} options
 */
async function previewed(t, input, options) {
  const preview = await (await Packager.create()).preview(input, options);
  t.after(() => preview.close());
  return preview;
}

/**
 * @param {Promise<any>} promise
 * @param {string} code
 */
async function rejection(promise, code) {
  const error = await promise.then(
    () => assert.fail('it was to fail'),
    (thrown) => thrown,
  );
  assert.ok(error instanceof TabpackError, String(error));
  assert.equal(error.code, code);
  return error;
}

/**
 * Compares every file with the job's: segments and init segments as they are, manifests but for their bandwidths.
 *
 * @param {import('tabpack').Preview} preview
 * @param {{ files: ReadonlyMap<string, Uint8Array>, result: PackageResult }} options1
 */
async function sameAsPackaged(preview, { files, result }) {
  assert.deepEqual(preview.manifests, result.manifests);
  assert.deepEqual(preview.keys, result.keys);
  assert.deepEqual(preview.tracks, result.report.tracks);
  const types = new Map(result.files.map(({ path, type }) => [path, type]));
  let segments = 0;
  for (const [path, expected] of files) {
    // Where key frames end is known when they are rendered: a preview lists none.
    if (path.endsWith('i-frames.m3u8')) continue;
    const { bytes, type } = await preview.read(path);
    assert.equal(type, types.get(path), path);
    if (isManifest(path)) {
      assert.equal(withoutRates(Buffer.from(bytes).toString()), withoutRates(Buffer.from(expected).toString()), path);
    } else {
      assert.ok(Buffer.from(bytes).equals(Buffer.from(expected)), path);
      segments += 1;
    }
  }
  return segments;
}

describe('a preview', () => {
  test('gives each file of the job, in any order and side by side', async (t) => {
    const job = await packaged(CLIP, OPTIONS);
    const preview = await previewed(t, CLIP, OPTIONS);
    assert.ok((await sameAsPackaged(preview, job)) > 40);
    const paths = [...job.files.keys()].filter((path) => !isManifest(path)).reverse();
    const all = await Promise.all(paths.map((path) => preview.read(path)));
    for (const [index, { bytes }] of all.entries()) {
      assert.ok(Buffer.from(bytes).equals(Buffer.from(job.files.get(paths[index]) ?? [])), paths[index]);
    }
  });

  test('reads renditions, other containers, bytes and random access as a job does', async (t) => {
    const ladder = [fixture('ladder-360p.mp4'), fixture('ladder-720p.mp4')];
    const two = { ...OPTIONS, seed: '02' }; // IVs of their own
    await sameAsPackaged(await previewed(t, ladder, two), await packaged(ladder, two));
    const webm = await readFile(fixture('inputs/vp9-opus.webm'));
    const { key: _, ...rest } = OPTIONS;
    /** @type {Options} */
    const options = { ...rest, scheme: 'cenc' };
    const access = {
      name: 'a.webm',
      size: webm.length,
      read: async (/** @type {number} */ offset, /** @type {number} */ length) =>
        new Uint8Array(webm.subarray(offset, offset + length)),
    };
    await sameAsPackaged(await previewed(t, access, options), await packaged(new Uint8Array(webm), options));
  });

  test('decrypts a protected input', async (t) => {
    const first = await packaged(CLIP, { ...OPTIONS, targets: ['dash'], singleFile: true });
    const input = first.files.get('dash/video-1.mp4') ?? assert.fail();
    /** @type {Options} */
    const again = {
      targets: ['cmaf'],
      segmentDuration: 2,
      decryptionKeys: [`${KID}:${KEY}`],
      key: `${KEY}:${KID}`,
      seed: '01',
    };
    await sameAsPackaged(await previewed(t, input, again), await packaged(input, again));
    await rejection((await Packager.create()).preview(input, { ...again, decryptionKeys: [] }), 'MP4_ENCRYPTED');
  });

  test('has the keys of a key server', async (t) => {
    const server = await start();
    t.after(() => server.close());
    /** @type {import('tabpack').KeyServer} */
    const keyServer = {
      service: 'doverunner',
      url: `${server.url}/v2/cpix/doverunner/getKey/`,
      token: CREDENTIALS.token,
      contentId: 'preview-1',
    };
    const preview = await previewed(t, CLIP, { targets: ['dash'], keyServer });
    assert.deepEqual(
      preview.keys.map(({ key }) => key.hex),
      [titleKey('preview-1', 'HD').key.toString('hex')],
    );
    assert.match(
      Buffer.from((await preview.read('dash/stream.mpd')).bytes).toString(),
      /edef8ba9-79d6-4ace-a3c8-27dcd51d21ed/i,
    );
  });

  test('has bandwidths that lie at most 2 % over those of the job', async (t) => {
    const folder = await temporaryFolder(t);
    const job = await packaged(CLIP, OPTIONS);
    const preview = await previewed(t, CLIP, OPTIONS);
    const rates = async (/** @type {string} */ name, /** @type {Uint8Array} */ bytes) => {
      const path = join(folder, name);
      await writeFile(path, bytes);
      if (process.env.TABPACK_XSD) await validMpd(path, process.env.TABPACK_XSD);
      return (await xpath(path, '//@bandwidth')).match(/\d+/g).map(Number);
    };
    const before = await rates('before.mpd', (await preview.read('cmaf/stream.mpd')).bytes);
    const after = await rates('after.mpd', job.files.get('cmaf/stream.mpd') ?? assert.fail());
    assert.equal(before.length, 2);
    for (const [index, rate] of before.entries()) {
      assert.ok(rate >= after[index] && rate <= after[index] * 1.02, `${rate} for ${after[index]}`);
    }
  });

  test('refuses a path that no file has, and single files', async (t) => {
    const preview = await previewed(t, CLIP, { ...OPTIONS, targets: ['dash'] });
    for (const path of [
      '',
      'dash',
      'dash/video-1/99.m4s',
      'cmaf/stream.mpd',
      '../dash/stream.mpd',
      'dash/master.m3u8',
    ]) {
      const { number, errorClass } = await rejection(preview.read(path), 'OUTPUT_NOT_FOUND');
      assert.deepEqual([number, errorClass], [1201, 'usage']);
    }
    await rejection(
      (await Packager.create()).preview(CLIP, /** @type {any} */ ({ ...OPTIONS, singleFile: true })),
      'OPTION_INVALID',
    );
    await rejection((await Packager.create()).preview([], OPTIONS), 'OPTION_MISSING');
  });

  test('ends when it is closed', async (t) => {
    const preview = await previewed(t, CLIP, OPTIONS);
    const waiting = ['cmaf/video-1/1.m4s', 'dash/video-1/2.m4s'].map((path) =>
      rejection(preview.read(path), 'PREVIEW_CLOSED'),
    );
    preview.close();
    await Promise.all(waiting);
    await rejection(preview.read('cmaf/video-1/1.m4s'), 'PREVIEW_CLOSED');
    preview.close();
  });

  test('ends with its signal, and a read with its own', async (t) => {
    const packager = await Packager.create();
    const reason = new Error('enough');
    await assert.rejects(packager.preview(CLIP, { ...OPTIONS, signal: AbortSignal.abort(reason) }), reason);

    const opening = new AbortController();
    const slow = { name: 'slow.mp4', size: 100, read: () => new Promise(() => undefined) };
    const opened = packager.preview(slow, { ...OPTIONS, signal: opening.signal });
    opening.abort(reason);
    await assert.rejects(opened, reason);

    const life = new AbortController();
    const preview = await previewed(t, CLIP, { ...OPTIONS, signal: life.signal });
    const reading = new AbortController();
    const read = preview.read('cmaf/video-1/1.m4s', reading.signal);
    reading.abort(reason);
    await assert.rejects(read, reason);
    assert.ok((await preview.read('cmaf/video-1/1.m4s')).bytes.length > 1000, 'others go on');
    life.abort(reason);
    await assert.rejects(preview.read('cmaf/video-1/1.m4s'), reason);
  });

  test('takes its counters: another content is not encrypted with them, the same one is', async (t) => {
    /** @type {Options} */
    const options = { targets: ['dash'], key: `ab${KID.slice(2)}:${KEY}`, iv: '0011223344556677' };
    await previewed(t, CLIP, options);
    await packaged(CLIP, options);
    await rejection(packaged(fixture('ladder-360p.mp4'), options), 'IV_REUSED');
  });
});
