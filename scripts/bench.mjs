// `npm run bench`: how fast the tab, Node and native packagers are on the same large file, in turn.
//
// --size 1|5        GiB of the input (about; 1 is 960 s of 1080p at 10 Mbit/s)
// --sparse          an input of 64 GiB, a hole before its media: memory and the time to the first segment
// --runs N          runs of each, 3 by default; the table shows medians
// --only a,b        of: copy, tab, tab1 (one worker), node, shaka
// --schemes a,b     of: clear, cenc, cbcs
// --workers N       workers of the tab, by default the package's own choice
// --browser-peers   ffmpeg.wasm and mediabunny in the tab as well (installs them, 75 MB); the table has the ratio
// --preview         only how soon a dropped file plays as a preview, on the page itself
// --memory          one run each with the peak of memory over idle, and no times; --no-memory only times

import { parseArgs } from 'node:util';
import { largeInput, sparseInput } from './bench/input.mjs';
import { node, shaka } from './bench/native.mjs';
import { installPeers } from './bench/peers.mjs';
import { preview } from './bench/preview.mjs';
import { openTab } from './bench/tab.mjs';
import { build } from './build.mjs';
import { main } from './setup.mjs';

/** @typedef {import('./bench/tab.mjs').Timed} Timed */
/** @typedef {Awaited<ReturnType<typeof openTab>>} Tab */
/** @typedef {{ path: string, size: number, workers?: number }} Input */
/** @typedef {{ name: string, scheme: string }} Contest */
/** @typedef {Contest & { runs: Timed[], memory?: number | undefined }} Row */

const PEERS = ['mediabunny', 'ffmpeg'];
const CONTENDERS = ['copy', 'tab', 'tab1', 'node', 'shaka', ...PEERS];
/** What a peer can do: mediabunny doesn't encrypt, ffmpeg has no cbcs. */
/** @type {Readonly<Record<string, readonly string[]>>} */
const SCHEMES_OF = { copy: [''], mediabunny: ['clear'], ffmpeg: ['clear', 'cenc'] };
const SCHEMES = ['clear', 'cenc', 'cbcs'];

/** @type {Readonly<Record<string, string>>} */
const NAMES = {
  copy: 'plain copy into OPFS',
  tab: 'tab',
  tab1: 'tab, one worker',
  node: 'Node',
  shaka: 'Shaka Packager',
  mediabunny: 'mediabunny',
  ffmpeg: 'ffmpeg.wasm',
};
/** @param {string} name */
const isInTab = (name) => !['node', 'shaka'].includes(name);
/**
 * @param {string} name
 * @param {string[]} schemes
 */
const schemesOf = (name, schemes) =>
  SCHEMES_OF[name]?.filter((scheme) => scheme === '' || schemes.includes(scheme)) ?? schemes;
/** @param {Contest} contest */
const label = ({ name, scheme }) => `${NAMES[name]} ${scheme}`.trim();

await main(async () => {
  const { values } = parseArgs({
    options: {
      size: { type: 'string', default: '1' },
      sparse: { type: 'boolean', default: false },
      runs: { type: 'string', default: '3' },
      only: { type: 'string', default: 'copy,tab,tab1,node,shaka' },
      schemes: { type: 'string', default: SCHEMES.join(',') },
      preview: { type: 'boolean', default: false },
      memory: { type: 'boolean', default: false },
      workers: { type: 'string' },
      'browser-peers': { type: 'boolean', default: false },
      'no-memory': { type: 'boolean', default: false },
      'no-build': { type: 'boolean', default: false },
    },
  });
  if (!values['no-build']) await build();
  const named = [...new Set([...listed(values.only, CONTENDERS), ...(values['browser-peers'] ? PEERS : [])])];
  // A copy would fill the hole.
  const contenders = named.filter((name) => !values.sparse || name !== 'copy');
  if (contenders.some((name) => PEERS.includes(name))) installPeers();
  const schemes = listed(values.schemes, SCHEMES);
  /** @type {Input} */
  const input = values.sparse ? await sparseInput() : await largeInput(Number(values.size));
  if (values.workers !== undefined) input.workers = Number(values.workers);
  console.log(`Input: ${input.path}, ${(input.size / 1e6).toFixed(0)} MB`);

  if (values.preview) return previews(input, Number(values.runs));
  /** @type {Row[]} */
  const rows = [];
  if (!values.memory) rows.push(...(await times(input, contenders, schemes, Number(values.runs))));
  const peaks = values['no-memory']
    ? []
    : await memory(
        input,
        contenders.filter((name) => name !== 'tab1'),
        values.memory ? schemes : schemes.slice(-1),
      );
  for (const { row, result } of peaks) {
    const known = rows.find(({ name, scheme }) => name === row.name && scheme === row.scheme);
    if (known) known.memory = result.memory;
    else rows.push({ ...row, runs: [], memory: result.memory });
  }
  print(rows, input.size, values.memory);
});

/**
 * Each run in a browser that has never seen the page.
 *
 * @param {Input} input
 * @param {number} runs
 */
async function previews(input, runs) {
  /** @type {number[]} */
  const results = [];
  for (let run = 0; run < runs; run += 1) {
    const { seconds, seek, stored } = await preview(input.path);
    if (stored > 0) throw new Error(`${stored} files were stored.`);
    results.push(seconds);
    console.log(
      `Preview: first frame ${seconds.toFixed(2)} s after the drop, ${seek.toFixed(2)} s after a seek near the end, nothing stored`,
    );
  }
  console.log(`Median: ${middle(results).toFixed(2)} s`);
}

