// Builds the package (`dist/`) and the pages (`www/dist/`). What is up to date is not built again.

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { installPackages, installToolchain, main, root, run, wasmBindgen } from './setup.mjs';

/** Budgets of what a page downloads to package an ordinary MP4, in bytes after gzip. The aim for the wasm is 250,000. */
const WASM_BUDGET = 295_000;
const JS_BUDGET = 25_000;
/** And of what it downloads besides: when an input or option needs the full build, it first asks a key server, or verifies. */
const FULL_BUDGET = 460_000;
const KEYS_BUDGET = 175_000;
const VERIFY_BUDGET = 410_000;

const dist = join(root, 'dist');
const generated = join(root, 'src', 'js', 'wasm');

export async function build() {
  installPackages();
  installToolchain();
  await buildWasm();
  await buildPackage();
  buildPages();
}

/**
 * The wasm files of the package: the packager, as far as ordinary MP4s need it; all of it; what talks to key servers,
 * and what verifies. A page loads the others when it first needs them.
 */
const WASMS = [
  { name: 'tabpack', features: 'packager' },
  { name: 'tabpack_full', features: 'packager,full' },
  { name: 'tabpack_keys', features: 'keyserver' },
  { name: 'tabpack_verify', features: 'verify' },
];

/** Panics name their place in the source; without the folders above it they are the same on every machine. */
const RUSTFLAGS = [
  '-C target-feature=+simd128,+bulk-memory',
  `--remap-path-prefix=${join(process.env.CARGO_HOME ?? join(homedir(), '.cargo'), 'registry', 'src')}=`,
];

/**
 * Crate → wasm → bindings → optimised wasm. All builds share one target folder, so that the dependencies are compiled
 * once; while one is optimised the next is compiled.
 */
async function buildWasm() {
  const bindgen = wasmBindgen();
  const sources = [
    ...filesIn(join(root, 'src')).filter((file) => file.endsWith('.rs')),
    ...['Cargo.toml', 'Cargo.lock', 'rust-toolchain.toml', 'scripts/build.mjs'].map((file) => join(root, file)),
  ];
  const out = join(root, 'target', 'bindgen');
  const raw = join(root, 'target', 'wasm32-unknown-unknown', 'release', 'tabpack.wasm');
  mkdirSync(dist, { recursive: true });
  mkdirSync(generated, { recursive: true });
  const optimising = [];
  for (const { name, features } of WASMS) {
    optimising.push(
      onceFor(`wasm-${name}`, sources, [join(generated, `${name}.js`), join(dist, `${name}_bg.wasm`)], () => {
        // The file has one name whatever the features: cargo would take another build's for this one's.
        for (const old of [raw, join(root, 'target', 'wasm32-unknown-unknown', 'release', 'deps', 'tabpack.wasm')])
          rmSync(old, { force: true });
        run(
          'cargo',
          [
            'build',
            '--release',
            '--lib',
            '--target',
            'wasm32-unknown-unknown',
            '--locked',
            '--no-default-features',
            '--features',
            features,
            '--config',
            'profile.release.opt-level="z"',
          ],
          { env: { ...process.env, RUSTFLAGS: RUSTFLAGS.join(' ') } },
        );
        run(bindgen, ['--target', 'web', '--out-dir', out, '--out-name', name, raw]);
        for (const ending of ['js', 'd.ts'])
          cpSync(join(out, `${name}.${ending}`), join(generated, `${name}.${ending}`));
        return start(process.execPath, [
          join(root, 'node_modules', 'binaryen', 'bin', 'wasm-opt'),
          '-Oz',
          '--enable-simd',
          '--enable-bulk-memory',
          '--enable-nontrapping-float-to-int',
          '--enable-sign-ext',
          '--enable-mutable-globals',
          '--enable-reference-types',
          '--enable-multivalue',
          join(out, `${name}_bg.wasm`),
          '-o',
          join(dist, `${name}_bg.wasm`),
        ]);
      }),
    );
  }
  await Promise.all(optimising);
}

