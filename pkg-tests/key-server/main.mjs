// `npm run key-server [port]`: a key server to develop against. Its credentials are printed; none is secret.

import { CREDENTIALS, start } from './server.mjs';

const USAGE = `Usage: npm run key-server [-- PORT]

Starts a key server on this machine that answers as each service's documentation says, and prints its
addresses and credentials. PORT is 8088 by default; 0 takes a free one.`;

const [argument = '8088'] = process.argv.slice(2);
if (argument === '-h' || argument === '--help') {
  console.log(USAGE);
  process.exit();
}
if (!/^\d{1,5}$/.test(argument) || Number(argument) > 65535) fail(`${argument} is no port.\n${USAGE}`);

const server = await start({ port: Number(argument) }).catch((error) =>
  fail(
    error.code === 'EADDRINUSE'
      ? `Port ${argument} is in use: npm run key-server -- 0 takes a free one.`
      : error.message,
  ),
);

/**
 * @param {string} message
 * @returns {never}
 */
function fail(message) {
  console.error(message);
  process.exit(1);
}

console.log(`Key server at ${server.url} (Ctrl+C ends it)

  doverunner  ${server.url}/v2/cpix/doverunner/getKey/   token ${CREDENTIALS.token}
  speke       ${server.url}/speke/copyProtection         ${CREDENTIALS.user} / ${CREDENTIALS.password}
  speke2      ${server.url}/SpekeV2                      the same
  widevine    ${server.url}/cenc/getcontentkey           signer ${CREDENTIALS.signer}, Widevine's public test key
                                                        ${CREDENTIALS.signingKey}
                                                        IV ${CREDENTIALS.signingIv}
  ezdrm       ${server.url}/ezdrm/cpix.aspx              key id ${CREDENTIALS.keyId}, the same user
  keyos       ${server.url}/keyos/getKeysNoEncryption    the same token
  skm         ${server.url}/keystore/keys                the same token; key-encryption key
                                                        ${CREDENTIALS.kek}
  issue page  ${server.url}/cid/json or /cid/xml         site key ${CREDENTIALS.siteKey}
  ClearKey    ${server.url}/clearkey                     licenses for keys that were handed out
  license     ${server.url}/ri/licenseManager.do         wants a license token (site ${CREDENTIALS.siteId},
                                                        access key ${CREDENTIALS.accessKey}, the site key above)
  proxy       ${server.url}/proxy?url={url}              passes requests on, for a server without CORS

Faults: put /fault/NAME in front of a path. NAME is one of
  slow, hang, reset, 401, 429, 429-long, 500, 500-once, json-error, truncated, wrong-kid, wrong-hmac, huge, no-cors
and NAME-for-ID is a fault for one content id only: /fault/500-for-film/speke/copyProtection

In the page: choose the service, put its address and credentials in, and ${server.url}/clearkey as the
license address. On the command line:

  KMS_TOKEN='${CREDENTIALS.token}' npx tabpack package film.mp4 -o out --key-server doverunner \\
    --key-server-url ${server.url}/v2/cpix/doverunner/getKey/ --kms-token-env KMS_TOKEN --content-id film \\
    --clearkey-url ${server.url}/clearkey`);
