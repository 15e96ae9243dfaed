// `npm run generate`: writes what is made from the core's tables, in `src/js/generated`, anew.

import { installToolchain, main, run } from './setup.mjs';

await main(async () => {
  await installToolchain();
  process.env.TABPACK_GENERATED = 'update';
  run('cargo', ['test', '--locked', '--quiet', '--test', 'generated']);
  run('git', ['status', '--short', 'src/js/generated']);
});
