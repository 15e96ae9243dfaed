// Our pssh boxes and PlayReady Objects as pywidevine and pyplayready read them: in init segments, MPDs and playlists.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { find, parse, serialise } from '../fixtures/boxes.mjs';
import { filesBelow, fixture, KEY, KID, packaged, temporaryFolder } from '../node/support.mjs';
import { environment, everything } from './python.mjs';

const { python, skip } = await environment('drm');
const WIDEVINE = 'edef8ba9-79d6-4ace-a3c8-27dcd51d21ed';
const PLAYREADY = '9a04f079-9840-4286-ab92-e65be0885f95';
const COMMON = '1077efec-c0b2-4d02-ace3-3c1e52e2fb4b';

/**
 * @typedef {{ version: string, url: string | null, keys: { keyId: string, algorithm: string, checksum: boolean | null }[] }} Header
 * @typedef {{ fields: string[], keyIds: string[], algorithm: string, provider: string, contentId: string, scheme: string }} WidevineData
 * @typedef {{ system: string, version: number, keyIds: string[], widevine: WidevineData, headers: Header[] }} Read what it has
 *   depends on the system
 */

/**
 * What the two packages make of boxes and objects in base64.
 *
 * @param {string[]} boxes
 * @param {Record<string, string>} keys
 * @returns {Promise<Read[]>}
 */
async function read(boxes, keys) {
  const child = spawn(python, [fileURLToPath(new URL('read_drm.py', import.meta.url))], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(JSON.stringify(boxes.map((box) => ({ box, keys }))));
  let text = '';
  for await (const chunk of child.stdout) text += chunk;
  return JSON.parse(text);
}

/**
 * Everything that a folder of output says about DRM systems, by the file that says it: `pssh` boxes of `moov`, `cenc:pssh`
 * and `mspr:pro` of MPDs, `data:` URIs of playlists.
 *
 * @param {string} folder
 */
async function signalled(folder) {
  /** @type {{ file: string, box: string }[]} */
  const found = [];
  for (const [file, bytes] of Object.entries(await filesBelow(folder))) {
    const text = bytes.toString('utf8');
    if (file.endsWith('init.mp4')) {
      const { children } = find(parse(bytes), 'moov');
      for (const box of children.filter(({ type }) => type === 'pssh'))
        found.push({ file, box: serialise([box]).toString('base64') });
    } else if (file.endsWith('.mpd')) {
      for (const [, box] of text.matchAll(/<(?:cenc:pssh|mspr:pro)>([^<]+)</g)) found.push({ file, box });
    } else if (file.endsWith('.m3u8')) {
      for (const [, box] of text.matchAll(/URI="data:text\/plain[^"]*base64,([^"]+)"/g)) found.push({ file, box });
    }
  }
  return found;
}

/** The key of the sound, where there are several. */
const SOUND = { kid: 'e1d2c3b4a5968778695a4b3c2d1e0f00', key: '00112233445566778899aabbccddeeff' };
const ALGORITHM = { cenc: 'AESCTR', cbcs: 'AESCBC' };

/**
 * Of the keys a line each: whose header versions can say them.
 *
 * @type {[scheme: 'cenc' | 'cbcs', several: boolean, header: string | undefined, version: string][]}
 */
const CASES = [
  ['cenc', false, undefined, '4.0.0.0'],
  ['cbcs', true, undefined, '4.3.0.0'],
  ...(everything
    ? /** @type {[scheme: 'cenc' | 'cbcs', several: boolean, header: string | undefined, version: string][]} */ ([
        ['cenc', true, undefined, '4.0.0.0'],
        ['cenc', false, '4.1', '4.1.0.0'],
        ['cenc', true, '4.2', '4.2.0.0'],
        ['cenc', true, '4.3', '4.3.0.0'],
        ['cbcs', false, undefined, '4.3.0.0'],
      ])
    : []),
];

for (const [scheme, several, header, version] of CASES) {
  const words = `${scheme}, ${several ? 'a key for each track' : 'one key'}, header ${header ?? 'by default'}`;
  test(`pywidevine and pyplayready read what we write: ${words}`, { skip }, async (t) => {
    const folder = join(await temporaryFolder(t), 'out');
    const url = 'https://license.example/rightsmanager.asmx?a=1&b=<2>';
    const known = several ? { [KID]: KEY, [SOUND.kid]: SOUND.key } : { [KID]: KEY };
    const own = several
      ? ['--key', `VIDEO=${KID}:${KEY}`, '--key', `AUDIO=${SOUND.kid}:${SOUND.key}`]
      : ['--key', `${KID}:${KEY}`];
    const { report } = await packaged(fixture('bframes-1080p.mp4'), '-o', folder, '--cmaf', '--scheme', scheme, [
      ...own,
      ...['--drm', 'widevine,playready,common', '--widevine-provider', 'tabpack-test', '--content-id', 'Der Film'],
      ...['--playready-la-url', url, header === undefined ? [] : ['--playready-header', header]],
    ]);
    assert.deepEqual(
      report.tracks.map(({ kind }) => kind),
      ['video', 'audio'],
    );
    const found = await signalled(folder);
    const said = await read(
      found.map(({ box }) => box),
      known,
    );
    /** @type {Record<string, Set<string>>} */
    const named = {};
    for (const [index, { file }] of found.entries()) {
      const { system, version: box, keyIds, widevine, headers } = said[index];
      /** @param {string} keyId */
      const note = (keyId) => {
        assert.ok(keyId in known, `${file}: ${system} names ${keyId}`);
        named[file] = (named[file] ?? new Set()).add(keyId);
      };
      if (system === COMMON) {
        assert.equal(box, 1, file);
        keyIds.forEach(note);
      } else if (system === WIDEVINE) {
        assert.equal(box, 0, file);
        assert.deepEqual(
          [widevine.provider, widevine.contentId, widevine.scheme],
          ['tabpack-test', 'Der Film', scheme],
          file,
        );
        widevine.keyIds.forEach(note);
      } else {
        assert.ok(system === PLAYREADY || system === 'PlayReady Object', `${file}: ${system}`);
        assert.equal(headers.length, 1, file);
        const [{ version: written, url: address, keys: signed }] = headers;
        // One header holds all keys in the multivariant playlist, whose version has then to be able to.
        const list = signed.length > 1 && version < '4.2' ? '4.2.0.0' : version;
        assert.deepEqual([written, address], [list, url], file);
        for (const { keyId, algorithm, checksum } of signed) {
          assert.equal(algorithm, ALGORITHM[scheme], file);
          // PlayReady defines no checksum for AESCBC; for AESCTR, it is made again from the key.
          assert.equal(checksum, scheme === 'cenc' ? true : null, file);
          note(keyId);
        }
      }
    }
    const all = Object.keys(known).sort();
    for (const file of ['cmaf/stream.mpd', 'cmaf/master.m3u8']) assert.deepEqual([...named[file]].sort(), all, file);
    for (const { id, kind } of report.tracks) {
      const kid = several && kind === 'audio' ? SOUND.kid : KID;
      for (const file of [`cmaf/${id}/init.mp4`, `cmaf/${id}/media.m3u8`])
        assert.deepEqual([...named[file]], [kid], file);
    }
  });
}
