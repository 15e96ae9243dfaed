// Memory and time of processes, as Linux tells them.

import { readdirSync, readFileSync } from 'node:fs';

/**
 * The processes that a process started, and theirs.
 *
 * @param {number} pid
 */
export function descendants(pid) {
  /** @type {Map<number, number[]>} */
  const children = new Map();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = readOr(`/proc/${name}/stat`, '');
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    if (parent > 0) children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  /** @type {number[]} */
  const all = [];
  /** @param {number} parent */
  const visit = (parent) => {
    for (const child of children.get(parent) ?? []) {
      all.push(child);
      visit(child);
    }
  };
  visit(pid);
  return all;
}

/** Samples the sum over processes ten times a second until it ends, and gives the peak above the first, in bytes. */
export class Watch {
  #field;
  #pids;
  #idle;
  #peak;
  #timer;

  /**
   * The field is one of smaps_rollup: `Pss` counts what processes share once, `Rss` for each.
   *
   * @param {string} field
   * @param {() => number[]} pids
   */
  constructor(field, pids) {
    this.#field = field;
    this.#pids = pids;
    this.#idle = this.#sum();
    this.#peak = this.#idle;
    this.#timer = setInterval(() => {
      this.#peak = Math.max(this.#peak, this.#sum());
    }, 100);
  }

  end() {
    clearInterval(this.#timer);
    return this.#peak - this.#idle;
  }

  #sum() {
    const line = new RegExp(`^${this.#field}:\\s+(\\d+) kB`, 'm');
    return (
      this.#pids().reduce((sum, pid) => sum + Number(line.exec(readOr(`/proc/${pid}/smaps_rollup`, ''))?.[1] ?? 0), 0) *
      1024
    );
  }
}

/**
 * The highest resident size that a process has had so far, in bytes.
 *
 * @param {number} pid
 */
export const peakResident = (pid) =>
  Number(/^VmHWM:\s+(\d+) kB/m.exec(readOr(`/proc/${pid}/status`, ''))?.[1] ?? 0) * 1024;

/**
 * The processor time that living processes have used, in seconds.
 *
 * @param {number[]} pids
 */
export const processorTime = (pids) =>
  pids.reduce((sum, pid) => {
    const stat = readOr(`/proc/${pid}/stat`, '');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return sum + (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / TICKS;
  }, 0);

/** Linux counts processor time in hundredths of a second. */
const TICKS = 100;

/**
 * A process may end between being seen and being read.
 *
 * @param {string} path
 * @param {string} otherwise
 */
function readOr(path, otherwise) {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return otherwise;
  }
}
