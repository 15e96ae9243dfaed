import type { ErrorClass, ErrorPlace } from './types';

/** The shape in which an error crosses from a worker: plain, so that `postMessage` keeps it. */
export interface Failure {
  readonly tabpack: true;
  readonly code: string;
  readonly number: number;
  readonly errorClass: ErrorClass;
  readonly message: string;
  readonly advice: string;
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
  readonly code: string;
  /** The number of the numeric table: 1101 no parameter, 1102 invalid parameter, 1202 file not accessible … */
  readonly number: number;
  /** Who can act. */
  readonly errorClass: ErrorClass;
  /** Where it happened: whatever of it is known. */
  readonly place: ErrorPlace;
  /** What the user may do. */
  readonly advice: string;

  /** Makes an error of what the core reported. */
  constructor(failure: Failure) {
    super(failure.message + describePlace(failure.place));
    this.name = 'TabpackError';
    this.code = failure.code;
    this.number = failure.number;
    this.errorClass = failure.errorClass;
    this.place = failure.place;
    this.advice = failure.advice;
  }
}

/** The place in words, in parentheses; empty where nothing is known. */
function describePlace(place: ErrorPlace): string {
  const parts = [
    place.input === undefined ? '' : `in ${place.input}`,
    place.boxes === undefined ? '' : `box ${place.boxes}`,
    place.offset === undefined ? '' : `at byte ${place.offset}`,
    place.option === undefined ? '' : `option ${place.option}`,
  ].filter((part) => part !== '');
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

/** The plain shape of an error that is to cross from a worker: Comlink keeps no more of an `Error` than its message. */
export function toFailure(thrown: unknown): unknown {
  if (!(thrown instanceof TabpackError)) return thrown;
  const { code, number, errorClass, advice, place } = thrown;
  const suffix = describePlace(place);
  const message = thrown.message.endsWith(suffix)
    ? thrown.message.slice(0, thrown.message.length - suffix.length)
    : thrown.message;
  return { tabpack: true, code, number, errorClass, message, advice, place } satisfies Failure;
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
  return full ? failures.outputNoSpace(`there is no room left: ${thrown.message}`) : thrown;
}

/** Host-side failures, in the words of the core's own table of codes. */
export const failures = {
  /** A path that no file has (Node). */
  inputNotFound: (name: string): TabpackError =>
    new TabpackError({
      tabpack: true,
      code: 'INPUT_NOT_FOUND',
      number: 1201,
      errorClass: 'input',
      message: `there is no file ${name}`,
      advice: 'Check the path.',
      place: {},
    }),
  /** An input that can't be opened. */
  inputReadFailed: (name: string, reason: string): TabpackError =>
    new TabpackError({
      tabpack: true,
      code: 'INPUT_READ_FAILED',
      number: 1202,
      errorClass: 'input',
      message: `the file could not be opened: ${reason}`,
      advice: 'Check that the file may be read.',
      place: { input: name },
    }),
  /** An option that is missing. */
  optionMissing: (message: string, option: string): TabpackError => usage('OPTION_MISSING', 1101, message, option),
  /** An option whose value isn't allowed. */
  optionInvalid: (message: string, option: string): TabpackError => usage('OPTION_INVALID', 1102, message, option),
  /** Too many or too few parameters. */
  optionCount: (message: string, option: string): TabpackError => usage('OPTION_COUNT', 1103, message, option),
  /** Two contents that would be encrypted with the same key and counters. */
  ivReused: (kid: string): TabpackError =>
    new TabpackError({
      tabpack: true,
      code: 'IV_REUSED',
      number: 1102,
      errorClass: 'keys',
      message: `another job has used the IVs of this one with key ${kid}, for other samples`,
      advice: 'Leave the IV and the seed out, so that they are random, or give another key.',
      place: { option: 'iv' },
    }),
  /** An output folder that holds something already. */
  outputExists: (path: string): TabpackError =>
    new TabpackError({
      tabpack: true,
      code: 'OUTPUT_EXISTS',
      number: 1202,
      errorClass: 'output',
      message: `${path} is there already and holds files`,
      advice: 'Choose an empty folder, or allow it to be replaced.',
      place: {},
    }),
  /** A path that the file system doesn't take. */
  outputPathTooLong: (path: string): TabpackError =>
    output('OUTPUT_PATH_TOO_LONG', 1203, `the path ${path} is too long`, 'Choose a folder with a shorter path.'),
  /** A name that the file system doesn't take. */
  outputNameTooLong: (path: string): TabpackError =>
    output('OUTPUT_NAME_TOO_LONG', 1204, `a name in ${path} is too long`, 'Choose a shorter name.'),
  /** A key server that no request reaches. */
  keyServerUnreachable: (host: string): TabpackError =>
    server(
      'KEY_SERVER_UNREACHABLE',
      2001,
      `${host} could not be reached, or broke off its answer`,
      'Check the server’s address and the network connection, then start again.',
    ),
  /** No whole answer in time. */
  keyServerTimeout: (host: string, milliseconds: number): TabpackError =>
    server(
      'KEY_SERVER_TIMEOUT',
      2001,
      `${host} gave no usable answer within ${milliseconds / 1000} s`,
      'Start again; where the server is known to be slow, allow it more time.',
    ),
  /** A server that the browser keeps the page from reading. */
  keyServerBlocked: (host: string, why: string): TabpackError =>
    server(
      'KEY_SERVER_BLOCKED',
      2001,
      `the browser doesn’t let this page read the answer of ${host}: ${why}`,
      'Ask the server’s operator to allow this page’s origin (CORS), set a proxy that does, or fetch the CPIX document elsewhere and paste it.',
    ),
  /** An answer that can't be used. */
  keyServerAnswer: (host: string, why: string): TabpackError =>
    server(
      'KEY_SERVER_ANSWER_INVALID',
      2002,
      `the answer of ${host} can’t be used: ${why}`,
      'Check that the address is that of the service chosen; if it is, tell the server’s operator.',
    ),
  /** Encrypted keys without a private key. */
  deliveryKeyMissing: (): TabpackError =>
    keys(
      'DELIVERY_KEY_MISSING',
      2004,
      'the content keys are encrypted, and there is no private key to open them with',
      'Make or import a delivery certificate with its private key, and ask for the keys with it.',
    ),
  /** A private key that opens nothing. */
  deliveryKeyInvalid: (why: string): TabpackError =>
    keys(
      'DELIVERY_KEY_INVALID',
      2005,
      why,
      'Use the private key that belongs to the certificate with which the keys were asked for.',
    ),
  /** A MAC that doesn't fit. */
  macMismatch: (where: string, missing: boolean): TabpackError =>
    keys(
      'CPIX_MAC_MISMATCH',
      2002,
      `${missing ? 'an encrypted content key has no MAC' : 'the MAC of an encrypted content key is wrong'} in ${where}`,
      'The keys were changed or damaged after the server encrypted them. Ask for them again; if it stays, tell the server’s operator.',
    ),
  /** No room, before or while files are written. */
  outputNoSpace: (message: string): TabpackError =>
    output(
      'OUTPUT_NO_SPACE',
      1205,
      message,
      'Free some space (delete packaged results that are no longer needed) and start again.',
    ),
  /** A file that can't be written. */
  outputWriteFailed: (path: string, reason: string): TabpackError =>
    output(
      'OUTPUT_WRITE_FAILED',
      1202,
      `writing ${path} failed: ${reason}`,
      'Check that the folder may be written and is not in use.',
    ),
  /** What an interrupted job left doesn't fit. */
  resumeMismatch: (message: string): TabpackError =>
    usage(
      'RESUME_MISMATCH',
      1102,
      message,
      'resume',
      'Give the same input, options and keys as for the job that was interrupted, or delete its output and start anew.',
    ),
  /** A key that has to be given. */
  keyMissing: (message: string): TabpackError => keys('KEY_MISSING', 1102, message, 'Give the keys as KID:KEY.'),
  /** A server that doesn't take a file. */
  outputServer: (host: string, path: string, status: number): TabpackError =>
    output(
      'OUTPUT_SERVER_ERROR',
      2002,
      `${host} answered ${status} when ${path} was sent`,
      'Act on what the server says: check the address, its rights and how long it is valid.',
    ),
  /** A server that no file reaches. */
  outputServerUnreachable: (host: string, path: string): TabpackError =>
    output(
      'OUTPUT_SERVER_UNREACHABLE',
      2001,
      `${path} could not be sent to ${host}`,
      'Check the server’s address, its CORS rules and the network connection, then start again.',
    ),
  /** A worker that died. */
  internal: (message: string): TabpackError =>
    new TabpackError({
      tabpack: true,
      code: 'INTERNAL',
      number: -1,
      errorClass: 'internal',
      message,
      advice: 'This is a fault in tabpack: please report it with the log.',
      place: {},
    }),
};

function output(code: string, number: number, message: string, advice: string): TabpackError {
  return new TabpackError({ tabpack: true, code, number, errorClass: 'output', message, advice, place: {} });
}

function server(code: string, number: number, message: string, advice: string): TabpackError {
  return new TabpackError({ tabpack: true, code, number, errorClass: 'server', message, advice, place: {} });
}

function keys(code: string, number: number, message: string, advice: string): TabpackError {
  return new TabpackError({ tabpack: true, code, number, errorClass: 'keys', message, advice, place: {} });
}

function usage(
  code: string,
  number: number,
  message: string,
  option: string,
  advice = 'See the usage for the values allowed.',
): TabpackError {
  return new TabpackError({ tabpack: true, code, number, errorClass: 'usage', message, advice, place: { option } });
}