/**
 * Runs a command beside this script.
 *
 * @param {string} command
 * @param {string[]} args
 * @returns {Promise<void>}
 */
function start(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit' });
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`${command} ${args[0]} ended with ${code}.`)),
    );
  });
}

/** TypeScript → the files of `dist/`, and their types. */
async function buildPackage() {
  const sources = filesIn(join(root, 'src', 'js'));
  const inputs = [
    ...sources,
    join(root, 'package.json'),
    join(root, 'tsconfig.json'),
    join(root, 'scripts', 'build.mjs'),
  ];
  const outputs = [
    'browser.js',
    'worker.js',
    'node.js',
    'cli.js',
    'license-token.js',
    'license-token-browser.js',
    'sinks.js',
    'journal.js',
    'preview.js',
    'thumbnails.js',
    'verify-run.js',
    'full.js',
    'keys.js',
    'verification.js',
    'types/host/node.d.ts',
  ].map((name) => join(dist, name));
  await onceFor('package', inputs, outputs, async () => {
    const { build: bundle } = await import('esbuild');
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    /** @type {import('esbuild').BuildOptions} */
    const common = {
      absWorkingDir: root,
      bundle: true,
      format: 'esm',
      target: 'es2022',
      outdir: dist,
      sourcemap: true,
      minify: true,
      legalComments: 'none',
      define: { TABPACK_VERSION: JSON.stringify(version) },
      logLevel: 'warning',
    };
    /** @type {import('esbuild').BuildOptions} */
    const browser = { ...common, platform: 'browser', plugins: [loadedLate] };
    await bundle({
      ...browser,
      entryPoints: {
        browser: 'src/js/host/browser.ts',
        worker: 'src/js/host/worker.ts',
        'license-token-browser': 'src/js/keys/license-token-browser.ts',
        sinks: 'src/js/sinks/index.ts',
      },
    });
    keepImportsAtRunTime(join(dist, 'worker.js'));
    await bundle({
      ...browser,
      entryPoints: {
        ...Object.fromEntries(Object.entries(LATE).map(([source, name]) => [name, `src/js/${source}.ts`])),
        full: 'src/js/host/wasm/full.ts',
        keys: 'src/js/host/wasm/keys.ts',
        verification: 'src/js/host/wasm/verification.ts',
      },
    });
    await bundle({
      ...common,
      platform: 'node',
      minify: false,
      entryPoints: {
        node: 'src/js/host/node.ts',
        cli: 'src/js/cli/main.ts',
        'license-token': 'src/js/keys/license-token.ts',
      },
      splitting: false,
    });
    chmodSync(join(dist, 'cli.js'), 0o755);
    rmSync(join(dist, 'types'), { recursive: true, force: true });
    run(process.execPath, [bin('typescript', 'tsc'), '-p', 'tsconfig.json']);
    mkdirSync(join(dist, 'types', 'wasm'), { recursive: true });
    for (const { name } of WASMS) cpSync(join(generated, `${name}.d.ts`), join(dist, 'types', 'wasm', `${name}.d.ts`));
  });
  checkSizes();
}

/**
 * What a page loads when it first needs it, by an import of its own: the source, and the script beside the others.
 *
 * @type {Readonly<Record<string, string>>}
 */
const LATE = {
  'job/journal': 'journal',
  'job/preview': 'preview',
  'job/thumbnails': 'thumbnails',
  'verify/run': 'verify-run',
};

/**
 * Leaves such imports as they are, with the names that the scripts have in `dist/`.
 *
 * @type {import('esbuild').Plugin}
 */
const loadedLate = {
  name: 'loaded late',
  setup(build) {
    build.onResolve({ filter: /\.js$/ }, ({ kind, path, resolveDir }) => {
      if (kind !== 'dynamic-import') return undefined;
      const source = relative(join(root, 'src', 'js'), join(resolveDir, path)).replaceAll('\\', '/');
      const name = LATE[source.replace(/\.js$/, '')];
      return name === undefined ? undefined : { path: `./${name}.js`, external: true };
    });
  },
};

