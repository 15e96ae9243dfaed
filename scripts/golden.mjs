// `npm run golden`: writes the golden outputs in `pkg-tests/golden` anew. Read the difference before it is
// committed.

import { installToolchain, main, run } from './setup.mjs';

await main(async () => {
  await installToolchain();
  process.env.TABPACK_GOLDEN = 'update';
  run('cargo', ['test', '--locked', '--quiet', '--test', 'native', 'golden']);
  run('git', ['status', '--short', 'pkg-tests/golden']);
});
