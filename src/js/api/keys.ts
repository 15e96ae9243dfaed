/** Content keys and how they are written. */

/** 16 bytes in each notation that tools of this field ask for. */
export interface Notations {
  /** 32 lower-case hexadecimal digits. */
  readonly hex: string;
  /** The 8-4-4-4-12 form. */
  readonly uuid: string;
  /** Base64 with padding. */
  readonly base64: string;
  /** Base64url without padding, as a ClearKey license (JWK) has it. */
  readonly base64url: string;
}

/** A content key with its id. The key is a secret: show it only where the user asked for it. */
export interface KeyInfo {
  /** The label of the tracks it is for, as in `HD`; `null` for a key of all tracks. */
  readonly label: string | null;
  /** The crypto period from 0. */
  readonly period: number;
  /** The key id. */
  readonly kid: Notations;
  /** The content key. */
  readonly key: Notations;
  /** Whether the key was made for this job rather than given. */
  readonly generated: boolean;
}
