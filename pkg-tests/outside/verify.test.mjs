// `tabpack verify` over what Shaka Packager 3.8 and ffmpeg 8 write. Each finding below was looked at and is true of the
// output; one more is a false alarm, one less a fault that is overlooked.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fixture, KEY, KID, run, tabpack, temporaryFolder } from '../node/support.mjs';
import { everything } from './python.mjs';
import { FFMPEG, PACKAGER, skip } from './streamer.mjs';

const FILM = fixture('bframes-1080p.mp4');
const KEYS = ['--enable_raw_key_encryption', '--keys', `label=:key_id=${KID}:key=${KEY}`];
/** Shaka Packager rotates key and id to the left, a byte each period. */
const rotated = (/** @type {string} */ hex, /** @type {number} */ by) => hex.slice(2 * by) + hex.slice(0, 2 * by);

/**
 * Shaka Packager's arguments for one track in segments, and in one file.
 *
 * @param {string} input
 * @param {'video' | 'audio'} kind
 */
const segments = (input, kind) =>
  `in=${input},stream=${kind},init_segment=${kind}/init.mp4,segment_template=${kind}/$Number$.m4s,playlist_name=${kind}.m3u8` +
  (kind === 'audio' ? ',hls_group_id=audio,hls_name=English' : '');
/**
 * @param {string} input
 * @param {'video' | 'audio'} kind
 * @param {string} [name]
 */
const single = (input, kind, name = kind) =>
  `in=${input},stream=${kind},output=${name}.mp4,playlist_name=${name}.m3u8` +
  (kind === 'audio' ? ',hls_group_id=audio,hls_name=English' : `,iframe_playlist_name=${name}-i.m3u8`);
const BOTH = ['--segment_duration', '2', '--mpd_output', 's.mpd', '--hls_master_playlist_output', 'm.m3u8'];
const LIVE = [segments(FILM, 'video'), segments(FILM, 'audio'), ...BOTH, '--generate_static_live_mpd'];
const ON_DEMAND = [single(FILM, 'video'), single(FILM, 'audio'), ...BOTH];

/** The digits of IV and KEYID are in lower case; RFC 8216 section 4.2 has A to F. */
const LOWER_CASE = 'RFC8216-4.2-hexadecimal-case';
/** Version 6 for playlists of key frames, which need 5. */
const VERSION = 'BIS-6.2.1-version-high';
/** With `cenc` alone, no DRM system named, no EXT-X-KEY is written. */
const NO_KEY = 'HLS_KEY_WRONG';
/** Of a multivariant playlist by ffmpeg's muxers. */
const FFMPEG_MASTER = ['APPLE-9.12-independent', 'APPLE-9.15-frame-rate'];

/**
 * Program, arguments, and the codes that are found.
 *
 * @type {Record<string, [program: 'packager' | 'ffmpeg', args: string[], codes: string[]]>}
 */
