// `tabpack/options` and `tabpack/options.schema.json`: what is said of options is what the packager does.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { memory, Packager } from 'tabpack';
import { idleOption, idleOptions, OPTIONS, withoutIdle } from 'tabpack/options';
import { fixture, KEY, KID } from './support.mjs';

const schema = createRequire(import.meta.url)('tabpack/options.schema.json');
const VIDEO = fixture('video-only.mp4');
const KEY_OPTION = `${KID}:${KEY}`;

/** Values that options may have, as people write them, and what is wrong with others. */
const RIGHT = [
  {},
  { targets: ['cmaf', 'hls'], scheme: 'cbcs', key: KEY_OPTION, segmentDuration: 0.1 },
  { keys: [`SD=${KEY_OPTION}`, { kid: KID, key: KEY, label: 'HD', pixels: [{ min: 1, max: null }] }] },
  { hlsMethod: 'AES-128', hlsKeyFiles: true, ivSize: 16, clear: ['AUDIO'], cuePoints: [4, 8.5] },
  { drm: { widevine: { provider: 'p' }, fairplay: {}, pssh: ['widevine:EhDLvDi2tQ2rU/gmPga3OCqj'] } },
  { tracks: [{ input: 0, language: 'de', roles: ['main'] }], pixelLimits: { sd: 1 } },
  { iv: '0x00112233445566778899AABBCCDDEEFF', pattern: ' 1 : 9' },
  { keys: [{ kid: `urn:uuid:{${KID}}`, key: 'y7w4trUNq1P4Jj4Gtzgqow==', label: null }] },
];
const WRONG = [
  ['a name that there isn’t', { segmentDurations: 4 }],
  ['one within an object', { drm: { wide: {} } }],
  ['a number that is too large', { segmentDuration: 60.5 }],
  ['one that is too small', { cryptoPeriod: 0.5 }],
  ['one that isn’t allowed', { ivSize: 12 }],
  ['one that must be whole', { pixelLimits: { sd: 0.5 } }],
  ['a wrong word', { scheme: 'cbc' }],
  ['one in a list', { targets: ['cmaf', 'dsah'] }],
  ['an empty list', { targets: [] }],
  ['text for a list', { clear: 'AUDIO' }],
  ['text for a flag', { multiKey: 'yes' }],
  ['digits that are too few', { iv: '0011' }],
  ['a pattern of one number', { pattern: '1' }],
  ['a key id that is none', { keys: [{ kid: 'x', key: KEY }] }],
  ['a track without its input', { tracks: [{ language: 'de' }] }],
];

test('another validator takes the schema, and agrees with the packager on what is allowed', async () => {
  const ajv = new Ajv2020({ strict: true, allErrors: true });
  const isRight = ajv.compile(schema);
  const packager = await Packager.create();
  for (const options of RIGHT)
    assert.ok(isRight(options), `${JSON.stringify(options)}: ${ajv.errorsText(isRight.errors)}`);
  for (const [what, options] of WRONG) {
    assert.equal(isRight(options), false, `${what}: ${JSON.stringify(options)}`);
    await assert.rejects(
      packager.package(VIDEO, /** @type {PackageOptions} */ ({ .../** @type {object} */ (options), output: memory() })),
      ({ code }) => /^(OPTION_(INVALID|MISSING)|(IV|KEY)_INVALID)$/.test(code),
      `${what}: ${JSON.stringify(options)}`,
    );
  }
  const { properties } = schema;
  // What may be null in the schema is as if it weren't there.
  const nulls = Object.keys(properties).filter((name) => isRight({ [name]: null }));
  assert.ok(nulls.length > 30 && !nulls.includes('keyServer'), nulls.join());
  const none = Object.fromEntries(nulls.map((name) => [name, null]));
  await packager.package(VIDEO, /** @type {PackageOptions} */ ({ ...none, output: memory() }));
  // The examples of texts match what texts look like.
  let patterns = 0;
  JSON.stringify(schema, (_, part) => {
    if (typeof part?.pattern !== 'string') return part;
    patterns += 1;
    for (const example of part.examples) assert.match(example, new RegExp(part.pattern, 'u'));
    return part;
  });
  assert.ok(patterns >= 5, `${patterns} patterns`);
  const sayable = ['journal', 'resume', 'keyServer'];
  for (const { name, kind } of OPTIONS)
    assert.equal(name in properties, sayable.includes(name) || (kind !== 'host' && name !== 'thumbnails'), name);
  // What a job gives can be given to the next one.
  const { keys } = await packager.package(VIDEO, { output: memory() });
  assert.ok(isRight({ keys, journal: 'with-keys', resume: true }), ajv.errorsText(isRight.errors));
  assert.equal(isRight({ journal: 'with-key' }), false);
});

/** Options beside which others do nothing, and those that are refused then. */
const IDLE = [
  [{}, []],
  [{ encryption: false, scheme: 'cenc', key: KEY_OPTION, segmentDuration: 4 }, ['scheme', 'key']],
  [{ encryption: false, segmentDuration: 4, clearLead: 0, multiKey: false, clear: [] }, []],
  [{ scheme: 'cenc', pattern: '5:5' }, ['pattern']],
  [{ scheme: 'cenc', ivSize: 16 }, []],
  [{ targets: ['cmaf'], hlsFormat: 'ts' }, ['hlsFormat']],
  [{ targets: ['hls'], hlsFormat: 'ts', hlsAudio: 'packed', hlsKeyFiles: true }, []],
  [{ targets: ['cmaf'], hlsFormat: 'ts', hlsAudio: 'packed' }, ['hlsFormat', 'hlsAudio']],
  [{ targets: ['hls'], hlsMethod: 'AES-128', hlsKeyUri: 'k', hlsKeyFiles: true }, ['hlsKeyFiles']],
  [{ targets: ['hls'], trickPlay: true, hlsStart: 0 }, ['trickPlay']],
  [{ singleFile: true, segmentNames: 'number' }, []],
  [{ singleFile: true, segmentNames: 'time' }, ['segmentNames']],
  [{ multiKey: true, key: KEY_OPTION }, ['multiKey']],
  [{ encryption: false, drm: { widevine: {} } }, ['drm']],
  [{ encryption: false, drm: {} }, []],
];

test('an option is said to do nothing where the packager refuses it, and only there', async () => {
  const packager = await Packager.create();
  for (const [options, names] of IDLE) {
    const given = /** @type {import('tabpack/options').GivenOptions} */ (options);
    const refused = idleOptions(given).filter((idle) => idle.given);
    assert.deepEqual(
      refused.map(({ option }) => option),
      names,
      JSON.stringify(given),
    );
    const run = (/** @type {object} */ told) =>
      packager.package(VIDEO, /** @type {PackageOptions} */ ({ ...told, output: memory() }));
    if (refused.length > 0) await assert.rejects(run(given), { code: 'OPTION_INVALID' }, JSON.stringify(given));
    await run(withoutIdle(given));
  }
  // Whether it is given or not, why is said.
  assert.deepEqual(idleOption('hlsAudio', { targets: ['hls'] }), {
    option: 'hlsAudio',
    given: false,
    reason: 'without',
    others: [['hlsFormat', ['ts']]],
  });
  assert.deepEqual(idleOption('key', { encryption: false })?.others, [['encryption', ['false']]]);
});
