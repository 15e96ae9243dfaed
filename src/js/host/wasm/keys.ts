/** What talks to key servers, a script of its own beside its wasm. */
import type { KeyServer, ServerKeys } from '../../api/key-server';
import { type CoreClient, fetchKeys } from '../../keys/server';
import { type HttpResponse, type Send, tellingCors } from '../../net/exchange';
import { fetchBounded, KeyClient } from '../../wasm/tabpack_keys.js';

export { default as load } from '../../wasm/tabpack_keys.js';

/** Carries requests by the core's fetch. */
const send: Send = tellingCors(
  async ({ method, url, headers, body }, limit, signal) =>
    (await fetchBounded(
      method,
      url,
      headers.map((pair) => [...pair]),
      body,
      limit,
      signal,
    )) as HttpResponse,
);

/** Asks a key server, once the wasm is loaded. */
export function ask(server: KeyServer): Promise<ServerKeys> {
  return fetchKeys(server, { client: KeyClient as unknown as new (settings: object) => CoreClient, send });
}
