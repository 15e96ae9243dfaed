// What each service answers, as its documentation says: see the sources named at each. The keys are drawn from
// the content id, so that the same title has the same keys, as real servers have it.

import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import { cpixAnswer, readRequest } from './cpix.mjs';

const FAIRPLAY = '94ce86fb-07ff-4f43-adb8-93d2fa968ca2';

/** What the server accepts; made up, but for Widevine's public test provider. */
export const CREDENTIALS = {
  token: 'eyJzaXRlX2lkIjoiREVNTyJ9/dev+token==',
  user: 'developer',
  password: 'correct horse battery',
  keyId: 'dev-key',
  siteId: 'DEMO',
  siteKey: 'dev-site-key-dev-site-key-dev-32',
  accessKey: 'dev-access-key',
  signer: 'widevine_test',
  signingKey: '1ae8ccd0e7985cc0b6203a55855a1034afc252980e970ca90e5202689f947ab9',
  signingIv: 'd58ce954203b7c9a9a9d467f59839249',
  kek: '000102030405060708090a0b0c0d0e0f',
};

/**
 * Key id and key of a title's track in a period.
 *
 * @param {string} contentId
 */
export function titleKey(contentId, label = 'HD', period = 0) {
  /** @param {string} what */
  const draw = (what) =>
    createHash('sha256').update(`${what}|${contentId}|${label}|${period}`).digest().subarray(0, 16);
  return { kid: draw('kid'), key: draw('key') };
}

/**
 * Routes a request to its service.
 *
 * @param {ServiceRequest} request
 * @returns {Promise<ServiceAnswer>}
 */
export async function answer(request) {
  const { path } = request;
  try {
    if (/^\/(v\d\/)?cpix\/((pallycon|doverunner)\/)?getKey/.test(path)) return await kms(request);
    if (path === '/speke/copyProtection') return await speke1(request);
    if (path === '/speke/heartbeat') return { body: 'OK', headers: { 'Speke-User-Agent': 'tabpack-dev' } };
    if (path === '/SpekeV2') return await speke2(request);
    if (path.startsWith('/cenc/getcontentkey')) return widevine(request);
    if (path === '/ezdrm/cpix.aspx') return ezdrm(request);
    if (path === '/keyos/getKeysNoEncryption') return await keyos(request);
    if (/^\/keystore\/keys(\/|$)/.test(path)) return skm(request);
    if (path.startsWith('/cid/')) return issuePage(request);
    if (path === '/clearkey') return clearKey(request);
    if (path === '/ri/licenseManager.do') return tokenLicense(request);
  } catch (error) {
    if (error instanceof Refusal) return error.answer;
    throw error;
  }
  return { status: 404, body: `There is no service at ${path}` };
}

/** An answer that says what is wrong with the request. */
class Refusal extends Error {
  /** @param {ServiceAnswer} answer */
  constructor(answer) {
    super('refused');
    this.answer = answer;
  }
}

/**
 * @param {number} status
 * @param {string} body
 * @param {Record<string, string>} [headers]
 */
const refuse = (status, body, headers = { 'Content-Type': 'text/plain' }) => new Refusal({ status, body, headers });
/**
 * @param {unknown} value
 * @returns {ServiceAnswer}
 */
const json = (value) => ({ body: JSON.stringify(value), headers: { 'Content-Type': 'application/json' } });
/**
 * @param {string} body
 * @param {Record<string, string>} [headers]
 * @returns {ServiceAnswer}
 */
const xml = (body, headers = {}) => ({ body, headers: { 'Content-Type': 'application/xml', ...headers } });

/**
 * @param {ServiceRequest} request
 * @param {(message: string) => Error} refusal
 */
async function parsed(request, refusal) {
  if (request.method !== 'POST') throw refuse(405, 'POST a CPIX document');
  try {
    return await readRequest(request.body);
  } catch (error) {
    throw refusal(error instanceof Error ? error.message : String(error));
  }
}

/**
 * DoveRunner/PallyCon (docs.pallycon.com CPIX API): token in the path or as enc-token; errors are JSON with 200.
 *
 * @param {ServiceRequest} request
 */
