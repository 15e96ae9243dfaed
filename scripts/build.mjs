// Builds the package (`dist/`) and the pages (`www/dist/`). What is up to date is not built again.

import { createHash } from 'node:crypto';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { installPackages, installToolchain, main, root, run, wasmBindgen } from './setup.mjs';

/**
 * Budgets of what a page downloads to package, in bytes after gzip. The aim for the wasm is 250,000: the parsers of
 * all codecs are in one module yet, of which a page uses a part.
 */
const WASM_BUDGET = 400_000;
const JS_BUDGET = 25_000;
/** What it downloads besides when it first asks a key server, and when it first verifies. */
const KEYS_BUDGET = 175_000;
const VERIFY_BUDGET = 345_000;

const dist = join(root, 'dist');
const generated = join(root, 'src', 'js', 'wasm');

export async function build() {
  installPackages();
  installToolchain();
  buildWasm();
  await buildPackage();
  buildPages();
}

/**
 * The wasm files of the package: the packager; what talks to key servers, and what verifies, which a page loads
 * when it first does. Asking for keys happens once a job, so that is built to be small.
 */
const WASMS = [
  { name: 'tabpack', feature: 'packager', targetDir: 'target', optimise: '-O3', config: ['--config', 'profile.release.opt-level="s"'] },
  { name: 'tabpack_keys', feature: 'keyserver', targetDir: 'target/keys', optimise: '-Os', config: ['--config', 'profile.release.opt-level="s"'] },
  { name: 'tabpack_verify', feature: 'verify', targetDir: 'target/verify', optimise: '-Os', config: ['--config', 'profile.release.opt-level="s"'] },
];

/** Crate → wasm → bindings → optimised wasm. */
function buildWasm() {
  const bindgen = wasmBindgen();
  for (const { name, feature, targetDir, optimise, config } of WASMS) {
    run('cargo', [
      'build', '--release', '--lib', '--target', 'wasm32-unknown-unknown', '--locked', '--target-dir', targetDir,
      '--no-default-features', '--features', feature, ...config,
    ], { env: { ...process.env, RUSTFLAGS: '-C target-feature=+simd128,+bulk-memory' } });
    const raw = join(root, targetDir, 'wasm32-unknown-unknown', 'release', 'tabpack.wasm');
    const inputs = [raw, join(root, 'scripts', 'build.mjs')];
    onceFor(`wasm-${name}`, inputs, [join(generated, `${name}.js`), join(dist, `${name}_bg.wasm`)], () => {
      const out = join(root, 'target', 'bindgen');
      run(bindgen, ['--target', 'web', '--out-dir', out, '--out-name', name, raw]);
      mkdirSync(dist, { recursive: true });
      run(process.execPath, [
        join(root, 'node_modules', 'binaryen', 'bin', 'wasm-opt'),
        optimise, '--enable-simd', '--enable-bulk-memory', '--enable-nontrapping-float-to-int', '--enable-sign-ext',
        '--enable-mutable-globals', '--enable-reference-types', '--enable-multivalue',
        join(out, `${name}_bg.wasm`), '-o', join(dist, `${name}_bg.wasm`),
      ]);
      mkdirSync(generated, { recursive: true });
      for (const ending of ['js', 'd.ts']) cpSync(join(out, `${name}.${ending}`), join(generated, `${name}.${ending}`));
    });
  }
}

