import assert from 'node:assert/strict';

/**
 * Has a server listen on a free port of this machine, and gives the port.
 *
 * @param {import('node:http').Server} server
 * @returns {Promise<number>}
 */
export async function listening(server) {
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const address = server.address();
  assert.ok(address !== null && typeof address !== 'string');
  return address.port;
}
