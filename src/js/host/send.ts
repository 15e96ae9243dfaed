/** Requests of a worker to key servers. */

import { type HttpResponse, type Send, tellingCors } from '../net/exchange';
import { fetchBounded } from '../wasm/tabpack.js';

/** Carries requests by the core's fetch. */
export const sendByCore: Send = tellingCors(
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
