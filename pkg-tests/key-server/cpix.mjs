// CPIX as a server sees it: requests checked against the schema and read, answers written.

import { execFile } from 'node:child_process';
import { constants, createCipheriv, createHmac, publicEncrypt, randomBytes, X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The CPIX schema beside the DASH schema that `TABPACK_XSD` names; `null` where there is none. */
export const schema = (() => {
  const path =
    process.env.TABPACK_XSD === undefined ? null : join(dirname(process.env.TABPACK_XSD), 'cpix', 'cpix.xsd');
  return path !== null && existsSync(path) ? path : null;
})();

/**
 * Validates a request against the schema of CPIX 2.4. Three things that the protocols want and that schema
 * doesn't know are put into its words first: URIExtXKey, which 2.4 removed; `master`, which it renamed;
 * and the document key, which a request for encrypted delivery can't have yet.
 *
 * @param {string} text
 */
export async function validate(text) {
  if (schema === null) return;
  const value =
    '<pskc:EncryptedValue xmlns:enc="http://www.w3.org/2001/04/xmlenc#"><enc:CipherData><enc:CipherValue/></enc:CipherData></pskc:EncryptedValue>';
  const mapped = text
    .replace(/<cpix:URIExtXKey\/>/g, '')
    .replaceAll('playlist="master"', 'playlist="multiVariant"')
    .replace(
      '</cpix:DeliveryKey></cpix:DeliveryData>',
      `</cpix:DeliveryKey><cpix:DocumentKey><cpix:Data><pskc:Secret>${value}</pskc:Secret></cpix:Data></cpix:DocumentKey></cpix:DeliveryData>`,
    );
  const folder = await mkdtemp(join(tmpdir(), 'tabpack-cpix-'));
  try {
    const path = join(folder, 'request.xml');
    await writeFile(path, mapped);
    await run('xmllint', ['--nonet', '--noout', '--schema', schema, path]);
  } catch (error) {
    throw new Error(
      `The request isn't valid: ${String(error instanceof Error && 'stderr' in error ? error.stderr : error).slice(0, 600)}`,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Reads a request; anything unexpected throws.
 *
 * @param {Buffer} body
 * @returns {Promise<AskedKeys & Required<Pick<AskedKeys, 'keys'>>>}
 */
export async function readRequest(body) {
  const text = body.toString('utf8');
  if (!/^<\?xml[^>]*\?>\s*<cpix:CPIX /.test(text)) throw new Error('This is no CPIX document');
  await validate(text);
  const root = attributes(/<cpix:CPIX ([^>]*)>/.exec(text)?.[1] ?? '');
  /** @param {string} name */
  const all = (name) =>
    [...text.matchAll(new RegExp(`<cpix:${name} ([^>]*?)/?>`, 'g'))].map(([, words]) => attributes(words));
  const keys = all('ContentKey').map(({ kid, commonEncryptionScheme }) => ({ kid, scheme: commonEncryptionScheme }));
  const systems = all('DRMSystem');
  for (const { kid } of systems)
    if (!keys.some((key) => key.kid === kid)) throw new Error(`DRMSystem names ${kid}, which is no ContentKey`);
  const rules = [
    ...text.matchAll(/<cpix:ContentKeyUsageRule ([^>]*?)(?:\/>|>(.*?)<\/cpix:ContentKeyUsageRule>)/gs),
  ].map(([, words, inside = '']) => {
    const { kid, intendedTrackType } = attributes(words);
    return {
      kid,
      label: intendedTrackType,
      period: /periodId="([^"]+)"/.exec(inside)?.[1],
      filters: inside.match(/<cpix:(Video|Audio)Filter[^>]*\/>/g) ?? [],
    };
  });
  if (keys.length === 0) throw new Error('There is no ContentKey');
  return {
    id: root.id,
    contentId: root.contentId,
    version: root.version,
    keys,
    rules,
    systems: [...new Set(systems.map(({ systemId }) => systemId.toLowerCase()))],
    periods: all('ContentKeyPeriod').map(({ id, index }) => ({ id, index: Number(index) })),
    certificate: /<ds:X509Certificate>([^<]+)</.exec(text)?.[1],
  };
}

/**
 * @param {string} words
 * @returns {Record<string, string>}
 */
const attributes = (words) =>
  Object.fromEntries([...words.matchAll(/([\w:]+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));

/** @param {Buffer} bytes */
const uuid = (bytes) => bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
/** @param {string | Buffer} text */
const base64 = (text) => Buffer.from(text).toString('base64');

/**
 * Writes an answer. The lists stand in an order that isn't the schema's: readers mustn't mind.
 *
 * @param {{ asked: AskedKeys, keys: AnsweredKey[], idAttribute: string, dialect: string, fault: string | undefined }} answer
 */
export function cpixAnswer({ asked, keys, idAttribute, dialect, fault }) {
  const seal = asked.certificate === undefined ? undefined : sealer(asked.certificate, fault);
  const id = (asked.contentId ?? asked.id ?? '').replace(/[&<"]/g, '');
  /** @param {AnsweredKey} key */
  const kidOf = (key) => uuid(fault === 'wrong-kid' ? Buffer.from(key.kid).fill(0xee) : key.kid);
  const rules = keys
    .filter(({ label }) => label !== undefined)
    .map(
      (key) =>
        `<cpix:ContentKeyUsageRule kid="${kidOf(key)}" intendedTrackType="${key.label}">${key.periodId === undefined ? '' : `<cpix:KeyPeriodFilter periodId="${key.periodId}"/>`}${(key.filters ?? []).join('')}</cpix:ContentKeyUsageRule>`,
    );
  const systems = keys.flatMap((key) =>
    asked.systems.map((systemId) =>
      system(systemId, key, id, dialect, fault === 'wrong-kid' ? kidOf(key) : uuid(key.kid)),
    ),
  );
  const contentKeys = keys.map((key) => {
    const secret =
      seal === undefined ? `<pskc:PlainValue>${key.key.toString('base64')}</pskc:PlainValue>` : seal.value(key.key);
    const iv = key.iv === undefined ? '' : ` explicitIV="${key.iv.toString('base64')}"`;
    const scheme = key.scheme === undefined ? '' : ` commonEncryptionScheme="${key.scheme}"`;
    return `<cpix:ContentKey kid="${uuid(key.kid)}"${iv}${scheme}><cpix:Data><pskc:Secret>${secret}</pskc:Secret></cpix:Data></cpix:ContentKey>`;
  });
  const periods = asked.periods.map(({ id: name, index }) => `<cpix:ContentKeyPeriod id="${name}" index="${index}"/>`);
  const version = asked.version === undefined ? '' : ` version="${asked.version}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<cpix:CPIX ${idAttribute}="${id}"${version} xmlns:cpix="urn:dashif:org:cpix" xmlns:pskc="urn:ietf:params:xml:ns:keyprov:pskc" xmlns:speke="urn:aws:amazon:com:speke" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" xmlns:enc="http://www.w3.org/2001/04/xmlenc#">
<cpix:ContentKeyList>${contentKeys.join('\n')}</cpix:ContentKeyList>
${rules.length === 0 ? '' : `<cpix:ContentKeyUsageRuleList>${rules.join('\n')}</cpix:ContentKeyUsageRuleList>`}
${systems.length === 0 ? '' : `<cpix:DRMSystemList>${systems.join('\n')}</cpix:DRMSystemList>`}
${periods.length === 0 ? '' : `<cpix:ContentKeyPeriodList>${periods.join('')}</cpix:ContentKeyPeriodList>`}
${seal === undefined ? '' : seal.delivery}
</cpix:CPIX>
`;
}

const WIDEVINE = 'edef8ba9-79d6-4ace-a3c8-27dcd51d21ed';
const PLAYREADY = '9a04f079-9840-4286-ab92-e65be0885f95';

/**
 * @param {string} systemId
 * @param {AnsweredKey} key
 * @param {string} contentId
 * @param {string} dialect
 * @param {string} kid
 */
function system(systemId, key, contentId, dialect, kid) {
  const payload = systemId === PLAYREADY ? playReadyObject(key) : widevineData(key, contentId);
  const pssh = psshBox(systemId, payload).toString('base64');
  const inside = [];
  if (systemId === WIDEVINE || systemId === PLAYREADY) {
    inside.push(`<cpix:PSSH>${pssh}</cpix:PSSH>`);
    // The KMS sends the payload, CPIX wants XML.
    const xml = `<pssh xmlns="urn:mpeg:cenc:2013">${pssh}</pssh>`;
    const data =
      dialect === 'kms'
        ? payload
        : systemId === WIDEVINE
          ? xml
          : `${xml}<mspr:pro xmlns:mspr="urn:microsoft:playready">${payload.toString('base64')}</mspr:pro><dev:note xmlns:dev="urn:tabpack:dev" kid="${uuid(key.kid)}">for &amp; by the server</dev:note>`;
    if (dialect !== 'speke1') inside.push(`<cpix:ContentProtectionData>${base64(data)}</cpix:ContentProtectionData>`);
    if (systemId === PLAYREADY && (dialect === 'kms' || dialect === 'speke1'))
      inside.push(`<speke:ProtectionHeader>${payload.toString('base64')}</speke:ProtectionHeader>`);
    // SPEKE 2 has lines for playlists of all three systems.
    if (systemId === PLAYREADY && (dialect === '2.0' || dialect === '2.1'))
      inside.push(
        ...playlists(
          `METHOD=${method(key)},KEYFORMAT="com.microsoft.playready",KEYFORMATVERSIONS="1",URI="data:text/plain;charset=UTF-16;base64,${payload.toString('base64')}"`,
          dialect,
        ),
      );
    if (systemId === WIDEVINE && (dialect === '2.0' || dialect === '2.1'))
      inside.push(
        ...playlists(
          `METHOD=${method(key)},KEYFORMAT="urn:uuid:${WIDEVINE}",KEYFORMATVERSIONS="1",URI="data:text/plain;base64,${pssh}",KEYID=0x${key.kid.toString('hex')}`,
          dialect,
        ),
      );
  } else {
    const uri = `skd://${key.kid.toString('base64')}`;
    const format = 'com.apple.streamingkeydelivery';
    if (dialect === 'kms' || dialect === 'speke1') inside.push(`<cpix:URIExtXKey>${base64(uri)}</cpix:URIExtXKey>`);
    if (dialect === 'speke1')
      inside.push(
        `<speke:KeyFormat>${base64(format)}</speke:KeyFormat><speke:KeyFormatVersions>${base64('1')}</speke:KeyFormatVersions>`,
      );
    if (dialect !== 'speke1')
      inside.push(
        ...playlists(`METHOD=${method(key)},KEYFORMAT="${format}",KEYFORMATVERSIONS="1",URI="${uri}"`, dialect),
      );
  }
  return `<cpix:DRMSystem kid="${kid}" systemId="${dialect === 'kms' ? systemId.toUpperCase() : systemId}">${inside.join('')}</cpix:DRMSystem>`;
}

/** @param {AnsweredKey} key */
const method = ({ scheme }) => (scheme === 'cenc' ? 'SAMPLE-AES-CTR' : 'SAMPLE-AES');

/**
 * The lines for playlists; the KMS names the one for media playlists by no attribute.
 *
 * @param {string} attributes
 * @param {string} dialect
 */
function playlists(attributes, dialect) {
  const names =
    dialect === 'kms'
      ? ['', ' playlist="master"']
      : [' playlist="media"', ` playlist="${dialect === '2.1' ? 'multiVariant' : 'master'}"`];
  return ['KEY', 'SESSION-KEY'].map(
    (tag, index) =>
      `<cpix:HLSSignalingData${names[index]}>${base64(`#EXT-X-${tag}:${attributes}`)}</cpix:HLSSignalingData>`,
  );
}

/**
 * `WidevinePsshData`: algorithm, key id, provider, content id.
 *
 * @param {AnsweredKey} key
 * @param {string} contentId
 */
function widevineData({ kid }, contentId) {
  /**
   * @param {number} tag
   * @param {Buffer} bytes
   */
  const field = (tag, bytes) => Buffer.concat([Buffer.from([tag, bytes.length]), bytes]);
  return Buffer.concat([
    Buffer.from([8, 1]),
    field(0x12, kid),
    field(0x1a, Buffer.from('tabpack')),
    field(0x22, Buffer.from(contentId)),
  ]);
}

/**
 * A PlayReady Object with one record, a header of version 4.3.
 *
 * @param {AnsweredKey} key
 */
function playReadyObject({ kid }) {
  const guid = Buffer.from([3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15].map((at) => kid[at]));
  const header = Buffer.from(
    `<WRMHEADER xmlns="http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader" version="4.3.0.0"><DATA><PROTECTINFO><KIDS><KID ALGID="AESCTR" VALUE="${guid.toString('base64')}"></KID></KIDS></PROTECTINFO></DATA></WRMHEADER>`,
    'utf16le',
  );
  const out = Buffer.alloc(10 + header.length);
  out.writeUInt32LE(out.length, 0);
  out.writeUInt16LE(1, 4);
  out.writeUInt16LE(1, 6);
  out.writeUInt16LE(header.length, 8);
  header.copy(out, 10);
  return out;
}

/**
 * @param {string} systemId
 * @param {Buffer} payload
 */
function psshBox(systemId, payload) {
  const out = Buffer.alloc(32);
  out.writeUInt32BE(32 + payload.length, 0);
  out.write('pssh', 4, 'latin1');
  Buffer.from(systemId.replaceAll('-', ''), 'hex').copy(out, 12);
  out.writeUInt32BE(payload.length, 28);
  return Buffer.concat([out, payload]);
}

/**
 * Encrypted delivery to a certificate: CPIX 2.3, section 8.
 *
 * @param {string} certificate
 * @param {string | undefined} fault
 */
function sealer(certificate, fault) {
  const { publicKey } = new X509Certificate(Buffer.from(certificate, 'base64'));
  const documentKey = randomBytes(32);
  const macKey = randomBytes(64);
  /** @param {Buffer} key */
  const wrap = (key) =>
    publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' }, key).toString(
      'base64',
    );
  /**
   * @param {string} algorithm
   * @param {string} value
   */
  const encrypted = (algorithm, value) =>
    `<pskc:EncryptedValue><enc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#${algorithm}"/><enc:CipherData><enc:CipherValue>${value}</enc:CipherValue></enc:CipherData></pskc:EncryptedValue>`;
  return {
    delivery: `<cpix:DeliveryDataList><cpix:DeliveryData><cpix:DeliveryKey><ds:X509Data><ds:X509Certificate>${certificate}</ds:X509Certificate></ds:X509Data></cpix:DeliveryKey>
<cpix:DocumentKey Algorithm="http://www.w3.org/2001/04/xmlenc#aes256-cbc"><cpix:Data><pskc:Secret>${encrypted('rsa-oaep-mgf1p', wrap(documentKey))}</pskc:Secret></cpix:Data></cpix:DocumentKey>
<cpix:MACMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#hmac-sha512"><cpix:Key>${encrypted('rsa-oaep-mgf1p', wrap(macKey))}</cpix:Key></cpix:MACMethod></cpix:DeliveryData></cpix:DeliveryDataList>`,
    /** @param {Buffer} key */
    value: (key) => {
      const iv = randomBytes(16);
      const cipher = createCipheriv('aes-256-cbc', documentKey, iv);
      const value = Buffer.concat([iv, cipher.update(key), cipher.final()]);
      const mac = createHmac('sha512', macKey).update(value).digest();
      if (fault === 'wrong-hmac') mac[0] ^= 1;
      return `${encrypted('aes256-cbc', value.toString('base64'))}<pskc:ValueMAC>${mac.toString('base64')}</pskc:ValueMAC>`;
    },
  };
}
