// What callers get wrong: each is answered by a code that names the option, never by an error of the platform's.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { memory, Packager, TabpackError } from 'tabpack';
import { fixture, KEY, KID, packaged, tabpack, temporaryFolder } from './support.mjs';

const input = fixture('slices.mp4');
const output = memory();

/** A value that holds itself. */
const circle = () => {
  /** @type {Record<string, unknown>} */
  const value = {};
  value.widevine = value;
  return value;
};

// Misspelt on purpose. cspell:ignore doverruner encrytion tokn widevin
/** @type {Record<string, [code: string, option: string | undefined, ...args: unknown[]]>} */
const WRONG = {
  'no options': ['OPTION_MISSING', 'output', input],
  'options that are a text': ['OPTION_INVALID', 'options', input, 'x'],
  'no output': ['OPTION_MISSING', 'output', input, {}],
  'a path as the output': ['OPTION_INVALID', 'output', input, { output: 'out' }],
  'an output that is null': ['OPTION_INVALID', 'output', input, { output: null }],
  'no input': ['OPTION_MISSING', 'input', undefined, { output }],
  'no inputs': ['OPTION_MISSING', 'input', [], { output }],
  'an input that is none': ['OPTION_INVALID', 'input', [{}], { output }],
  'an input without a name': ['OPTION_INVALID', 'input', { size: 9, read: () => null }, { output }],
  'an input that gives no bytes': [
    'INPUT_READ_FAILED',
    undefined,
    { name: 'a', size: 9, read: () => null },
    { output },
  ],
  'keys that are no list': ['OPTION_INVALID', 'keys', input, { output, keys: 5 }],
  'keys that are a text': ['OPTION_INVALID', 'keys', input, { output, keys: '' }],
  'a thumbnail that is none': [
    'OPTION_INVALID',
    'thumbnails.images',
    input,
    { output, thumbnails: { images: [null] } },
  ],
  'a journal where nothing is kept': ['OPTION_INVALID', 'journal', input, { output, journal: true }],
  'a number as an input': ['OPTION_INVALID', 'input', 5, { output }],
  'a signal that is none': ['OPTION_INVALID', 'signal', input, { output, signal: {} }],
  'a callback that is none': ['OPTION_INVALID', 'onProgress', input, { output, onProgress: 'x' }],
  'a journal by a word that is not known': ['OPTION_INVALID', 'journal', input, { output, journal: 'with-key' }],
  'thumbnails without images': ['OPTION_INVALID', 'thumbnails', input, { output, thumbnails: {} }],
  'resuming by a word': ['OPTION_INVALID', 'resume', input, { output, resume: 'yes' }],
  'a key server that is null': ['OPTION_INVALID', 'keyServer', input, { output, keyServer: null }],
  'a key server without an address': [
    'OPTION_MISSING',
    'keyServer.url',
    input,
    { output, keyServer: { service: 'speke', contentId: 'a' } },
  ],
  'one whose address is none': [
    'OPTION_INVALID',
    'keyServer.url',
    input,
    { output, keyServer: { service: 'speke', url: 'x', contentId: 'a' } },
  ],
  'a timeout that is too long': [
    'OPTION_INVALID',
    'keyServer.timeout',
    input,
    { output, keyServer: { service: 'speke', url: 'https://k.example', contentId: 'a', timeout: 601 } },
  ],
  'a mistyped field of a key server': [
    'OPTION_INVALID',
    'keyServer.tokn',
    input,
    { output, keyServer: { service: 'doverunner', tokn: 'x', contentId: 'a' } },
  ],
  'a mistyped option': ['OPTION_INVALID', 'encrytion', input, { output, encrytion: false }],
  'an unknown option that is a function': ['OPTION_INVALID', 'onDone', input, { output, onDone: () => 1 }],
  'a known option that is a function': ['OPTION_INVALID', undefined, input, { output, scheme: () => 1 }],
  'a mistyped DRM system': ['OPTION_INVALID', 'drm.widevin', input, { output, drm: { widevin: {} } }],
  'DRM systems as a list': ['OPTION_INVALID', 'drm', input, { output, drm: ['widevine'] }],
  'a circle': ['OPTION_INVALID', 'drm.widevine.widevine', input, { output, drm: circle() }],
  'a list of 5000 levels': [
    'OPTION_INVALID',
    undefined,
    input,
    { output, tracks: JSON.parse(`${'['.repeat(5000)}${']'.repeat(5000)}`) },
  ],
};

