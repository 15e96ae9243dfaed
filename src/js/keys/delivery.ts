/** Encrypted delivery of CPIX keys by WebCrypto. The private key can't be taken out of the platform. */

import { failures } from '../api/errors';
import type { DeliveryKey } from '../api/key-server';

/** What is to be decrypted, in base64. */
export interface Sealed {
  readonly recipients: readonly { readonly documentKey: string; readonly macKey: string }[];
  readonly keys: readonly { readonly value: string; readonly mac: string | null }[];
}

const OAEP = { name: 'RSA-OAEP', hash: 'SHA-1' } as const; // what CPIX prescribes: rsa-oaep-mgf1p
const PKCS1 = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } as const;

/**
 * Makes a key pair and a self-signed certificate for it.
 *
 * @param options `bits`: the RSA modulus, 3072 by default. `name`: the certificate's common name. `days`: how
 *   long it says that it is valid, from now; a year by default.
 */
export async function createDeliveryKey(
  options: { bits?: 2048 | 3072 | 4096; name?: string; days?: number } = {},
): Promise<DeliveryKey> {
  const { bits = 3072, name = 'tabpack delivery', days = 365 } = options;
  // WebCrypto ties a key to one use, and this one has two: it signs its certificate, then unwraps.
  const pair = await crypto.subtle.generateKey(
    { ...PKCS1, modulusLength: bits, publicExponent: new Uint8Array([1, 0, 1]) },
    true,
    ['sign', 'verify'],
  );
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey('pkcs8', pair.privateKey));
  try {
    const privateKey = await crypto.subtle.importKey('pkcs8', pkcs8, OAEP, false, ['unwrapKey']);
    const spki = new Uint8Array(await crypto.subtle.exportKey('spki', pair.publicKey));
    const body = certificateBody(spki, name, days);
    const signature = new Uint8Array(await crypto.subtle.sign(PKCS1, pair.privateKey, body as Uint8Array<ArrayBuffer>));
    const certificate = der(0x30, body, SHA256_RSA, der(0x03, new Uint8Array([0]), signature));
    return { certificate: toBase64(certificate), privateKey };
  } finally {
    pkcs8.fill(0);
  }
}

/** Takes a certificate and its private key (PKCS #8), each in PEM. */
export async function importDeliveryKey(certificate: string, privateKey: string): Promise<DeliveryKey> {
  const der = pem(certificate, 'CERTIFICATE');
  const pkcs8 = pem(privateKey, 'PRIVATE KEY');
  try {
    const key = await crypto.subtle.importKey('pkcs8', pkcs8, OAEP, false, ['unwrapKey']);
    return { certificate: toBase64(der), privateKey: key };
  } catch {
    throw failures.deliveryKeyInvalid('the private key is not an RSA key in PKCS #8');
  } finally {
    pkcs8.fill(0);
  }
}

function pem(text: string, label: string): Uint8Array<ArrayBuffer> {
  const body = new RegExp(`-----BEGIN ${label}-----([A-Za-z0-9+/=\\s]+)-----END ${label}-----`).exec(text)?.[1];
  if (body === undefined)
    throw failures.deliveryKeyInvalid('the text has no PEM block that begins with BEGIN {label}', { label });
  return fromBase64(body.replace(/\s+/g, ''));
}

/** Opens content keys, 16 bytes each, one after the other. The MAC is checked before anything is decrypted. `where` they came from is for messages. */
export async function openSealed(
  sealed: Sealed,
  delivery: DeliveryKey | undefined,
  where: string,
): Promise<Uint8Array> {
  if (delivery === undefined) throw failures.deliveryKeyMissing();
  const { documentKey, macKey } = await unwrap(sealed, delivery.privateKey);
  const opened = new Uint8Array(16 * sealed.keys.length);
  for (const [index, { value, mac }] of sealed.keys.entries()) {
    const bytes = fromBase64(value);
    const right = mac !== null && (await crypto.subtle.verify('HMAC', macKey, fromBase64(mac), bytes));
    if (!right) throw failures.macMismatch(where, mac === null);
    const key = await crypto.subtle
      .decrypt({ name: 'AES-CBC', iv: bytes.subarray(0, 16) }, documentKey, bytes.subarray(16))
      .then(
        (plain) => new Uint8Array(plain),
        () => new Uint8Array(),
      );
    if (key.length !== 16) throw failures.deliveryKeyInvalid("a content key doesn't decrypt to 16 bytes");
    opened.set(key, 16 * index);
    key.fill(0);
  }
  return opened;
}

/** The keys of the recipient that the private key is of: the one that can be unwrapped. */
async function unwrap(
  { recipients }: Sealed,
  privateKey: CryptoKey,
): Promise<{ documentKey: CryptoKey; macKey: CryptoKey }> {
  for (const { documentKey, macKey } of recipients) {
    try {
      return {
        documentKey: await crypto.subtle.unwrapKey(
          'raw',
          fromBase64(documentKey),
          privateKey,
          OAEP,
          { name: 'AES-CBC' },
          false,
          ['decrypt'],
        ),
        macKey: await crypto.subtle.unwrapKey(
          'raw',
          fromBase64(macKey),
          privateKey,
          OAEP,
          { name: 'HMAC', hash: 'SHA-512' },
          false,
          ['verify'],
        ),
      };
    } catch {
      // Another recipient's.
    }
  }
  throw failures.deliveryKeyInvalid('the private key opens none of the document keys');
}

/** `AlgorithmIdentifier` of sha256WithRSAEncryption (RFC 8017, appendix A.2.4). */
const SHA256_RSA = der(0x30, oid([0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b]), der(0x05));

/** `TBSCertificate` of RFC 5280 section 4.1 as version 3, subject and issuer the same. */
function certificateBody(spki: Uint8Array, name: string, days: number): Uint8Array {
  const serial = crypto.getRandomValues(new Uint8Array(16));
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40; // positive, of full length
  const commonName = der(
    0x30,
    der(0x31, der(0x30, oid([0x55, 0x04, 0x03]), der(0x0c, new TextEncoder().encode(name)))),
  );
  const start = Date.now() - 3_600_000; // clocks differ
  const validity = der(0x30, time(start), time(start + days * 86_400_000));
  const version = der(0xa0, der(0x02, new Uint8Array([2])));
  return der(0x30, version, der(0x02, serial), SHA256_RSA, commonName, validity, commonName, spki);
}

/** `GeneralizedTime`; RFC 5280 wants `UTCTime` until 2049. */
function time(milliseconds: number): Uint8Array {
  const digits = new Date(milliseconds).toISOString().replace(/\.\d+|[-:T]/g, '');
  const utc = Number(digits.slice(0, 4)) < 2050;
  return der(utc ? 0x17 : 0x18, new TextEncoder().encode(utc ? digits.slice(2) : digits));
}

function oid(bytes: readonly number[]): Uint8Array {
  return der(0x06, new Uint8Array(bytes));
}

/** A value of DER: tag, length, content. */
function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 255];
  const out = new Uint8Array(1 + length.length + size);
  out.set([tag, ...length]);
  let at = 1 + length.length;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
