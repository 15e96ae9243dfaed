import shaka from 'shaka-player/dist/shaka-player.compiled-es2021.js';

/** A DRM license server of DoveRunner's and PallyCon's kind, one address for all key systems. */
export interface LicenseServer {
  readonly url: string;
  /** A finished license token, made on the content provider's server. */
  readonly token: string;
  /** Where FairPlay's certificate is; empty for none. */
  readonly certificateUrl: string;
}

/** Where DoveRunner's licenses are. */
export const DOVERUNNER_LICENSES = 'https://drm-license.doverunner.com/ri/licenseManager.do';

const WIDEVINE = 'com.widevine.alpha';
const PLAYREADY = 'com.microsoft.playready';
const FAIRPLAY = 'com.apple.fps';

/** What the player is told: the servers of its `drm` section. */
export function licenseConfiguration({ url, certificateUrl }: LicenseServer): object {
  return {
    servers: { [WIDEVINE]: url, [PLAYREADY]: url, [FAIRPLAY]: url },
    preferredKeySystems: [WIDEVINE, PLAYREADY, FAIRPLAY],
    ...(certificateUrl === '' ? {} : { advanced: { [FAIRPLAY]: { serverCertificateUri: certificateUrl } } }),
  };
}

/** Sends the token with each license request, in the header that the service reads, and takes its answers apart. */
export function answerLicenseRequests(player: shaka.Player, { token }: LicenseServer): void {
  const { LICENSE } = shaka.net.NetworkingEngine.RequestType;
  const engine = player.getNetworkingEngine();
  engine?.registerRequestFilter((type, request) => {
    if (type !== LICENSE) return;
    request.headers['pallycon-customdata-v2'] = token;
    if (player.keySystem() === FAIRPLAY && request.body !== null) {
      const spc = btoa(Array.from(bytesOf(request.body), (byte) => String.fromCharCode(byte)).join(''));
      request.headers['Content-Type'] = 'application/x-www-form-urlencoded';
      request.body = new TextEncoder().encode(`spc=${encodeURIComponent(spc)}`).buffer;
    }
  });
  engine?.registerResponseFilter((type, response) => {
    if (type !== LICENSE) return;
    const bytes = bytesOf(response.data);
    const refusal = refusalIn(bytes);
    if (refusal !== null) throw refusal;
    if (player.keySystem() === FAIRPLAY) {
      const text = new TextDecoder().decode(bytes).trim();
      response.data = Uint8Array.from(atob(text), (character) => character.charCodeAt(0)).buffer;
    }
  });
}

/** What a license server said instead of a license. */
export class LicenseRefusal extends Error {
  override readonly name = 'LicenseRefusal';
}

/**
 * What the codes of the service mean (license error codes of its documentation); others are told with the
 * server's own message.
 */
const WORDS: Readonly<Record<string, string>> = {
  1003: 'there is no such site',
  7001: 'there is no packaging information for this content id: was it packaged with keys of this service?',
  7010: 'the license token is missing',
  7011: 'the license token has expired: have a new one made',
  7012: 'the license token is for another content id',
  7016: 'the license token is invalid',
  7018: 'the license token is for another DRM system',
  7019: 'the license token’s hash doesn’t match: was it made with this site’s access key?',
  7103: 'the service could not reach Widevine’s server',
  7112: 'the Widevine pssh of the content is wrong',
  7305: 'FairPlay’s request (SPC) was empty',
  7308: 'FairPlay’s asset id is wrong',
};

/** An error in JSON, which such servers send with status 200; `null` for what may be a license. */
function refusalIn(bytes: Uint8Array): LicenseRefusal | null {
  const json = parsed(new TextDecoder().decode(bytes));
  if (json === null) return null;
  // 8002 wraps another error as {"ERROR", "MESSAGE"} in its message.
  const inner = typeof json.message === 'string' ? parsed(json.message) : null;
  const code = json.errorCode === '8002' && inner?.ERROR !== undefined ? inner.ERROR : (json.errorCode ?? json.ERROR);
  if (code === undefined) return null;
  const said = [inner?.MESSAGE, json.message, json.MESSAGE].find((text) => typeof text === 'string' && text !== '');
  const own = typeof said === 'string' ? said.slice(0, 200) : '';
  const words = WORDS[String(code)];
  return new LicenseRefusal(
    `The license server refused, code ${String(code).slice(0, 20)}: ${words ?? (own || 'it gave no reason')}`,
  );
}

function parsed(text: string): Record<string, unknown> | null {
  if (!text.trimStart().startsWith('{')) return null;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return null;
  }
}

function bytesOf(data: ArrayBuffer | ArrayBufferView): Uint8Array {
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
