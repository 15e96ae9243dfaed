import { CODES, type ErrorClass, type ErrorCode } from '../generated/codes';
import {
  type Catalogue,
  type ErrorPlace,
  fill,
  type Given,
  type Literal,
  type Message,
  message,
  placeWords,
  say,
} from './message';

/** The shape in which an error crosses from a worker and from the core: plain, so that `postMessage` keeps it. */
export interface Failure {
  readonly tabpack: true;
  readonly code: ErrorCode;
  readonly template: string;
  readonly parameters: Message['parameters'];
  readonly place: ErrorPlace;
}

/**
 * What tabpack rejects with: a stable string code, a number that native packagers of this family use,
 * one sentence about what happened, where, and advice. Holds no key.
 */
export class TabpackError extends Error {
  /** The package's entry points are files of their own, and their errors of one kind all the same. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && isFailure(value);
  }

  /** Marks the error for whatever it passes through. */
  readonly tabpack = true;
  /** The stable code, as in `MP4_BOX_TRUNCATED`. */
  readonly code: ErrorCode;
  /** The number of the numeric table: 1101 no parameter, 1102 invalid parameter, 1202 file not accessible … */
  readonly number: number;
  /** Who can act. */
  readonly errorClass: ErrorClass;
  /** What happened, in English with placeholders `{name}`: its name in a catalogue of translations. */
  readonly template: string;
  /** What is put into the placeholders. */
  readonly parameters: Message['parameters'];
  /** Where it happened: whatever of it is known. */
  readonly place: ErrorPlace;
  /** What the user may do. */
  readonly advice: string;

  /** Makes an error of what the core reported. */
  constructor({ code, template, parameters, place }: Failure) {
    super(fill(template, parameters) + placeWords(place));
    this.name = 'TabpackError';
    const { number, errorClass, advice } = CODES[code];
    this.code = code;
    this.number = number;
    this.errorClass = errorClass;
    this.template = template;
    this.parameters = parameters;
    this.place = place;
    this.advice = advice;
  }
}

/**
 * An error in another language: what happened and where, and the advice. What the catalogue doesn't have is said in
 * English.
 */
export function describe(error: TabpackError, catalogue: Catalogue = {}): { message: string; advice: string } {
  return {
    message: say(error, catalogue) + placeWords(error.place, catalogue),
    advice: catalogue[error.advice] ?? error.advice,
  };
}

/** The plain shape of an error that is to cross from a worker: Comlink keeps no more of an `Error` than its message. */
export function toFailure(thrown: unknown): unknown {
  if (!(thrown instanceof TabpackError)) return thrown;
  const { code, template, parameters, place } = thrown;
  return { tabpack: true, code, template, parameters, place } satisfies Failure;
}

/** Whether a thrown value is what the core reports. */
export function isFailure(thrown: unknown): thrown is Failure {
  return typeof thrown === 'object' && thrown !== null && 'tabpack' in thrown && thrown.tabpack === true;
}

/** Makes a `TabpackError` of what the core threw; anything else stays as it is. */
export function toError(thrown: unknown): unknown {
  if (isFailure(thrown)) return thrown instanceof Error ? thrown : new TabpackError(thrown);
  if (!(thrown instanceof Error)) return thrown;
  const full =
    thrown.name === 'QuotaExceededError' ||
    ('code' in thrown && (thrown.code === 'ENOSPC' || thrown.code === 'EDQUOT'));
  return full ? failures.outputNoSpace('there is no space left: {reason}', { reason: thrown.message }) : thrown;
}

/** The error of a code, with what is said and where it happened. */
export function failure(code: ErrorCode, { template, parameters }: Message, place: ErrorPlace = {}): TabpackError {
  return new TabpackError({ tabpack: true, code, template, parameters, place });
}

/** Errors of a code: their sentence stands where they are raised. */
function raising(code: ErrorCode) {
  return <T extends string>(template: Literal<T>, ...given: Given<T>): TabpackError =>
    failure(code, message(template, ...given));
}

/** The same for errors that an option is to blame for. */
function blaming(code: ErrorCode) {
  return <T extends string>(template: Literal<T>, option: string, ...given: Given<T>): TabpackError =>
    failure(code, message(template, ...given), { option });
}

