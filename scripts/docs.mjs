// `npm run docs`: the API reference of the package in `target/reference`. It fails at whatever has no docblock, or a link
// that leads nowhere.

import { build } from './build.mjs';
import { main, run } from './setup.mjs';

await main(async () => {
  await build();
  run(process.platform === 'win32' ? 'npm.cmd' : 'npm', [
    'run',
    '--silent',
    'build',
    '--workspace',
    'scripts/reference',
  ]);
});