/** TypeScript → the files of `dist/`, and their types. */
async function buildPackage() {
  const sources = filesIn(join(root, 'src', 'js'));
  const inputs = [...sources, join(root, 'package.json'), join(root, 'tsconfig.json'), join(root, 'scripts', 'build.mjs')];
  const outputs = ['browser.js', 'worker.js', 'node.js', 'cli.js', 'license-token.js', 'license-token-browser.js', 'sinks.js', 'journal.js', 'preview.js', 'thumbnails.js', 'verify-run.js', 'types/node.d.ts'].map((name) => join(dist, name));
  await onceFor('package', inputs, outputs, async () => {
    const { build: bundle } = await import('esbuild');
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const common = {
      absWorkingDir: root, bundle: true, format: 'esm', target: 'es2022', outdir: dist, sourcemap: true, minify: true,
      legalComments: 'none', define: { TABPACK_VERSION: JSON.stringify(version) }, logLevel: 'warning',
    };
    await bundle({ ...common, platform: 'browser', entryPoints: { browser: 'src/js/browser.ts', worker: 'src/js/worker.ts', 'license-token-browser': 'src/js/license-token-browser.ts', sinks: 'src/js/more-sinks.ts' }, external: ['./journal.js', './preview.js', './thumbnails.js', './verify-run.js'] });
    await bundle({ ...common, platform: 'browser', entryPoints: ['src/js/journal.ts', 'src/js/preview.ts', 'src/js/thumbnails.ts', 'src/js/verify-run.ts'], external: ['./thumbnails.js'] });
    await bundle({
      ...common, platform: 'node', minify: false, entryPoints: ['src/js/node.ts', 'src/js/cli.ts', 'src/js/license-token.ts'], splitting: false,
    });
    chmodSync(join(dist, 'cli.js'), 0o755);
    rmSync(join(dist, 'types'), { recursive: true, force: true });
    run(process.execPath, [bin('typescript', 'tsc'), '-p', 'tsconfig.json']);
    mkdirSync(join(dist, 'types', 'wasm'), { recursive: true });
    for (const { name } of WASMS) cpSync(join(generated, `${name}.d.ts`), join(dist, 'types', 'wasm', `${name}.d.ts`));
  });
  checkSizes();
}

function buildPages() {
  const inputs = [...filesIn(join(root, 'www'), ['dist', 'node_modules']), ...filesIn(dist)];
  onceFor('pages', inputs, [join(root, 'www', 'dist', 'index.html')], () => {
    run(npm(), ['run', '--silent', 'build', '--workspace', 'www']);
  });
}

/** The download's size is guarded: it grows by decision only. */
function checkSizes() {
  const zipped = (names) => names.reduce((sum, name) => sum + gzipSync(readFileSync(join(dist, name)), { level: 9 }).length, 0);
  const wasm = zipped(['tabpack_bg.wasm']);
  const keys = zipped(['tabpack_keys_bg.wasm']);
  const verify = zipped(['tabpack_verify_bg.wasm']);
  const js = zipped(['browser.js', 'worker.js']);
  console.log(`Size after gzip: wasm ${wasm} of ${WASM_BUDGET} bytes, JS ${js} of ${JS_BUDGET} bytes; with a key server ${keys} of ${KEYS_BUDGET} bytes more, to verify ${verify} of ${VERIFY_BUDGET}`);
  if (wasm > WASM_BUDGET || js > JS_BUDGET || keys > KEYS_BUDGET || verify > VERIFY_BUDGET) throw new Error('The package exceeds its size budget.');
}

/** Runs `step` unless its inputs are the same as when its outputs were made. */
function onceFor(name, inputs, outputs, step) {
  const stamp = join(root, 'target', 'stamps', name);
  const hash = createHash('sha256');
  for (const file of inputs) hash.update(file).update(readFileSync(file));
  const digest = hash.digest('hex');
  if (outputs.every((file) => existsSync(file)) && existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return undefined;
  const done = () => {
    mkdirSync(join(root, 'target', 'stamps'), { recursive: true });
    writeFileSync(stamp, digest);
  };
  const result = step();
  return result instanceof Promise ? result.then(done) : done();
}

function filesIn(folder, without = []) {
  return readdirSync(folder)
    .filter((name) => !without.includes(name))
    .flatMap((name) => {
      const path = join(folder, name);
      return statSync(path).isDirectory() ? filesIn(path) : [path];
    })
    .sort();
}

function bin(packageName, program) {
  const require = createRequire(join(root, 'package.json'));
  const manifest = require.resolve(`${packageName}/package.json`);
  const { bin: programs } = JSON.parse(readFileSync(manifest, 'utf8'));
  return join(manifest, '..', typeof programs === 'string' ? programs : programs[program]);
}

const npm = () => (process.platform === 'win32' ? 'npm.cmd' : 'npm');

if (process.argv[1] === join(root, 'scripts', 'build.mjs')) await main(build);