/** The options that this side checks: what is wrong with them is answered by what they are. */
const HOST = ['output', 'keyServer', 'journal', 'resume', 'signal', 'onPlan', 'onProgress', 'onLog'];

test('wrong calls are answered by their codes, and the next one works', async () => {
  const packager = await Packager.create();
  /** @type {(...args: unknown[]) => Promise<unknown>} */
  const call = (...args) => Reflect.apply(packager.package, packager, args);
  for (const [what, [code, option, ...args]] of Object.entries(WRONG)) {
    await assert.rejects(call(...args), (error) => {
      assert.ok(error instanceof TabpackError, `${what}: ${error}`);
      assert.equal(error.code, code, `${what}: ${error.message}`);
      if (option !== undefined) assert.equal(error.place.option, option, `${what}: ${error.message}`);
      if (code === 'OPTION_INVALID' && HOST.includes(option ?? ''))
        assert.match(error.message, /^[\w, '-]+ is expected|^this sink keeps nothing/);
      return true;
    });
  }
  for (const options of [undefined, {}, { files: 5 }])
    await assert.rejects(Reflect.apply(packager.verify, packager, [options]), { code: 'OPTION_MISSING' });
  assert.ok((await packager.package(input, { output: memory() })).files.length > 0);
});

test('an input may give its bytes at once', async () => {
  const bytes = await readFile(fixture('video-only.mp4'));
  /** @param {number} offset @param {number} length */
  const read = (offset, length) => new Uint8Array(bytes.subarray(offset, offset + length));
  const packager = await Packager.create();
  const own = { name: 'film.mp4', size: bytes.length, read };
  const { files } = await Reflect.apply(packager.package, packager, [own, { output: memory() }]);
  assert.ok(files.length > 0);
});

test('what is no value is not repeated: it may be a secret', async () => {
  const packager = await Packager.create();
  const options = /** @type {any} */ ({ output, key: Symbol('hidden') });
  await assert.rejects(packager.package(input, options), (error) => !String(error).includes('hidden'));
});

test('wrong words on the command line', async (t) => {
  const folder = await temporaryFolder(t);
  for (const [args, code, said] of /** @type {[string[], string, RegExp][]} */ ([
    [['package', input, '-o', ''], 'OPTION_MISSING', /-o/],
    [['decrypt', input, '-o', '', '--key', `${KID}:${KEY}`], 'OPTION_MISSING', /-o/],
    [['package', input, '-o', `${folder}/a`, '--drm', '__proto__'], 'OPTION_INVALID', /--drm/],
    [['package', input, '-o', `${folder}/a`, '--toString'], 'OPTION_INVALID', /has no --toString/],
    [['decrypt', input, '-o', `${folder}/a`, '--key', 'zz'], 'KEY_INVALID', /option --key\)/],
    [
      ['package', input, '-o', `${folder}/a`, '--key-server', 'doverruner'],
      'OPTION_INVALID',
      /did you mean doverunner\?/,
    ],
    [['package', input, '-o', `${folder}/b`, '--report', `${folder}/none/x.xml`], 'OUTPUT_WRITE_FAILED', /none/],
  ])) {
    const { status, stderr } = await tabpack(args);
    assert.equal(status, 1, args.join(' '));
    assert.ok(stderr.startsWith(code), stderr);
    assert.match(stderr, said);
  }
});

test('a file of credentials that others can read is not taken', { skip: process.platform === 'win32' }, async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'credentials.json');
  await writeFile(path, JSON.stringify({ token: 'of mine' }), { mode: 0o644 });
  const args = ['--key-server', 'doverunner', '--content-id', 'x', '--credentials', path];
  const { status, stderr } = await tabpack('package', input, '-o', join(folder, 'out'), ...args);
  assert.equal(status, 1);
  assert.match(stderr, /^OPTION_INVALID.*chmod 600.*--credentials/);
});

