// `npm run key-server [port]`: a key server to develop against. Its credentials are printed; none is secret.

import { CREDENTIALS, start } from './server.mjs';

const server = await start({ port: Number(process.argv[2] ?? 8088) });
console.log(`Key server at ${server.url} (Ctrl+C ends it)

  doverunner  ${server.url}/v2/cpix/doverunner/getKey/   token ${CREDENTIALS.token}
  speke       ${server.url}/speke/copyProtection         ${CREDENTIALS.user} / ${CREDENTIALS.password}
  speke2      ${server.url}/SpekeV2                      the same
  widevine    ${server.url}/cenc/getcontentkey           signer ${CREDENTIALS.signer}
  ezdrm       ${server.url}/ezdrm/cpix.aspx              key id ${CREDENTIALS.keyId}, the same user
  keyos       ${server.url}/keyos/getKeysNoEncryption    the same token
  issue page  ${server.url}/cid/json or /cid/xml         site key ${CREDENTIALS.siteKey}
  ClearKey    ${server.url}/clearkey                     licenses for keys that were handed out

Faults: put /fault/NAME in front of a path. NAME is one of
  slow, hang, reset, 401, 429, 429-long, 500, 500-once, json-error, truncated, wrong-kid, wrong-hmac, huge, no-cors`);
