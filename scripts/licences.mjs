// `npm run licences`: the licences and sources of all crates, by `cargo deny` and `deny.toml`.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { main, root, run } from './setup.mjs';

const VERSION = '0.20.2';

await main(() => {
  const folder = join(root, 'target', 'tools', `cargo-deny-${VERSION}`);
  const program = join(folder, 'bin', process.platform === 'win32' ? 'cargo-deny.exe' : 'cargo-deny');
  if (!existsSync(program)) {
    console.log(`Installing cargo-deny ${VERSION} (once, some minutes) …`);
    run('cargo', ['install', '--locked', '--quiet', 'cargo-deny', '--version', VERSION, '--root', folder]);
  }
  run(program, ['check', 'licenses', 'bans', 'sources']);
});