async function kms(request) {
  /** @param {string} message */
  const fail = (message) => new Refusal(json({ errorCode: 'A2004', message }));
  const token = request.query.get('enc-token') ?? decodeURIComponent(request.path.split('getKey/')[1] ?? '');
  if (token !== CREDENTIALS.token) throw fail('KMS token is wrong');
  const asked = await parsed(request, fail);
  if (asked.id === undefined) throw fail('CPIX@id is missing');
  const rotates = request.query.get('key-rotation') === 'true';
  if (rotates !== asked.periods.length > 0) throw fail('key-rotation and ContentKeyPeriodList go together');
  if (asked.rules.some(({ label }) => !['AUDIO', 'SD', 'HD', 'UHD1', 'UHD2'].includes(label)))
    throw fail('unknown track type');
  const keys = asked.keys.map(({ kid, scheme }) => {
    const rule = asked.rules.find((one) => one.kid === kid);
    if (rule === undefined) throw fail('a ContentKey has no usage rule');
    const period = asked.periods.find(({ id }) => id === rule.period)?.index ?? 0;
    return {
      asked: kid,
      label: rule.label,
      periodId: rule.period,
      scheme,
      iv: Buffer.from('0123456789abcdef'),
      ...titleKey(asked.id ?? '', rule.label, period),
    };
  });
  return xml(
    issue(request, cpixAnswer({ asked, keys, idAttribute: 'id', dialect: 'kms', fault: request.fault }), keys),
  );
}

/**
 * SPEKE 1: one key, the server's own key id, KeyFormat beside the URI.
 *
 * @param {ServiceRequest} request
 */
async function speke1(request) {
  basic(request);
  const asked = await parsed(request, (message) => refuse(400, message));
  if (asked.id === undefined || asked.keys.length !== 1) throw refuse(400, 'SPEKE 1 wants CPIX@id and one ContentKey');
  const keys = [{ asked: asked.keys[0].kid, iv: Buffer.from('0123456789abcdef'), ...titleKey(asked.id ?? '') }];
  return xml(
    issue(request, cpixAnswer({ asked, keys, idAttribute: 'id', dialect: 'speke1', fault: request.fault }), keys),
    { 'Speke-User-Agent': 'tabpack-dev' },
  );
}

/**
 * SPEKE 2: the errors are those of MediaPackage's documentation; the key ids stay the request's.
 *
 * @param {ServiceRequest} request
 */
async function speke2(request) {
  basic(request);
  /** @param {string} message */
  const fail = (message) => refuse(422, message);
  const version = request.headers['x-speke-version'];
  if (version !== '2.0' && version !== '2.1') throw fail('Unsupported SPEKE version');
  const asked = await parsed(request, fail);
  if (asked.contentId === undefined) throw fail('Missing CPIX@contentId');
  if (asked.version === undefined) throw fail('Missing CPIX@version');
  if (asked.version !== (version === '2.0' ? '2.3' : '2.4')) throw fail('Unsupported CPIX@version');
  const schemes = new Set(asked.keys.map(({ scheme }) => scheme));
  if (schemes.has(undefined)) throw fail(`Missing ContentKey@commonEncryptionScheme for KID ${asked.keys[0].kid}`);
  if (schemes.size > 1) throw fail('Non compliant ContentKey@commonEncryptionScheme combination');
  if (schemes.has('cenc') && asked.systems.includes(FAIRPLAY))
    throw fail('Non compliant ContentKey@commonEncryptionScheme: FairPlay does not decrypt cenc');
  const keys = asked.keys.map(({ kid, scheme }) => {
    const rule = asked.rules.find((one) => one.kid === kid);
    if (rule?.label === undefined) throw fail(`Missing ContentKeyUsageRule@intendedTrackType for KID ${kid}`);
    const parts = rule.label === 'ALL' ? 2 : rule.label.split('+').length;
    if (rule.filters.length !== parts) throw fail(`Non compliant filters for ${rule.label}`);
    const period = asked.periods.find(({ id }) => id === rule.period)?.index ?? 0;
    return {
      asked: kid,
      label: rule.label,
      filters: rule.filters,
      periodId: rule.period,
      scheme,
      ...titleKey(asked.contentId ?? '', rule.label, period),
      kid: Buffer.from(kid.replaceAll('-', ''), 'hex'),
      iv: scheme === 'cbcs' ? Buffer.from('fedcba9876543210') : undefined,
    };
  });
  const body = issue(
    request,
    cpixAnswer({ asked, keys, idAttribute: 'contentId', dialect: version, fault: request.fault }),
    keys,
  );
  return xml(body, { 'X-Speke-Version': version, 'X-Speke-User-Agent': 'tabpack-dev' });
}

