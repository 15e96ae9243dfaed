// Builds the package (`dist/`) and the pages (`www/dist/`). What is up to date is not built again.

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
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { nameInOrder } from './order.mjs';
import { buildBindgen, installPackages, installToolchain, main, root, run, start } from './setup.mjs';

/** Budgets of what a page downloads, in bytes after gzip. */
const WASM_BUDGET = 700_000;
const JS_BUDGET = 36_000;

const dist = join(root, 'dist');
const generated = join(root, 'src', 'js', 'wasm');
const bound = join(root, 'target', 'bindgen');

export async function build() {
  mkdirSync(dist, { recursive: true });
  await Promise.all([installPackages(), compile()]);
  await Promise.all([optimise(), buildPackage()]);
  checkSizes();
  await buildPages();
}

/** The wasm file, in all folders. */
const WASM = 'tabpack_bg.wasm';

/** The JSON Schema of options, likewise. */
const SCHEMA = 'options.schema.json';

/** What the bindings are in JavaScript. */
const BINDINGS = ['tabpack.js', 'tabpack.d.ts'];

const WASM_OPT = ['-Oz'];

/** Only sorts functions; the rest keeps what `-Oz` leaves as it is. */
const WASM_SORT = ['--reorder-functions-by-name', '--shrink-level=2', '--generate-stack-ir', '--optimize-stack-ir'];

const WASM_FEATURES = [
  '--enable-simd',
  '--enable-bulk-memory',
  '--enable-nontrapping-float-to-int',
  '--enable-sign-ext',
  '--enable-mutable-globals',
  '--enable-reference-types',
  '--enable-multivalue',
];

/** Panics name their place in the source; without the folders above it they are the same on every machine. */
const RUSTFLAGS = [
  '-C target-feature=+simd128,+bulk-memory',
  `--remap-path-prefix=${join(process.env.CARGO_HOME ?? join(homedir(), '.cargo'), 'registry', 'src')}=`,
];

/** Crate → wasm → bindings. What makes the bindings is compiled beside the crate. */
async function compile() {
  await installToolchain();
  const sources = [
    ...filesIn(join(root, 'src')).filter((file) => file.endsWith('.rs')),
    ...filesIn(join(root, 'scripts', 'bindgen')),
    ...['Cargo.toml', 'Cargo.lock', 'rust-toolchain.toml', 'scripts/build.mjs'].map((file) => join(root, file)),
  ];
  const outputs = [join(bound, WASM), ...BINDINGS.map((name) => join(generated, name))];
  await onceFor('bindings', sources, outputs, async () => {
    const target = ['--lib', '--target', 'wasm32-unknown-unknown'];
    const [bindgen] = await Promise.all([
      buildBindgen(),
      start('cargo', ['build', '--release', '--locked', ...target], {
        env: { ...process.env, RUSTFLAGS: RUSTFLAGS.join(' ') },
      }),
    ]);
    run(bindgen, [join(root, 'target', 'wasm32-unknown-unknown', 'release', 'tabpack.wasm'), bound]);
    mkdirSync(generated, { recursive: true });
    for (const name of BINDINGS) cpSync(join(bound, name), join(generated, name));
  });
}

/** The bound wasm → the one that is shipped. */
async function optimise() {
  const from = join(bound, WASM);
  const to = join(dist, WASM);
  const own = ['package-lock.json', 'scripts/build.mjs', 'scripts/order.mjs'].map((file) => join(root, file));
  await onceFor('wasm', [from, ...own], [to], async () => {
    const named = join(bound, 'named.wasm');
    const wasmOpt = [bin('binaryen', 'wasm-opt'), ...WASM_FEATURES];
    await start(process.execPath, [...wasmOpt, ...WASM_OPT, from, '-o', to]);
    nameInOrder(to, named);
    await start(process.execPath, [...wasmOpt, ...WASM_SORT, named, '-o', to]);
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
    'options.js',
    SCHEMA,
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
    // What an earlier version left would be packed too.
    for (const name of readdirSync(dist)) if (name !== WASM) rmSync(join(dist, name), { recursive: true });
    await bundle({
      ...common,
      platform: 'browser',
      entryPoints: {
        browser: 'src/js/host/browser.ts',
        worker: 'src/js/host/worker.ts',
        'license-token-browser': 'src/js/keys/license-token-browser.ts',
        sinks: 'src/js/sinks/index.ts',
        options: 'src/js/host/options.ts',
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
    cpSync(join(root, 'src', 'js', 'generated', SCHEMA), join(dist, SCHEMA));
    run(process.execPath, [bin('typescript', 'tsc'), '-p', 'tsconfig.json']);
    mkdirSync(join(dist, 'types', 'wasm'), { recursive: true });
    cpSync(join(generated, 'tabpack.d.ts'), join(dist, 'types', 'wasm', 'tabpack.d.ts'));
  });
}

async function buildPages() {
  const inputs = [...filesIn(join(root, 'www'), ['dist', 'node_modules']), ...filesIn(dist)];
  await onceFor('pages', inputs, [join(root, 'www', 'dist', 'index.html')], () => {
    run(npm(), ['run', '--silent', 'build', '--workspace', 'www']);
  });
}

/** The download's size is guarded: it grows by decision only. */
function checkSizes() {
  const sizes = [
    { what: 'wasm', names: [WASM], budget: WASM_BUDGET },
    { what: 'JS', names: ['browser.js', 'worker.js'], budget: JS_BUDGET },
  ].map(({ what, names, budget }) => {
    const zipped = names.map((name) => gzipSync(readFileSync(join(dist, name)), { level: 9 }).length);
    return { what, size: zipped.reduce((sum, size) => sum + size), budget };
  });
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
 * @param {() => Promise<void> | void} step
 */
async function onceFor(name, inputs, outputs, step) {
  const stamp = join(root, 'target', 'stamps', name);
  const hash = createHash('sha256');
  for (const file of inputs) hash.update(file).update(readFileSync(file));
  const digest = hash.digest('hex');
  if (outputs.every((file) => existsSync(file)) && existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return;
  await step();
  mkdirSync(join(root, 'target', 'stamps'), { recursive: true });
  writeFileSync(stamp, digest);
}

/**
 * The files below a folder, in order.
 *
 * @param {string} folder
 * @param {string[]} without names in it that are left out
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
 * The script of a program that an npm package brings.
 *
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