test("a key server's IV is for cbcs alone: where a codec needs cenc, it is drawn", async () => {
  const packager = await Packager.create();
  const iv = 'aabbccddeeff00112233445566778899';
  const document = `<?xml version="1.0"?><CPIX xmlns="urn:dashif:org:cpix" xmlns:pskc="urn:ietf:params:xml:ns:keyprov:pskc"><ContentKeyList><ContentKey kid="0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9" explicitIV="${Buffer.from(iv, 'hex').toString('base64')}"><Data><pskc:Secret><pskc:PlainValue>${Buffer.from(KEY, 'hex').toString('base64')}</pskc:PlainValue></pskc:Secret></Data></ContentKey></ContentKeyList></CPIX>`;
  /** @param {string} name */
  const ivOf = async (name) => {
    const sink = memory();
    await packager.package(await readFile(fixture(name)), {
      output: sink,
      keyServer: /** @type {any} */ ({ service: 'cpix', document }),
    });
    const files = [...sink.files].filter(([path]) => /^cmaf\/video-1\//.test(path));
    return files.some(([, bytes]) => Buffer.from(bytes).includes(Buffer.from(iv, 'hex').subarray(0, 8)));
  };
  assert.equal(await ivOf('slices.mp4'), true, 'cbcs has the IV in tenc');
  assert.equal(await ivOf('vp9.mp4'), false, 'cenc has one of its own');
});

test('options that don’t go together are named by their flags', async (t) => {
  const folder = await temporaryFolder(t);
  const pair = ['--key', `${KID}:${KEY}`];
  const server = ['--key-server', 'doverunner', '--content-id', 'a'];
  for (const [args, said] of /** @type {[string[], RegExp][]} */ ([
    [['--no-encryption', '--scheme', 'cenc'], /it does nothing beside --no-encryption \(option --scheme\)/],
    [['--cmaf', '--hls-format', 'ts'], /it does nothing without --hls \(option --hls-format\)/],
    [['--dash', '--hls-start', '4'], /it does nothing without --cmaf \| --hls \(option --hls-start\)/],
    [['--hls', '--hls-audio', 'ts'], /it does nothing without --hls-format ts \(option --hls-audio\)/],
    [[...pair, '--multi-key'], /it does nothing beside --key \(option --multi-key\)/],
    [[...pair, ...server, '--kms-token-env', 'PATH'], /it does nothing beside --key-server \(option --key\)/],
    [server, /KMS token is not given \(option --credentials, --kms-token-env\)/],
    [['--key-server', 'speke', '--content-id', 'a'], /\(option --key-server-url\)/],
    [['--key-server', 'speke2', '--key-server-url', 'x', '--content-id', 'a b'], /\(option --content-id\)/],
  ])) {
    const { status, stderr } = await tabpack(['package', input, '-o', `${folder}/a`, ...args]);
    assert.equal(status, 1, args.join(' '));
    assert.match(stderr, said);
  }
});

test("the scheme that a document's keys are made for is the job's where none is given, and a note where another is", async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'keys.xml');
  const secret = `<pskc:Secret><pskc:PlainValue>${Buffer.from(KEY, 'hex').toString('base64')}</pskc:PlainValue></pskc:Secret>`;
  const document = (/** @type {string} */ scheme) =>
    `<CPIX xmlns="urn:dashif:org:cpix" xmlns:pskc="urn:ietf:params:xml:ns:keyprov:pskc"><ContentKeyList><ContentKey kid="0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"${scheme}><Data>${secret}</Data></ContentKey></ContentKeyList></CPIX>`;
  for (const [scheme, options, expected, note] of /** @type {[string, string[], object, RegExp | null][]} */ ([
    ['', [], { cmaf: 'cbcs' }, null],
    [' commonEncryptionScheme="cenc"', [], { cmaf: 'cenc' }, null],
    [' commonEncryptionScheme="cbcs"', ['--dash'], { dash: 'cbcs' }, null],
    [
      ' commonEncryptionScheme="cens"',
      ['--dash', '--cmaf'],
      { dash: 'cens', cmaf: 'cbcs' },
      /^cmaf: .* for cens, .* cbcs/,
    ],
    [' commonEncryptionScheme="cenc"', ['--scheme', 'cbcs'], { cmaf: 'cbcs' }, /^cmaf: .* for cenc, .* cbcs/],
    [
      ' commonEncryptionScheme="cenc"',
      ['--hls', '--hls-format', 'ts', '--hls-key-uri', 'k'],
      { hls: 'cbcs' },
      /^hls: /,
    ],
  ])) {
    await writeFile(path, document(scheme));
    const out = ['-o', join(folder, 'out'), '--force', '--key-server', 'cpix', '--cpix-file', path];
    const { report } = await packaged(fixture('slices.mp4'), out, options);
    const notes = report.warnings.filter((sentence) => sentence.includes('the keys are made for'));
    assert.deepEqual(report.schemes, expected, `${scheme} ${options}`);
    assert.equal(notes.length, note === null ? 0 : 1, `${scheme} ${options}: ${notes}`);
    if (note !== null) assert.match(notes[0], note);
  }
});