const OUTPUTS = {
  'cenc, on demand, clear lead': [
    'packager',
    [...ON_DEMAND, ...KEYS, '--protection_scheme', 'cenc', '--clear_lead', '4', '--protection_systems', 'Widevine'],
    [LOWER_CASE, VERSION],
  ],
  'cbcs, key rotation, clear lead': [
    'packager',
    [...LIVE, ...KEYS, '--protection_scheme', 'cbcs', '--crypto_period_duration', '4', '--clear_lead', '5'],
    [LOWER_CASE],
  ],
  'ffmpeg: dash, one file': ['ffmpeg', ['-f', 'dash', '-seg_duration', '2', '-single_file', '1', 's.mpd'], []],
  'ffmpeg: hls, AES-128': [
    'ffmpeg',
    ['-f', 'hls', '-hls_time', '2', '-hls_playlist_type', 'vod', '-hls_key_info_file', 'key.txt', 'm.m3u8'],
    [],
  ],
};
if (everything) {
  for (const scheme of ['cenc', 'cbcs']) {
    const of = ['--protection_scheme', scheme, ...KEYS];
    const systems = ['--protection_systems', 'Widevine,PlayReady,CommonSystem'];
    Object.assign(OUTPUTS, {
      [`${scheme}, live profile`]: ['packager', [...LIVE, ...of, ...systems, '--clear_lead', '0'], [LOWER_CASE]],
      [`${scheme}, live profile, clear lead`]: [
        'packager',
        [...LIVE, ...of, '--clear_lead', '4'],
        [scheme === 'cenc' ? NO_KEY : LOWER_CASE],
      ],
      [`${scheme}, a ladder`]: [
        'packager',
        [
          single(fixture('ladder-360p.mp4'), 'video', 'small'),
          single(fixture('ladder-720p.mp4'), 'video', 'large'),
          single(fixture('ladder-360p.mp4'), 'audio'),
          ...[...BOTH, ...of, ...systems],
        ],
        [LOWER_CASE, VERSION],
      ],
    });
    for (const name of ['hevc', 'av1']) {
      Object.assign(OUTPUTS, {
        [`${scheme}, ${name}`]: [
          'packager',
          [segments(fixture(`${name}.mp4`), 'video'), ...BOTH, ...of, ...systems, '--clear_lead', '0'],
          [LOWER_CASE],
        ],
      });
    }
    for (const name of ['ac3-51', 'opus', 'flac']) {
      Object.assign(OUTPUTS, {
        [`${scheme}, ${name}`]: [
          'packager',
          [segments(fixture(`audio/${name}.mp4`), 'audio'), ...BOTH, ...of, ...systems, '--clear_lead', '0'],
          [LOWER_CASE],
        ],
      });
    }
  }
  const vod = ['-hls_time', '2', '-hls_playlist_type', 'vod'];
  Object.assign(OUTPUTS, {
    clear: ['packager', ON_DEMAND, [VERSION]],
    'several fragments a segment': [
      'packager',
      [...LIVE, ...KEYS, '--protection_scheme', 'cbcs', '--clear_lead', '0', '--fragment_duration', '0.5'],
      [LOWER_CASE],
    ],
    'MPEG-TS': [
      'packager',
      [
        `in=${FILM},stream=video,segment_template=v/$Number$.ts,playlist_name=v.m3u8`,
        `in=${FILM},stream=audio,segment_template=a/$Number$.aac,playlist_name=a.m3u8,hls_group_id=audio,hls_name=English`,
        ...[
          '--segment_duration',
          '2',
          '--hls_master_playlist_output',
          'm.m3u8',
          '--protection_scheme',
          'cbcs',
          ...KEYS,
        ],
      ],
      [VERSION, LOWER_CASE],
    ],
    'ffmpeg: dash': ['ffmpeg', ['-f', 'dash', '-seg_duration', '2', 's.mpd'], []],
    'ffmpeg: dash by numbers': ['ffmpeg', ['-f', 'dash', '-seg_duration', '2', '-use_timeline', '0', 's.mpd'], []],
    'ffmpeg: dash with hls': [
      'ffmpeg',
      ['-f', 'dash', '-seg_duration', '2', '-hls_playlist', '1', 's.mpd'],
      [...FFMPEG_MASTER, 'APPLE-8.6-playlist-type', 'APPLE-9.14-average-bandwidth', VERSION],
    ],
    'ffmpeg: hls in fMP4': ['ffmpeg', ['-f', 'hls', ...vod, '-hls_segment_type', 'fmp4', 'm.m3u8'], [VERSION]],
    'ffmpeg: hls in one fMP4': [
      'ffmpeg',
      ['-f', 'hls', ...vod, '-hls_segment_type', 'fmp4', '-hls_flags', 'single_file', 'm.m3u8'],
      [VERSION],
    ],
    'ffmpeg: hls in MPEG-TS': ['ffmpeg', ['-f', 'hls', ...vod, 'm.m3u8'], []],
    'ffmpeg: hls in one MPEG-TS': ['ffmpeg', ['-f', 'hls', ...vod, '-hls_flags', 'single_file', 'm.m3u8'], []],
  });
}

describe('verify names what is wrong with the output of others, and nothing else', { skip }, () => {
  for (const [name, [program, args, codes]] of Object.entries(OUTPUTS)) {
    test(name, async (t) => {
      const folder = await temporaryFolder(t);
      if (program === 'ffmpeg') {
        await writeFile(join(folder, 'k.key'), Buffer.from(KEY, 'hex'));
        await writeFile(join(folder, 'key.txt'), 'k.key\nk.key\n');
      }
      const all = program === 'ffmpeg' ? ['-v', 'error', '-i', FILM, '-c', 'copy', ...args] : args;
      const made = await run(program === 'ffmpeg' ? FFMPEG : PACKAGER, all, { cwd: folder });
      assert.equal(made.status, 0, made.stderr);
      const keys = [0, 1, 2].flatMap((by) => ['--key', `${rotated(KID, by)}:${rotated(KEY, by)}`]);
      const { stdout, status } = await tabpack('verify', folder, keys, '--json');
      const report = JSON.parse(stdout);
      /** @type {Finding[]} */
      const findings = report.findings;
      const found = [...new Set(findings.map(({ code }) => code))].sort();
      const shown = findings.map(({ code, file, message }) => `${code} ${file}: ${message}`).join('\n');
      assert.deepEqual(found, [...codes].sort(), shown);
      assert.equal(status, findings.some(({ severity }) => severity === 'error') ? 1 : 0);
      assert.ok(report.samples > 30, `${report.samples} samples were read`);
      if (program === 'packager' && name !== 'clear') assert.ok(report.encrypted > 0);
      assert.equal(report.encrypted, report.decrypted, 'whatever is encrypted was decrypted');
    });
  }

  test('a fault in it is named', async (t) => {
    const folder = await temporaryFolder(t);
    const made = await run(PACKAGER, [...ON_DEMAND, ...KEYS, '--protection_scheme', 'cbcs'], { cwd: folder });
    assert.equal(made.status, 0, made.stderr);
    const path = join(folder, 'video.mp4');
    const bytes = await readFile(path);
    // Within the last picture, which is protected: its decrypted slice is no longer what the headers say.
    const senc = bytes.lastIndexOf('senc');
    bytes.writeUInt32BE(bytes.readUInt32BE(senc + 8) - 1, senc + 8);
    await writeFile(path, bytes);
    const { stdout, status } = await tabpack('verify', folder, '--key', `${KID}:${KEY}`, '--json');
    assert.equal(status, 1);
    const codes = JSON.parse(stdout).findings.map((/** @type {Finding} */ { code }) => code);
    assert.ok(codes.includes('AUXILIARY_WRONG'), codes.join(' '));
  });
});
