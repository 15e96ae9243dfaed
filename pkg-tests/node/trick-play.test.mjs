// The tracks of key frames that MPDs offer for winding.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  decryptedByShaka,
  fixture,
  fragmentFiles,
  joinedTrack,
  KEY,
  KID,
  packaged,
  packets,
  packetsOfFragments,
  playlist,
  sameBytes,
  tabpack,
  temporaryFolder,
  validMpd,
  xpath,
} from './support.mjs';

const INPUT = fixture('bframes-1080p.mp4');

/** @param {{ timeBase: { num: bigint, den: bigint }, list: Packet[] }} options */
const seconds = ({ timeBase: { num, den }, list }) =>
  list.map(({ pts }) => Number((BigInt(pts) * num * 1_000_000n) / den) / 1e6);

for (const scheme of ['cenc', 'cbcs', null]) {
  test(`the input's key frames at their times, ${scheme ?? 'not encrypted'}`, async (t) => {
    const folder = await temporaryFolder(t);
    const { report } = await packaged(
      INPUT,
      '-o',
      folder,
      '--dash',
      '--trick-play',
      '--segment-duration',
      4,
      scheme ? ['--scheme', scheme, '--key', `${KID}:${KEY}`] : '--no-encryption',
    );
    assert.deepEqual(
      report.tracks.map(({ id }) => id),
      ['video-1', 'audio-1', 'video-1-trick'],
    );

    const input = await packets(INPUT, 'video');
    const expected = { ...input, list: input.list.filter(({ key }) => key) };
    const trick = join(folder, 'dash/video-1-trick');
    const fragments = await fragmentFiles(trick, join(folder, 'trick'));
    const output = scheme
      ? await packetsOfFragments(fragments, 'video', '-decryption_key', KEY)
      : await packetsOfFragments(fragments, 'video');
    sameBytes(output, expected, 'by ffmpeg');
    assert.deepEqual(seconds(output), seconds(expected));
    if (scheme) {
      const joined = await joinedTrack(trick, join(folder, 'joined'));
      sameBytes(await packets(await decryptedByShaka(joined, 'video'), 'video'), expected, 'by Shaka Packager');
    }

    const mpd = join(folder, 'dash/stream.mpd');
    const set =
      '//*[local-name()="AdaptationSet"][*[local-name()="EssentialProperty" and @schemeIdUri="http://dashif.org/guidelines/trickmode"]]';
    assert.equal(await xpath(mpd, `string(${set}/*[local-name()="EssentialProperty"]/@value)`), '1');
    assert.equal(await xpath(mpd, `string(${set}/*[local-name()="Representation"]/@maxPlayoutRate)`), '48');
    if (process.env.TABPACK_XSD) await validMpd(mpd, process.env.TABPACK_XSD);
    const { status, stdout, stderr } = await tabpack(
      'verify',
      folder,
      '--source',
      INPUT,
      scheme ? ['--key', `${KID}:${KEY}`] : [],
    );
    assert.equal(status, 0, `${stdout}${stderr}`);
  });
}

test("playlists don't list them, and the hls target has none", async (t) => {
  const folder = await temporaryFolder(t);
  const { files } = await packaged(INPUT, '-o', folder, '--cmaf', '--hls', '--trick-play', '--no-encryption');
  const { variants } = await playlist(join(folder, 'cmaf/master.m3u8'));
  assert.ok(!variants.some(({ uri }) => uri.includes('trick')));
  assert.ok(files.some(({ path }) => path.startsWith('cmaf/video-1-trick/')));
  assert.ok(!files.some(({ path }) => path.startsWith('hls/video-1-trick/')));
  assert.ok(!(await readFile(join(folder, 'cmaf/master.m3u8'), 'utf8')).includes('trick'));
});
