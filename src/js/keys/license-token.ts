/**
 * License tokens of DoveRunner and PallyCon, for servers: signing takes the site key and the access key.
 *
 * @module tabpack/license-token
 */

import { createCipheriv, createHash } from 'node:crypto';

/** Which DRM system a token is for. Others are passed on as they are given. */
export type DrmType = 'Widevine' | 'PlayReady' | 'FairPlay' | 'NCG' | (string & {});

/** Track types of a rule. */
export type TokenTrack = 'ALL' | 'ALL_VIDEO' | 'AUDIO' | 'SD' | 'HD' | 'UHD1' | 'UHD2';

/** A policy of version 2. Members that aren't given keep the service's defaults. */
export interface LicensePolicy {
  policy_version?: 2;
  playback_policy?: {
    persistent?: boolean;
    /** Seconds. */
    license_duration?: number;
    /** As in `2026-12-31T23:59:59Z`. */
    expire_date?: string;
    rental_duration?: number;
    playback_duration?: number;
    allowed_track_types?: 'ALL' | 'SD_ONLY' | 'SD_HD' | 'SD_UHD1' | 'SD_UHD2';
    max_stream_per_user?: number;
    renewal_duration?: number;
  };
  security_policy?: readonly {
    track_type?: TokenTrack;
    widevine?: {
      security_level?: 1 | 2 | 3 | 4 | 5;
      required_hdcp_version?:
        | 'HDCP_NONE'
        | 'HDCP_V1'
        | 'HDCP_V2'
        | 'HDCP_V2_1'
        | 'HDCP_V2_2'
        | 'HDCP_NO_DIGITAL_OUTPUT';
      required_cgms_flags?: string;
      disable_analog_output?: boolean;
      hdcp_srm_rule?: string;
      override_device_revocation?: boolean;
      enable_license_cipher?: boolean;
      allow_test_device?: boolean;
    };
    playready?: {
      security_level?: 150 | 2000 | 3000;
      digital_video_protection_level?: 100 | 250 | 270 | 300 | 301;
      analog_video_protection_level?: 100 | 150 | 200 | 201;
      digital_audio_protection_level?: 100 | 250 | 300 | 301;
      require_hdcp_type_1?: boolean;
      enable_license_cipher?: boolean;
    };
    fairplay?: { hdcp_enforcement?: -1 | 0 | 1; allow_airplay?: boolean; allow_av_adapter?: boolean };
    ncg?: { allow_mobile_abnormal_device?: boolean; allow_external_display?: boolean; control_hdcp?: 0 | 1 | 2 };
    wiseplay?: { security_level?: number; output_control?: number };
  }[];
  /** Keys of content that was packaged with keys of one's own, 32 hexadecimal digits each. */
  external_key?: {
    mpeg_cenc?: readonly { track_type: TokenTrack; key_id: string; key: string; iv?: string }[];
    hls_aes?: readonly { track_type: TokenTrack; key: string; iv: string }[];
    /** 64 hexadecimal digits. */
    ncg?: { cek: string };
  };
}

/** What a token is made of. */
export interface TokenOptions {
  /** 32 characters. A secret. */
  siteKey: string;
  /** A secret; called packager key in older guides. */
  accessKey: string;
  siteId: string;
  contentId: string;
  drmType: DrmType;
  /** By default that of a token without a user. */
  userId?: string;
  /** A policy of version 2, or the JSON of a policy as it is, for one of an older version. */
  policy?: LicensePolicy | string;
  /** When the token begins to be valid, for ten minutes; now by default. */
  timestamp?: Date;
  responseFormat?: 'original' | 'custom';
  keyRotation?: boolean;
}

/** The IV that the service prescribes. */
const IV = Buffer.from('0123456789abcdef', 'ascii');

/** Makes a token: the value of the header `pallycon-customdata-v2`. */
export function licenseToken(options: TokenOptions): string {
  const { siteKey, accessKey, siteId, contentId, drmType, userId = 'LICENSETOKEN', timestamp = new Date() } = options;
  const key = Buffer.from(siteKey, 'utf8');
  if (key.length !== 32) throw new TypeError('the site key has 32 characters');
  if (accessKey === '' || siteId === '' || contentId === '')
    throw new TypeError('a token needs an access key, a site id and a content id');
  const { policy = {} } = options;
  if (typeof policy !== 'string') checkExternalKeys(policy.external_key);
  const text = typeof policy === 'string' ? policy : JSON.stringify({ policy_version: 2, ...policy });
  const cipher = createCipheriv('aes-256-cbc', key, IV);
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]).toString('base64');
  const time = timestamp.toISOString().replace(/\.\d+Z$/, 'Z');
  const signed = accessKey + drmType + siteId + userId + contentId + sealed + time;
  const token = {
    drm_type: drmType,
    site_id: siteId,
    user_id: userId,
    cid: contentId,
    policy: sealed,
    timestamp: time,
    ...(options.responseFormat === undefined ? {} : { response_format: options.responseFormat }),
    ...(options.keyRotation === undefined ? {} : { key_rotation: options.keyRotation }),
    hash: createHash('sha256').update(signed, 'utf8').digest('base64'),
  };
  return Buffer.from(JSON.stringify(token), 'utf8').toString('base64');
}

function checkExternalKeys(keys: LicensePolicy['external_key']): void {
  const values = [
    ...(keys?.mpeg_cenc ?? []).flatMap(({ key_id, key, iv }) => [key_id, key, ...(iv === undefined ? [] : [iv])]),
    ...(keys?.hls_aes ?? []).flatMap(({ key, iv }) => [key, iv]),
  ];
  if (!values.every((value) => /^[0-9a-f]{32}$/i.test(value)))
    throw new TypeError('a value of external_key isn’t 32 hexadecimal digits');
  if (keys?.ncg !== undefined && !/^[0-9a-f]{64}$/i.test(keys.ncg.cek))
    throw new TypeError('the cek of external_key isn’t 64 hexadecimal digits');
}