/** @param {ServiceRequest} request */
function basic({ headers }) {
  const wanted = `Basic ${Buffer.from(`${CREDENTIALS.user}:${CREDENTIALS.password}`).toString('base64')}`;
  if (headers.authorization !== wanted)
    throw refuse(401, '', { 'X-AxDRM-ErrorMessage': 'Tenant or management key is wrong' });
}

/**
 * Widevine's Common Encryption API (shaka-packager's widevine_common_encryption.proto).
 *
 * @param {ServiceRequest} request
 */
function widevine({ body, path, issued, fault }) {
  /**
   * @param {string} word
   * @param {object} [more]
   */
  const status = (word, more = {}) =>
    json({ response: Buffer.from(JSON.stringify({ status: word, ...more })).toString('base64') });
  let outer;
  try {
    outer = JSON.parse(body.toString());
  } catch {
    return status('MALFORMED_REQUEST');
  }
  if (path !== `/cenc/getcontentkey/${outer.signer}` || outer.signer !== CREDENTIALS.signer)
    return status('ACCESS_DENIED');
  const text = Buffer.from(outer.request, 'base64');
  const cipher = createCipheriv(
    'aes-256-cbc',
    Buffer.from(CREDENTIALS.signingKey, 'hex'),
    Buffer.from(CREDENTIALS.signingIv, 'hex'),
  );
  const signature = Buffer.concat([cipher.update(createHash('sha1').update(text).digest()), cipher.final()]).toString(
    'base64',
  );
  if (signature !== outer.signature) return status('SIGNATURE_FAILED');
  const asked = JSON.parse(text.toString());
  if (!asked.content_id) return status('CONTENT_ID_MISSING');
  if (!asked.tracks?.length) return status('TRACK_TYPE_MISSING');
  const contentId = Buffer.from(asked.content_id, 'base64').toString();
  const first = asked.first_crypto_period_index ?? 0;
  const periods = Array.from({ length: asked.crypto_period_count ?? 1 }, (_, n) => first + n);
  const tracks = periods.flatMap((period) =>
    asked.tracks.map((/** @type {{ type: string }} */ { type }) => {
      const { kid, key } = titleKey(contentId, type, period);
      issued.set(kid.toString('hex'), key);
      const data = Buffer.concat([
        Buffer.from([0x12, 0x10]),
        kid,
        Buffer.from([0x22, contentId.length]),
        Buffer.from(contentId),
      ]);
      const named = fault === 'wrong-kid' ? 'XX' : type;
      return {
        type: named,
        key_id: kid.toString('base64'),
        key: key.toString('base64'),
        ...(asked.crypto_period_count === undefined ? {} : { crypto_period_index: period }),
        pssh: asked.drm_types
          .filter((/** @type {string} */ drm) => drm === 'WIDEVINE')
          .map((/** @type {string} */ drm_type) => ({ drm_type, data: data.toString('base64') })),
      };
    }),
  );
  return status('OK', { drm: asked.drm_types.map((/** @type {string} */ type) => ({ type, system_id: '' })), tracks });
}

/**
 * EZDRM's key generator (unified-streaming's documentation).
 *
 * @param {ServiceRequest} request
 */
function ezdrm(request) {
  const { method, query } = request;
  if (
    method !== 'GET' ||
    query.get('k') !== CREDENTIALS.keyId ||
    query.get('u') !== CREDENTIALS.user ||
    query.get('p') !== CREDENTIALS.password
  ) {
    return { status: 401, body: 'wrong user', headers: { 'Content-Type': 'text/plain' } };
  }
  const id = query.get('c') ?? '';
  const keys = [{ iv: Buffer.from('0123456789abcdef'), ...titleKey(id) }];
  const asked = {
    id,
    systems: ['edef8ba9-79d6-4ace-a3c8-27dcd51d21ed', '9a04f079-9840-4286-ab92-e65be0885f95'],
    periods: [],
    rules: [],
  };
  return xml(
    issue(request, cpixAnswer({ asked, keys, idAttribute: 'id', dialect: 'kms', fault: request.fault }), keys),
  );
}

/**
 * BuyDRM KeyOS: a token in the query, SOAP's header.
 *
 * @param {ServiceRequest} request
 */
