// HLS with whole segments under AES-128: decrypted by ffmpeg's own reader of playlists, packet by packet.

import assert from 'node:assert/strict';
import { createDecipheriv } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import {
  fixture,
  KEY,
  KID,
  packaged,
  packets,
  playlist,
  sameBytes,
  sameTimes,
  tabpack,
  temporaryFolder,
} from './support.mjs';

const concurrency = availableParallelism();
const PAIR = `${KID}:${KEY}`;
const AES = ['--hls', '--hls-method', 'AES-128', '--key', PAIR, '--segment-duration', 2];

describe('HLS with AES-128', { concurrency }, () => {
  for (const [what, options] of Object.entries({
    'the sequence number as IV': [],
    'an IV for all segments': ['--iv', '000102030405060708090a0b0c0d0e0f'],
  })) {
    for (const name of ['bframes-1080p.mp4', 'hevc.mp4', 'audio/eac3-51.mp4']) {
      test(`${name}, ${what}: ffmpeg reads the playlists with the key file`, async (t) => {
        const folder = await temporaryFolder(t);
        const { report, files } = await packaged(fixture(name), '-o', folder, AES, options, '--hls-key-files');
        assert.deepEqual(report.schemes, { hls: 'aes-128' });
        assert.ok(files.some(({ path }) => path === `hls/${KID}.key`));
        assert.equal((await readFile(join(folder, `hls/${KID}.key`))).toString('hex'), KEY);
        for (const { id, kind } of report.tracks) {
          const path = join(folder, 'hls', id, 'media.m3u8');
          const { segments } = await playlist(path);
          assert.ok(segments.every(({ key }) => key?.method === 'AES-128' && key.uri === `../${KID}.key`));
          assert.ok(
            segments.every(({ key }) => (key?.iv === null || key?.iv === undefined) === (options.length === 0)),
          );
          const input = await packets(fixture(name), kind);
          // ffmpeg's readers of playlists take neither keys nor segments with these endings without being told.
          const output = await packets(path, kind, '-allowed_extensions', 'ALL');
          sameBytes(output, input, id);
          sameTimes(output, input, id);
        }
      });
    }
  }

  test('a segment is PKCS #7 under the key and its number, and the init segment is clear', async (t) => {
    const folder = await temporaryFolder(t);
    await packaged(
      fixture('slices.mp4'),
      '-o',
      join(folder, 'aes'),
      AES,
      '--hls-key-uri',
      'https://keys.example/{uuid}',
    );
    await packaged(
      fixture('slices.mp4'),
      '-o',
      join(folder, 'clear'),
      '--hls',
      '--no-encryption',
      '--segment-duration',
      2,
    );
    for (const track of ['video-1', 'audio-1']) {
      const names = (await readdir(join(folder, 'aes/hls', track))).filter((name) => name.endsWith('.m4s'));
      assert.ok(names.length >= 2);
      for (const name of names) {
        const iv = Buffer.alloc(16);
        iv.writeUInt32BE(Number.parseInt(name, 10) - 1, 12);
        const decipher = createDecipheriv('aes-128-cbc', Buffer.from(KEY, 'hex'), iv);
        const sealed = await readFile(join(folder, 'aes/hls', track, name));
        const opened = Buffer.concat([decipher.update(sealed), decipher.final()]);
        assert.deepEqual(opened, await readFile(join(folder, 'clear/hls', track, name)), `${track}/${name}`);
      }
      assert.deepEqual(
        await readFile(join(folder, 'aes/hls', track, 'init.mp4')),
        await readFile(join(folder, 'clear/hls', track, 'init.mp4')),
      );
      const text = await readFile(join(folder, 'aes/hls', track, 'media.m3u8'), 'utf8');
      assert.match(
        text,
        /^#EXT-X-KEY:METHOD=AES-128,URI="https:\/\/keys\.example\/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"$/m,
      );
      assert.ok(text.indexOf('#EXT-X-MAP') < text.indexOf('#EXT-X-KEY'), 'the key does not apply to the init segment');
      assert.ok(!text.includes(KEY));
    }
  });

  test('one file a track, keys that change, and a clear lead', async (t) => {
    const folder = await temporaryFolder(t);
    const name = 'bframes-1080p.mp4';
    const { report, keys } = await packaged(
      fixture(name),
      '-o',
      folder,
      '--hls',
      '--hls-method',
      'AES-128',
      '--hls-key-files',
      '--segment-duration',
      2,
      '--crypto-period',
      4,
      '--clear-lead',
      2,
      '--single-file',
    );
    assert.ok(keys.length >= 3);
    for (const { id, kind } of report.tracks) {
      const path = join(folder, 'hls', `${id}.m3u8`);
      const { segments } = await playlist(path);
      assert.ok(!segments[0].key || segments[0].key.method === 'NONE', 'the lead is clear');
      assert.equal(new Set(segments.slice(1).map(({ key }) => key?.uri)).size, 3, 'a key for each period');
      const whole = await readFile(join(folder, 'hls', `${id}.mp4`));
      const {
        segments: [{ map }],
      } = await playlist(path);
      const parts = [whole.subarray(0, map.byterange?.length)];
      for (const [
        index,
        {
          key,
          byterange: { offset, length },
        },
      ] of segments.entries()) {
        const bytes = whole.subarray(offset, offset + length);
        if (!key || key.method === 'NONE') {
          parts.push(bytes);
          continue;
        }
        const iv = Buffer.alloc(16);
        iv.writeUInt32BE(index, 12);
        const decipher = createDecipheriv('aes-128-cbc', await readFile(join(folder, 'hls', key.uri ?? '')), iv);
        parts.push(decipher.update(bytes), decipher.final());
      }
      const joined = join(folder, `${id}.mp4`);
      await writeFile(joined, Buffer.concat(parts));
      sameBytes(await packets(joined, kind), await packets(fixture(name), kind), id);
    }
  });

  test('what does not go together is refused with advice', async (t) => {
    const folder = join(await temporaryFolder(t), 'out');
    for (const [options, code] of /** @type {[options: string[], code: string][]} */ ([
      [[], 'OPTION_MISSING'],
      [['--hls-key-files', '--hls-key-uri', 'https://k.example/'], 'OPTION_INVALID'],
      [['--hls-key-files', '--iv', '0001020304050607'], 'IV_INVALID'],
    ])) {
      const { status, stderr } = await tabpack('package', fixture('audio-only.m4a'), '-o', folder, AES, options);
      assert.equal(status, 1);
      assert.match(stderr, new RegExp(code));
      await assert.rejects(readdir(folder));
    }
  });
});
