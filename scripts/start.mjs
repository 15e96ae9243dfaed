// `npm start`: builds what is not up to date and serves the pages.

import { join } from 'node:path';
import { build } from './build.mjs';
import { main, root } from './setup.mjs';

await main(async () => {
  await build();
  const { preview } = await import('vite');
  const port = process.env.PORT === undefined ? undefined : Number(process.env.PORT);
  const server = await preview({
    root: join(root, 'www'),
    preview: port === undefined ? {} : { port, strictPort: true },
  });
  console.log('\ntabpack is served at:');
  server.printUrls();
  server.bindCLIShortcuts({ print: false });
});
