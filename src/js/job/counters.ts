import { failures } from '../api/errors';

/** The IVs that a job takes under AES-CTR with one key: `count` of them from `first` on, hexadecimal. */
export interface CounterRange {
  readonly kid: string;
  readonly first: string;
  readonly count: number;
  /** Tells the samples apart that are encrypted. */
  readonly content: string;
}

/** What jobs have taken since the script was loaded, by key id. */
const taken = new Map<string, CounterRange[]>();

/**
 * Takes a job's counters. Two contents under one key and counter give both away (their XOR is clear), so another
 * job's are refused; the same content may be packaged again.
 */
export function takeCounters(ranges: readonly CounterRange[]): void {
  for (const range of ranges) {
    if (taken.get(range.kid)?.some((other) => other.content !== range.content && overlap(range, other))) {
      throw failures.ivReused(range.kid);
    }
  }
  for (const range of ranges) {
    const known = taken.get(range.kid) ?? [];
    if (!known.some(({ first, content }) => first === range.first && content === range.content)) known.push(range);
    taken.set(range.kid, known);
  }
}

/** Whether ranges on the circle of 64-bit numbers meet. */
function overlap(a: CounterRange, b: CounterRange): boolean {
  const distance = (from: CounterRange, to: CounterRange): bigint =>
    BigInt.asUintN(64, BigInt(`0x${to.first}`) - BigInt(`0x${from.first}`));
  return distance(a, b) < BigInt(a.count) || distance(b, a) < BigInt(b.count);
}