/** Host-side failures. */
export const failures = {
  /** A path that no file has (Node). */
  inputNotFound: (path: string): TabpackError =>
    failure('INPUT_NOT_FOUND', message('there is no file {path}', { path })),
  /** An input that can't be opened. */
  inputReadFailed: (name: string, reason: string): TabpackError =>
    failure('INPUT_READ_FAILED', message('the file could not be opened: {reason}', { reason }), { input: name }),
  /** An option that is missing. */
  optionMissing: blaming('OPTION_MISSING'),
  /** An option whose value isn't allowed. */
  optionInvalid: blaming('OPTION_INVALID'),
  /** Too many or too few parameters. */
  optionCount: blaming('OPTION_COUNT'),
  /** Two contents that would be encrypted with the same key and counters. */
  ivReused: (kid: string): TabpackError =>
    failure(
      'IV_REUSED',
      message('another job has used the IVs of this one with key {kid}, for other samples', { kid }),
      {
        option: 'iv',
      },
    ),
  /** An output folder that holds something already. */
  outputExists: (path: string): TabpackError =>
    failure('OUTPUT_EXISTS', message('{path} already exists and has files in it', { path })),
  /** A path that the file system doesn't take. */
  outputPathTooLong: (path: string): TabpackError =>
    failure('OUTPUT_PATH_TOO_LONG', message('the path {path} is too long', { path })),
  /** A name that the file system doesn't take. */
  outputNameTooLong: (path: string): TabpackError =>
    failure('OUTPUT_NAME_TOO_LONG', message('a name in {path} is too long', { path })),
  /** A key server that no request reaches. */
  keyServerUnreachable: (host: string): TabpackError =>
    failure('KEY_SERVER_UNREACHABLE', message('{host} could not be reached, or broke off its answer', { host })),
  /** No whole answer in time. */
  keyServerTimeout: (host: string, milliseconds: number): TabpackError =>
    failure(
      'KEY_SERVER_TIMEOUT',
      message('{host} gave no usable answer within {seconds} s', { host, seconds: milliseconds / 1000 }),
    ),
  /** A server that the browser keeps the page from reading. */
  keyServerBlocked: (host: string, reason: Message): TabpackError =>
    failure(
      'KEY_SERVER_BLOCKED',
      message("the browser doesn't let this page read the answer of {host}: {reason}", { host, reason: [reason] }),
    ),
  /** An answer that can't be used. */
  keyServerAnswer: (host: string, reason: Message): TabpackError =>
    failure(
      'KEY_SERVER_ANSWER_INVALID',
      message("the answer of {host} can't be used: {reason}", { host, reason: [reason] }),
    ),
  /** Encrypted keys without a private key. */
  deliveryKeyMissing: (): TabpackError =>
    failure(
      'DELIVERY_KEY_MISSING',
      message('the content keys are encrypted, and there is no private key to open them with'),
    ),
  /** A private key that opens nothing. */
  deliveryKeyInvalid: raising('DELIVERY_KEY_INVALID'),
  /** A MAC that doesn't fit. */
  macMismatch: (where: string, missing: boolean): TabpackError =>
    failure(
      'CPIX_MAC_MISMATCH',
      missing
        ? message('an encrypted content key in {where} has no MAC', { where })
        : message('the MAC of an encrypted content key in {where} is wrong', { where }),
    ),
  /** No room, before or while files are written. */
  outputNoSpace: raising('OUTPUT_NO_SPACE'),
  /** A file that can't be written. */
  outputWriteFailed: (path: string, reason: string): TabpackError =>
    failure('OUTPUT_WRITE_FAILED', message('writing {path} failed: {reason}', { path, reason })),
  /** What an interrupted job left doesn't fit. */
  resumeMismatch: (mismatch: Message): TabpackError => failure('RESUME_MISMATCH', mismatch, { option: 'resume' }),
  /** A key that has to be given. */
  keyMissing: raising('KEY_MISSING'),
  /** A preview whose files are asked for after it was closed. */
  previewClosed: (): TabpackError => failure('PREVIEW_CLOSED', message('the preview was closed')),
  /** A server that doesn't take a file. */
  outputServer: (host: string, path: string, status: number): TabpackError =>
    failure('OUTPUT_SERVER_ERROR', message('{host} answered {status} when {path} was sent', { host, status, path })),
  /** A server that no file reaches. */
  outputServerUnreachable: (host: string, path: string): TabpackError =>
    failure('OUTPUT_SERVER_UNREACHABLE', message('{path} could not be sent to {host}', { path, host })),
  /** A worker that died. */
  internal: raising('INTERNAL'),
};
