// MPEG-TS and SAMPLE-AES read by hand, for what ffmpeg can't: it leaves the last packet encrypted, and takes no key that changes.

import assert from 'node:assert/strict';
import { createDecipheriv } from 'node:crypto';

/**
 * @typedef {object} Transport
 * @property {{ pts: number, dts: number, data: Buffer }[]} packets
 * @property {number[]} clocks
 * @property {Record<number, number[]>} counters
 * @property {number} streamType
 * @property {Buffer} descriptors
 */

/**
 * The tables and PES packets of a segment: `{ streamType, descriptors, packets: [{ pts, dts, data }], clocks, counters }`.
 *
 * @param {Buffer} bytes
 * @returns {Transport}
 */
export function readTransport(bytes) {
  assert.equal(bytes.length % 188, 0, 'whole packets');
  /** @type {Transport} */
  const result = { packets: [], clocks: [], counters: {}, streamType: 0, descriptors: Buffer.alloc(0) };
  let programMap;
  let stream;
  /** @type {Buffer[] | undefined} */
  let pending;
  const finish = () => {
    if (pending) result.packets.push(readPes(Buffer.concat(pending)));
    pending = undefined;
  };
  for (let at = 0; at < bytes.length; at += 188) {
    const packet = bytes.subarray(at, at + 188);
    assert.equal(packet[0], 0x47);
    const starts = (packet[1] & 0x40) !== 0;
    const pid = packet.readUInt16BE(1) & 0x1fff;
    const [hasField, hasPayload] = [(packet[3] & 0x20) !== 0, (packet[3] & 0x10) !== 0];
    if (hasPayload) {
      result.counters[pid] ??= [];
      result.counters[pid].push(packet[3] & 15);
    }
    let from = 4;
    if (hasField) {
      if (packet[4] > 0 && (packet[5] & 0x10) !== 0) result.clocks.push(packet.readUInt32BE(6) * 2 + (packet[10] >> 7));
      from += 1 + packet[4];
    }
    const payload = packet.subarray(hasPayload ? from : 188);
    if (pid === 0) programMap = payload.readUInt16BE(1 + 10) & 0x1fff;
    else if (pid === programMap) {
      const entry = payload.subarray(1 + 12 + (payload.readUInt16BE(1 + 10) & 0xfff));
      stream = entry.readUInt16BE(1) & 0x1fff;
      result.streamType = entry[0];
      result.descriptors = entry.subarray(5, 5 + (entry.readUInt16BE(3) & 0xfff));
    } else {
      assert.equal(pid, stream);
      if (starts) {
        finish();
        pending = [];
      }
      pending?.push(payload);
    }
  }
  finish();
  return result;
}

/** @param {Buffer} bytes */
function readPes(bytes) {
  assert.deepEqual([...bytes.subarray(0, 3)], [0, 0, 1]);
  const length = bytes.readUInt16BE(4);
  assert.ok(length === 0 || length === bytes.length - 6, 'the length of a PES packet');
  /** @param {number} at */
  const stamp = (at) =>
    ((bytes[at] >> 1) & 7) * 2 ** 30 + (bytes.readUInt16BE(at + 1) >> 1) * 2 ** 15 + (bytes.readUInt16BE(at + 3) >> 1);
  const pts = stamp(9);
  const dts = (bytes[7] & 0x40) === 0 ? pts : stamp(14);
  return { pts, dts, data: bytes.subarray(9 + bytes[8]) };
}

/**
 * The NAL units of an access unit, without their start codes.
 *
 * @param {Buffer} data
 */
export function nalUnits(data) {
  const units = [];
  for (let at = data.indexOf('00000001', 'hex'); at >= 0; ) {
    const next = data.indexOf('00000001', at + 4, 'hex');
    units.push(data.subarray(at + 4, next < 0 ? data.length : next));
    at = next;
  }
  return units;
}

/**
 * A NAL unit as it was before SAMPLE-AES: a layer of emulation prevention off, then one block in ten decrypted.
 *
 * @param {Buffer} unit
 * @param {Buffer} key
 * @param {Buffer} iv
 */
export function openNalUnit(unit, key, iv) {
  if (unit.length <= 48 || ![1, 5].includes(unit[0] & 31)) return unit;
  const opened = [];
  for (let at = 0, zeros = 0; at < unit.length; at++) {
    if (zeros >= 2 && unit[at] === 3) {
      zeros = 0;
      continue;
    }
    zeros = unit[at] === 0 ? zeros + 1 : 0;
    opened.push(unit[at]);
  }
  const nal = Buffer.from(opened);
  const decipher = createDecipheriv('aes-128-cbc', key, iv).setAutoPadding(false);
  for (let at = 32; nal.length - at > 16; at += 160) decipher.update(nal.subarray(at, at + 16)).copy(nal, at);
  return nal;
}

/**
 * The frames of ADTS behind each other, as they were before SAMPLE-AES.
 *
 * @param {Buffer} data
 * @param {Buffer} key
 * @param {Buffer} iv
 */
export function openAdts(data, key, iv) {
  const out = Buffer.from(data);
  for (let at = 0; at < out.length; ) {
    assert.equal(out.readUInt16BE(at) & 0xfff6, 0xfff0, 'a header of ADTS');
    const end = at + ((out.readUIntBE(at + 3, 3) >> 5) & 0x1fff);
    openFrame(out.subarray(at + 7, end), key, iv);
    at = end;
  }
  return out;
}

/**
 * Decrypts an audio frame in place: whole blocks behind its first 16 bytes.
 *
 * @param {Buffer} frame
 * @param {Buffer} key
 * @param {Buffer} iv
 */
export function openFrame(frame, key, iv) {
  const sealed = frame.subarray(16, Math.max(16, frame.length - (frame.length % 16)));
  createDecipheriv('aes-128-cbc', key, iv).setAutoPadding(false).update(sealed).copy(sealed);
}

/**
 * The private frames of the ID3 tag that packed audio begins with, by their owners, and what follows the tag.
 *
 * @param {Buffer} bytes
 */
export function readPacked(bytes) {
  assert.equal(bytes.toString('latin1', 0, 3), 'ID3');
  /** @param {number} at */
  const size = (at) => (bytes[at] << 21) | (bytes[at + 1] << 14) | (bytes[at + 2] << 7) | bytes[at + 3];
  const end = 10 + size(6);
  /** @type {Record<string, Buffer>} */
  const tag = {};
  for (let at = 10; at < end; at += 10 + size(at + 4)) {
    assert.equal(bytes.toString('latin1', at, at + 4), 'PRIV');
    const frame = bytes.subarray(at + 10, at + 10 + size(at + 4));
    const zero = frame.indexOf(0);
    tag[frame.toString('latin1', 0, zero)] = frame.subarray(zero + 1);
  }
  return { tag, sound: bytes.subarray(end) };
}