/**
 * Has bundlers leave an import of a URL that is known at run time alone: minifying drops the comments that say so.
 *
 * @param {string} path
 */
function keepImportsAtRunTime(path) {
  const text = readFileSync(path, 'utf8');
  const marked = text.replaceAll(/\bimport\((\w+\.href)\)/g, 'import(/* webpackIgnore: true */ /* @vite-ignore */ $1)');
  if (marked === text) throw new Error(`${path} imports nothing at run time.`);
  writeFileSync(path, marked);
}

function buildPages() {
  const inputs = [...filesIn(join(root, 'www'), ['dist', 'node_modules']), ...filesIn(dist)];
  onceFor('pages', inputs, [join(root, 'www', 'dist', 'index.html')], () => {
    run(npm(), ['run', '--silent', 'build', '--workspace', 'www']);
  });
}

/** The download's size is guarded: it grows by decision only. */
function checkSizes() {
  /** @param {string[]} names */
  const zipped = (names) =>
    names.reduce((sum, name) => sum + gzipSync(readFileSync(join(dist, name)), { level: 9 }).length, 0);
  /** @type {[what: string, names: string[], budget: number][]} */
  const budgets = [
    ['wasm', ['tabpack_bg.wasm'], WASM_BUDGET],
    ['JS', ['browser.js', 'worker.js'], JS_BUDGET],
    ['the full build', ['tabpack_full_bg.wasm', 'full.js'], FULL_BUDGET],
    ['key servers', ['tabpack_keys_bg.wasm', 'keys.js'], KEYS_BUDGET],
    ['verification', ['tabpack_verify_bg.wasm', 'verification.js', 'verify-run.js'], VERIFY_BUDGET],
  ];
  const sizes = budgets.map(([what, names, budget]) => ({ what, size: zipped(names), budget }));
  console.log(`Bytes after gzip: ${sizes.map(({ what, size, budget }) => `${what} ${size} of ${budget}`).join(', ')}`);
  const over = sizes.filter(({ size, budget }) => size > budget);
  if (over.length > 0)
    throw new Error(`The package exceeds its size budget: ${over.map(({ what }) => what).join(', ')}.`);
}

/**
 * Runs `step` unless its inputs are the same as when its outputs were made.
 *
 * @param {string} name
 * @param {string[]} inputs
 * @param {string[]} outputs
 * @param {() => unknown} step
 */
function onceFor(name, inputs, outputs, step) {
  const stamp = join(root, 'target', 'stamps', name);
  const hash = createHash('sha256');
  for (const file of inputs) hash.update(file).update(readFileSync(file));
  const digest = hash.digest('hex');
  if (outputs.every((file) => existsSync(file)) && existsSync(stamp) && readFileSync(stamp, 'utf8') === digest)
    return undefined;
  const done = () => {
    mkdirSync(join(root, 'target', 'stamps'), { recursive: true });
    writeFileSync(stamp, digest);
  };
  const result = step();
  return result instanceof Promise ? result.then(done) : done();
}

/**
 * @param {string} folder
 * @param {string[]} [without]
 * @returns {string[]}
 */
function filesIn(folder, without = []) {
  return readdirSync(folder)
    .filter((name) => !without.includes(name))
    .flatMap((name) => {
      const path = join(folder, name);
      return statSync(path).isDirectory() ? filesIn(path) : [path];
    })
    .sort();
}

/**
 * @param {string} packageName
 * @param {string} program
 */
function bin(packageName, program) {
  const require = createRequire(join(root, 'package.json'));
  const manifest = require.resolve(`${packageName}/package.json`);
  const { bin: programs } = JSON.parse(readFileSync(manifest, 'utf8'));
  return join(manifest, '..', typeof programs === 'string' ? programs : programs[program]);
}

const npm = () => (process.platform === 'win32' ? 'npm.cmd' : 'npm');

if (process.argv[1] === join(root, 'scripts', 'build.mjs')) await main(build);