async function keyos(request) {
  if (request.query.get('auth-token') !== CREDENTIALS.token) throw refuse(401, 'wrong token');
  if (!String(request.headers.soapaction).endsWith('RequestEncryptionInfo')) throw refuse(400, 'SOAPAction is missing');
  const asked = await parsed(request, (message) => refuse(400, message));
  const keys = asked.keys.map(({ kid }) => ({
    asked: kid,
    label: asked.rules.find((rule) => rule.kid === kid)?.label,
    ...titleKey(asked.id ?? '', asked.rules.find((rule) => rule.kid === kid)?.label),
  }));
  return xml(
    issue(request, cpixAnswer({ asked, keys, idAttribute: 'id', dialect: 'kms', fault: request.fault }), keys),
  );
}

/**
 * ExpressPlay's key storage (the SKM API's documentation): keys are kept under a key-encryption key. Of a key id that
 * is stored already, the stored key is answered. Those of {@link storedKeys} are there from the start.
 *
 * @param {ServiceRequest} request
 */
function skm({ method, path, query, headers, body, issued, wrapped, fault }) {
  if (query.get('customerAuthenticator') !== CREDENTIALS.token) throw refuse(401, 'wrong customer authenticator');
  /**
   * @param {number} status
   * @param {number} code
   * @param {string} message
   */
  const fail = (status, code, message) =>
    refuse(status, JSON.stringify({ code, message }), { 'Content-Type': 'application/json' });
  const given = path.slice('/keystore/keys'.length).replace(/^\//, '');
  if (method !== (given === '' ? 'POST' : 'GET')) throw fail(405, 2, 'method not allowed');
  let asked;
  try {
    asked = method === 'GET' ? { kid: given } : JSON.parse(body.toString());
  } catch {
    throw fail(400, 3, 'invalid JSON body');
  }
  if (method === 'POST' && headers['content-type'] !== 'application/json') throw fail(400, 3, 'JSON is wanted');
  const kid = asked.kid?.startsWith('^')
    ? createHash('sha1').update(asked.kid.slice(1)).digest('hex').slice(0, 32)
    : asked.kid;
  if (!/^[0-9a-f]{32}$/.test(kid ?? '')) throw fail(400, 2, 'invalid KID');
  const stored = wrapped.get(kid);
  if (method === 'GET' && stored === undefined) throw fail(404, 2, 'Not Found');
  if (stored === undefined && !/^[0-9a-f]{48}$/.test(asked.ek ?? '')) throw fail(400, 2, 'no kek passed: ek required');
  const kept = stored ?? { ek: asked.ek, kekId: asked.kekId, contentId: asked.contentId, info: asked.info };
  wrapped.set(kid, kept);
  // RFC 3394 as OpenSSL has it.
  const open = createDecipheriv('aes128-wrap', Buffer.from(CREDENTIALS.kek, 'hex'), Buffer.alloc(8, 0xa6));
  try {
    issued.set(kid, Buffer.concat([open.update(Buffer.from(kept.ek, 'hex')), open.final()]));
  } catch {
    // It is under a key that this server doesn't know: no license is given for it.
  }
  const answer = { kid: fault === 'wrong-kid' ? '0'.repeat(32) : kid, ...kept };
  return { ...json(answer), status: stored === undefined ? 201 : 200 };
}

/** What is stored of titles from the start. */
export function storedKeys() {
  const entries = ['stored-1', 'stored-2'].map((contentId) => {
    const seal = createCipheriv('aes128-wrap', Buffer.from(CREDENTIALS.kek, 'hex'), Buffer.alloc(8, 0xa6));
    const ek = Buffer.concat([seal.update(titleKey(contentId).key), seal.final()]).toString('hex');
    const kid = createHash('sha1').update(contentId).digest('hex').slice(0, 32);
    return /** @type {[string, StoredKey]} */ ([kid, { ek, kekId: '#1.afe008a381bdac03b412a92d54b92ddf', contentId }]);
  });
  return new Map(entries);
}

/**
 * The content provider's page of PallyCon's packaging callback, in both forms.
 *
 * @param {ServiceRequest} request
 */
function issuePage({ path, body, fault }) {
  const form = path.split('/')[2];
  const iv = form === 'xml' ? '1234567890abcdef' : '0123456789abcdef';
  const data = Buffer.from(new URLSearchParams(body.toString()).get('data') ?? '', 'base64');
  const open = createDecipheriv('aes-256-cbc', CREDENTIALS.siteKey, iv);
  let text;
  try {
    text = open.update(data, undefined, 'utf8') + open.final('utf8');
  } catch {
    return { status: 400, body: 'The data can’t be decrypted with the site key' };
  }
  const asked =
    form === 'xml'
      ? {
          file_name: (/<FILENAME>(.*)<\/FILENAME>/.exec(text)?.[1] ?? '').replaceAll('&amp;', '&'),
          nonce: /<NONCE>(.*)<\/NONCE>/.exec(text)?.[1],
        }
      : JSON.parse(text);
  const cid = `cid-${asked.file_name.replace(/[^A-Za-z0-9]/g, '-')}`;
  const nonce = fault === 'wrong-kid' ? '0' : asked.nonce;
  const reply =
    form === 'xml'
      ? `<RES><ERROR>0000</ERROR><CID>${cid}</CID><NONCE>${nonce}</NONCE></RES>`
      : JSON.stringify({ error_code: '0000', error_message: 'success', cid, nonce });
  const seal = createCipheriv('aes-256-cbc', CREDENTIALS.siteKey, iv);
  return {
    body: Buffer.concat([seal.update(reply, 'utf8'), seal.final()]).toString('base64'),
    headers: { 'Content-Type': 'text/plain' },
  };
}

/**
 * ClearKey licenses in JSON (Encrypted Media Extensions, section 9.1.3 and 9.1.4).
 *
 * @param {Pick<ServiceRequest, 'method' | 'body' | 'issued'>} request
 */
function clearKey({ method, body, issued }) {
  if (method !== 'POST') throw refuse(405, 'POST a license request');
  const { kids, type = 'temporary' } = JSON.parse(body.toString());
  const keys = kids.map((/** @type {string} */ kid) => {
    const key = issued.get(Buffer.from(kid, 'base64url').toString('hex'));
    if (key === undefined) throw refuse(403, `no key was handed out for ${kid}`);
    return { kty: 'oct', kid, k: key.toString('base64url') };
  });
  return json({ keys, type });
}

/**
 * DoveRunner's and PallyCon's license server: a token in a header, errors in JSON with status 200. Since no
 * browser here has the DRM systems, the challenge is ClearKey's, and FairPlay's form is around it.
 *
 * @param {ServiceRequest} request
 */
function tokenLicense(request) {
  /**
   * @param {string} errorCode
   * @param {string} message
   */
  const refused = (errorCode, message) => json({ errorCode, message });
  const header = request.headers['pallycon-customdata-v2'];
  if (!header) return refused('7010', 'token is null');
  let token;
  try {
    token = JSON.parse(Buffer.from(String(header), 'base64').toString());
  } catch {
    return refused('7016', 'token is invalid');
  }
  const isFairPlay = request.headers['content-type'] === 'application/x-www-form-urlencoded';
  const { drm_type, site_id, user_id, cid, policy, timestamp, hash } = token;
  if (site_id !== CREDENTIALS.siteId) return refused('1003', 'site does not exist');
  if ((drm_type === 'FairPlay') !== isFairPlay) return refused('7018', 'drm type mismatch');
  if (Math.abs(Date.now() - Date.parse(timestamp)) > 600_000) return refused('7011', 'token is expired');
  const signed = CREDENTIALS.accessKey + drm_type + site_id + user_id + cid + policy + timestamp;
  if (createHash('sha256').update(signed).digest('base64') !== hash) return refused('7019', 'hash mismatch');
  const body = isFairPlay
    ? Buffer.from(new URLSearchParams(request.body.toString()).get('spc') ?? '', 'base64')
    : request.body;
  const own = ['AUDIO', 'SD', 'HD', 'UHD1', 'UHD2'].map((label) => titleKey(cid, label).kid.toString('base64url'));
  if (!JSON.parse(body.toString()).kids.every((/** @type {string} */ kid) => own.includes(kid)))
    return refused('8002', JSON.stringify({ ERROR: '7012', MESSAGE: 'cid mismatch' }));
  const license = clearKey({ ...request, body });
  return isFairPlay
    ? { body: `${Buffer.from(license.body).toString('base64')}\n`, headers: { 'Content-Type': 'text/plain' } }
    : license;
}

/**
 * Remembers keys for licenses.
 *
 * @param {ServiceRequest} request
 * @param {string} document
 * @param {AnsweredKey[]} keys
 */
function issue({ issued }, document, keys) {
  for (const { kid, key } of keys) issued.set(kid.toString('hex'), key);
  return document;
}