/**
 * Every contender in turn, and again: what else the machine does meets them all alike.
 *
 * @param {Input} input
 * @param {string[]} contenders
 * @param {string[]} schemes
 * @param {number} runs
 * @returns {Promise<Row[]>}
 */
async function times(input, contenders, schemes, runs) {
  const rows = contenders.flatMap((name) =>
    schemesOf(name, schemes).map((scheme) => ({ name, scheme, runs: /** @type {Timed[]} */ ([]) })),
  );
  const tab = contenders.some(isInTab) ? await openTab(input.path) : undefined;
  try {
    for (let run = 0; run < runs; run += 1) {
      for (const row of rows) {
        const result = await contend(row, input, tab);
        row.runs.push(result);
        console.log(
          `${label(row)}: ${result.seconds.toFixed(2)} s, ${(result.processor ?? 0).toFixed(2)} s of CPU${result.firstSegment === undefined ? '' : `, first segment after ${result.firstSegment.toFixed(2)} s`}`,
        );
      }
    }
  } finally {
    await tab?.close();
  }
  return rows;
}

/**
 * One run each, in a browser of its own, so that no run inherits another's memory.
 *
 * @param {Input} input
 * @param {string[]} contenders
 * @param {string[]} schemes
 */
async function memory(input, contenders, schemes) {
  /** @type {{ row: Contest, result: Timed }[]} */
  const results = [];
  for (const name of contenders) {
    for (const scheme of schemesOf(name, schemes)) {
      const row = { name, scheme };
      const tab = isInTab(name) ? await openTab(input.path) : undefined;
      try {
        const result = await contend(row, input, tab, true);
        results.push({ row, result });
        console.log(`${label(row)}: ${((result.memory ?? 0) / 2 ** 20).toFixed(0)} MiB${tab ? ' above idle' : ''}`);
      } finally {
        await tab?.close();
      }
    }
  }
  return results;
}

/**
 * @param {Contest} contest
 * @param {Input} input
 * @param {Tab | undefined} tab
 */
function contend({ name, scheme }, input, tab, watch = false) {
  if (name === 'node') return node(input.path, scheme);
  if (name === 'shaka') return shaka(input.path, scheme);
  if (tab === undefined) throw new Error(`${name} runs in a tab.`);
  switch (name) {
    case 'copy':
      return tab.copy(watch);
    case 'tab':
      return tab.pack(scheme, input.workers, watch);
    case 'tab1':
      return tab.pack(scheme, 1, watch);
    case 'mediabunny':
    case 'ffmpeg':
      return tab.peer(name, scheme, watch);
    default:
      throw new Error(`There is no contender ${name}.`);
  }
}

/**
 * @param {Row[]} rows
 * @param {number} bytes
 * @param {boolean} memoryOnly
 */
function print(rows, bytes, memoryOnly) {
  /** @param {Row} row */
  const median = (row) => middle(row.runs.map((run) => run.seconds));
  const copy = rows.find((row) => row.name === 'copy' && row.runs.length > 0);
  const table = rows.map((row) => {
    const native = rows.find((other) => other.name === 'shaka' && other.scheme === row.scheme && other.runs.length > 0);
    const memory = row.memory === undefined ? '' : (row.memory / 2 ** 20).toFixed(0);
    if (memoryOnly) return { what: label(row), MiB: memory };
    const ours = rows.find((other) => other.name === 'tab' && other.scheme === row.scheme && other.runs.length > 0);
    const processor = row.runs.map((run) => run.processor ?? 0);
    const first = row.runs.map((run) => run.firstSegment).filter((value) => value !== undefined);
    return {
      what: label(row),
      s: median(row).toFixed(2),
      least: Math.min(...row.runs.map((run) => run.seconds)).toFixed(2),
      'CPU s': middle(processor).toFixed(2),
      'least CPU s': Math.min(...processor).toFixed(2),
      'MB/s': (bytes / 1e6 / median(row)).toFixed(0),
      'of Shaka': native ? (median(row) / median(native)).toFixed(2) : '',
      'of copy': copy && (row.name.startsWith('tab') || row === copy) ? (median(row) / median(copy)).toFixed(2) : '',
      ...(rows.some(({ name }) => PEERS.includes(name))
        ? { 'of the tab': ours ? (median(row) / median(ours)).toFixed(1) : '' }
        : {}),
      'first segment, s': first.length > 0 ? middle(first).toFixed(2) : '',
      MiB: memory,
    };
  });
  console.table(table);
  console.log(
    'Memory: the tab and the copy, all processes of the browser (PSS), peak above idle; the others, peak RSS.',
  );
}

/** @param {number[]} values */
function middle(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const [below = Number.NaN, above = Number.NaN] = sorted.slice(half - 1 + (sorted.length % 2), half + 1);
  return sorted.length % 2 === 1 ? below : (below + above) / 2;
}

/**
 * @param {string} text
 * @param {string[]} known
 */
function listed(text, known) {
  const names = text.split(',').filter((name) => name !== '');
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`There is no ${unknown}; known are ${known.join(', ')}.`);
  return names;
}
