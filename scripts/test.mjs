// `npm test`: sets up what is missing, builds, and runs every test. `npm test -- rust` runs one part.

import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.mjs';
import { checkLayers } from './check-layers.mjs';
import { installPackages, installToolchain, installWasmTestRunner, main, root, run } from './setup.mjs';

const parts = {
  /** What is told without running anything: format and lints, the order of the modules, the types of all JavaScript. */
  async check() {
    npmRun('lint');
    npmRun('spelling');
    checkLayers();
    await build(); // the package's types, from which the tests' follow; it checks the façade and the pages itself
    npmRun('types');
    npmRun('docs');
  },
  /** Format, lints and tests of the core, outside readers in Rust among them. */
  async rust() {
    await installToolchain();
    run('cargo', ['fmt', '--check']);
    run('cargo', ['clippy', '--all-targets', '--locked', '--quiet', '--', '-D', 'warnings']);
    run('cargo', [
      'clippy',
      '--lib',
      '--target',
      'wasm32-unknown-unknown',
      '--locked',
      '--quiet',
      '--',
      '-D',
      'warnings',
    ]);
    run('cargo', ['doc', '--no-deps', '--locked', '--quiet'], { env: { ...process.env, RUSTDOCFLAGS: '-D warnings' } });
    run('cargo', ['test', '--locked', '--quiet']);
  },
  /** The bindings in a worker of a real browser. */
  async wasm() {
    await installToolchain();
    const { findBrowser, findDriver } = await import('./browser.mjs');
    const browser = findBrowser();
    const target = ['--target', 'wasm32-unknown-unknown', '--test', 'wasm', '--locked'];
    run('cargo', ['clippy', ...target, '--quiet', '--', '-D', 'warnings']);
    run('cargo', ['test', ...target], {
      env: {
        ...process.env,
        CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER: await installWasmTestRunner(),
        CHROMEDRIVER: findDriver(),
        WASM_BINDGEN_TEST_WEBDRIVER_JSON: webdriverCapabilities(browser),
      },
    });
  },
  /** The command line, its output read by Shaka Packager and ffmpeg. */
  async node() {
    await build();
    nodeTest('node');
  },
  /**
   * Software from PyPI, as far as it can be had: key servers and documents, readers of DRM data, packagers. Of each matrix one
   * case, or all of them where this part is asked for (`npm run test:outside`).
   */
  async outside() {
    await build();
    if (process.argv.slice(2).includes('outside')) process.env.TABPACK_OUTSIDE = 'everything';
    nodeTest('outside');
  },
  /** The pages in a real browser. */
  async e2e() {
    await build();
    const { findBrowser } = await import('./browser.mjs');
    process.env.CHROME_PATH = findBrowser();
    nodeTest('e2e');
  },
};

/**
 * What the tests' browser is told at its start: a file that `wasm-bindgen-test-runner` reads.
 *
 * @param {string} binary
 */
function webdriverCapabilities(binary) {
  const path = join(root, 'target', 'tools', 'webdriver.json');
  const args = [
    '--headless=new',
    '--disable-gpu',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  ];
  mkdirSync(join(root, 'target', 'tools'), { recursive: true });
  writeFileSync(path, JSON.stringify({ 'goog:chromeOptions': { binary, args } }));
  return path;
}

/** @param {string} script */
function npmRun(script) {
  run(process.platform === 'win32' ? 'npm.cmd' : 'npm', ['run', '--silent', script]);
}

/** @param {string} folder */
function nodeTest(folder) {
  const path = join(root, 'pkg-tests', folder);
  const files = readdirSync(path)
    .filter((name) => name.endsWith('.test.mjs'))
    .map((name) => join(path, name));
  // One file at a time: on a small machine browsers beside each other starve.
  run(process.execPath, ['--test', '--test-reporter=spec', '--test-concurrency=1', ...files]);
}

await main(async () => {
  const wanted = process.argv.slice(2);
  const unknown = wanted.find((name) => !(name in parts));
  if (unknown !== undefined)
    throw new Error(`There is no part ${unknown}; known are ${Object.keys(parts).join(', ')}.`);
  await installPackages();
  for (const [name, part] of Object.entries(parts)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    console.log(`\n— ${name} —`);
    await part();
  }
});
