// Several inputs of one title: their order, and what is said of tracks.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { filesBelow, fixture, packaged, playlist, run, tabpack, temporaryFolder, XMLLINT } from './support.mjs';

/** English sound is in the video's file; the second file is said to be a German description. */
const INPUTS = [fixture('ladder-720p.mp4'), fixture('ladder-360p.mp4'), fixture('audio-only.m4a')];

test('the smallest pictures come first, and each sound has its language, name and purpose', async (t) => {
  const folder = await temporaryFolder(t);
  const { report } = await packaged(
    INPUTS,
    '-o',
    folder,
    '--no-encryption',
    '--segment-duration',
    2,
    '--track',
    '1.audio:language=eng,role=main',
    '--track',
    '2.audio:language=en,role=main',
    '--track',
    '3:language=de-AT,role=alternate+description,label=Hörfilm, für alle',
  );
  assert.deepEqual(
    report.tracks.map(({ id, width, language, label }) => [id, width, language, label]),
    [
      ['video-1', 640, null, null],
      ['video-2', 1280, null, null],
      ['audio-1', undefined, 'en', null],
      ['audio-2', undefined, 'de-AT', 'Hörfilm, für alle'],
    ],
  );
  assert.ok(
    report.warnings.some((warning) => warning.includes('its sound is left out')),
    report.warnings.join('\n'),
  );

  const mpd = await readFile(join(folder, 'cmaf/stream.mpd'), 'utf8');
  const sets = mpd.split('<AdaptationSet').slice(2);
  assert.match(sets[0], /lang="en".*Role[^>]*value="main"/s);
  assert.match(
    sets[1],
    /lang="de-AT".*<Label>Hörfilm, für alle<\/Label>.*AudioPurposeCS:2007" value="1".*value="alternate".*value="description"/s,
  );
  if (process.env.TABPACK_XSD) {
    const { status, stderr } = await run(XMLLINT, [
      '--nonet',
      '--noout',
      '--schema',
      process.env.TABPACK_XSD,
      join(folder, 'cmaf/stream.mpd'),
    ]);
    assert.equal(status, 0, stderr);
  }

  const { variants } = await playlist(join(folder, 'cmaf/master.m3u8'));
  assert.deepEqual(
    variants[0].audio.map(({ name, language, isDefault, autoselect, characteristics }) => [
      name,
      language,
      isDefault,
      autoselect,
      characteristics,
    ]),
    [
      ['en', 'en', true, true, undefined],
      ['Hörfilm, für alle', 'de-AT', false, true, 'public.accessibility.describes-video'],
    ],
  );
});

test('the language is in the init segment as well', async (t) => {
  const folder = await temporaryFolder(t);
  await packaged(fixture('audio-only.m4a'), '-o', folder, '--no-encryption', '--track', '1:language=de');
  const init = await readFile(join(folder, 'cmaf/audio-1/init.mp4'));
  const mdhd = init.indexOf('mdhd');
  const packed = init.readUInt16BE(mdhd + 4 + 4 + 16);
  assert.equal([10, 5, 0].map((shift) => String.fromCharCode(0x60 + ((packed >> shift) & 31))).join(''), 'deu');
});

for (const [what, option, said] of /** @type {[what: string, option: string, said: RegExp][]} */ ([
  ["an input that isn't there", '9:language=de', /there is no input 9/],
  ["a kind that the input hasn't", '1.text:language=de', /no text track/],
  ['a role that nobody knows', '1:role=hero', /"hero" is not known; known are main,/],
  ['what is no language', '1:language=deutsch!', /not a language tag/],
  ["what isn't known", '1:colour=red', /unknown "colour=red"/],
])) {
  test(`${what} is refused`, async (t) => {
    const folder = join(await temporaryFolder(t), 'out');
    const { status, stderr } = await tabpack('package', fixture('ladder-360p.mp4'), '-o', folder, '--track', option);
    assert.equal(status, 1);
    assert.match(stderr, /OPTION_INVALID/);
    assert.match(stderr, said);
    assert.deepEqual(await filesBelow(folder), {});
  });
}
