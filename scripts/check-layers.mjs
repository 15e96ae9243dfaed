// Checks that modules use only what stands below them: the core's rooms in the order of `src/lib.rs`, in which data
// flows, the façade's and the pages' likewise; and that no files go in circles, but within one folder of the core.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { main, root } from './setup.mjs';

/** The core's rooms, `src/*`, lowest first; those of one row don't use each other. */
const CORE = [
  ['error', 'limits', 'order', 'time'],
  ['options'],
  ['bytes', 'xml'],
  ['mp4', 'codec'],
  ['demux'],
  ['segment', 'keys'],
  ['random'],
  ['cenc'],
  ['drm'],
  ['cpix'],
  ['keyserver'],
  ['mux', 'open'],
  ['presentation'],
  ['mpd', 'hls'],
  ['packager', 'manifest'],
  ['job'],
  ['verify'],
  ['commands', 'wasm'],
];

/** The façade's, `src/js/*`. */
const FACADE = [
  ['generated', 'wasm'],
  ['api'],
  ['generated/options.ts'],
  ['api/types.ts'],
  ['net'],
  ['keys', 'sinks'],
  ['job', 'verify'],
  ['host'],
  ['cli'],
];

/** The pages', `www/src/*`. */
const PAGES = [['lib'], ['player'], ['ui'], ['app.tsx'], ['main.tsx']];

/**
 * Folders of the core, `src/*`, in which not even the files of the folder may go in circles.
 *
 * @type {string[]}
 */
const WITHOUT_CIRCLES = ['packager'];

export function checkLayers() {
  const core = rustGraph(join(root, 'src'));
  const facade = scriptGraph(join(root, 'src', 'js'));
  const pages = scriptGraph(join(root, 'www', 'src'));
  const faults = [
    ...core.faults,
    ...WITHOUT_CIRCLES.filter((top) => ![...core.uses.keys()].some((file) => file.startsWith(`${top}/`))).map(
      (top) => `src/${top}: there is no such folder, and it is to be without circles`,
    ),
    ...outOfOrder('src', core.uses, CORE, { lowestShare: true }),
    ...outOfOrder('src/js', facade, FACADE),
    ...outOfOrder('www/src', pages, PAGES),
    ...circles(core.uses)
      .filter((files) => {
        const folders = new Set(files.map((file) => folderOf(core.uses, file)));
        return folders.size > 1 || files.some((file) => WITHOUT_CIRCLES.some((top) => file.startsWith(`${top}/`)));
      })
      .map((files) => `src: ${files.join(' → ')} go in a circle`),
    ...circles(facade).map((files) => `src/js: ${files.join(' → ')} go in a circle`),
    ...circles(pages).map((files) => `www/src: ${files.join(' → ')} go in a circle`),
  ];
  if (faults.length > 0) throw new Error(`Modules out of order:\n${faults.join('\n')}`);
  console.log('Modules use only what stands below them.');
}

/**
 * Which files use a room that doesn't stand below their own.
 *
 * @param {string} where
 * @param {Map<string, Set<string>>} uses
 * @param {string[][]} rows
 * @param {{ lowestShare?: boolean }} options `lowestShare`: the lowest row's may use each other.
 * @returns {string[]}
 */
function outOfOrder(where, uses, rows, { lowestShare = false } = {}) {
  const rank = new Map(rows.flatMap((names, index) => names.map((name) => [name, index])));
  /** @param {string} file */
  const roomOf = (file) => {
    const first = file.replace(/\/.*/, '');
    return [file, first, first.replace(/\.rs$/, '')].find((name) => rank.has(name));
  };
  /** @param {string} room */
  const rankOf = (room) => rank.get(room) ?? Number.POSITIVE_INFINITY;
  /** @type {string[]} */
  const faults = [];
  for (const [file, used] of uses) {
    const own = roomOf(file);
    if (own === undefined) {
      faults.push(`${where}/${file}: its room has no place in the order`);
      continue;
    }
    for (const other of used) {
      const room = roomOf(other);
      if (room === undefined || room === own || rankOf(room) < rankOf(own)) continue;
      if (lowestShare && rankOf(own) === 0 && rankOf(room) === 0) continue;
      faults.push(`${where}/${file}: ${own} may not use ${room} (${other})`);
    }
  }
  return faults;
}

/**
 * The sets of files that use each other around a circle: the strongly connected components of more than one file
 * (Tarjan's algorithm).
 *
 * @param {Map<string, Set<string>>} uses
 * @returns {string[][]}
 */
function circles(uses) {
  /** @type {string[][]} */
  const found = [];
  /** @type {Map<string, number>} */
  const number = new Map();
  /** @type {Map<string, number>} */
  const low = new Map();
  /** @type {string[]} */
  const stack = [];
  /** @param {string} file */
  const visit = (file) => {
    const own = number.size;
    let lowest = own;
    number.set(file, own);
    stack.push(file);
    for (const other of uses.get(file) ?? []) {
      if (!number.has(other)) visit(other);
      if (stack.includes(other)) lowest = Math.min(lowest, low.get(other) ?? number.get(other) ?? own);
    }
    low.set(file, lowest);
    if (lowest !== own) return;
    const members = stack.splice(stack.indexOf(file));
    if (members.length > 1) found.push(members.sort());
  };
  for (const file of uses.keys()) if (!number.has(file)) visit(file);
  return found;
}

/**
 * The folder of a file: that of a module with files of its own is theirs.
 *
 * @param {Map<string, Set<string>>} uses
 * @param {string} file
 */
function folderOf(uses, file) {
  const own = file.replace(/\.rs$/, '');
  return [...uses.keys()].some((other) => other.startsWith(`${own}/`)) ? own : dirname(file);
}

/** What files may import from outside of their tree. @type {ReadonlySet<string>} */
const OUTSIDE = new Set([]);

/**
 * Which TypeScript file imports which, types included; paths below the folder.
 *
 * @param {string} folder
 * @returns {Map<string, Set<string>>}
 */
function scriptGraph(folder) {
  const uses = new Map();
  for (const file of filesIn(folder, /\.tsx?$/)) {
    const used = new Set();
    const text = readFileSync(join(folder, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
    if (/^\s*(?:import|export)\b[^'\n]*(?:\bfrom|\bimport\(?|\brequire\()\s*["`]|\bimport\([^')]/m.test(text))
      throw new Error(`${file}: name what is imported in single quotes, so that it is seen`);
    for (const [, path = ''] of text.matchAll(/(?:\bfrom|\bimport\(?)\s*'(\.[^']*)'/g)) {
      const bare = join(dirname(file), path)
        .replaceAll('\\', '/')
        .replace(/\.[jt]s$/, '');
      if (bare.startsWith('..') && !OUTSIDE.has(bare)) throw new Error(`${file}: ${path} leads out of its tree`);
      const target = [`${bare}.ts`, `${bare}.tsx`, `${bare}/index.ts`].find((name) => existsSync(join(folder, name)));
      // What the build makes isn't there at first, and imports nothing of ours.
      if (target !== undefined && target !== file) used.add(target);
      else if (target === undefined && bare.startsWith('wasm/')) used.add(`${bare}.d.ts`);
    }
    uses.set(file, used);
  }
  return uses;
}

/**
 * Which of the core's files uses which, tests left out; paths below the folder. A name that a module passes on is
 * taken to where it comes from.
 *
 * @param {string} folder
 * @returns {{ uses: Map<string, Set<string>>, faults: string[] }}
 */
function rustGraph(folder) {
  /** Module paths are as in `mp4::sidx`; that of `lib.rs` is empty. */
  const modules = filesIn(folder, /\.rs$/).map((file) => {
    const text = withoutTests(readFileSync(join(folder, file), 'utf8'));
    return { file, module: file.replace(/(^lib|\/mod)?\.rs$/, '').replaceAll('/', '::'), text, paths: pathsIn(text) };
  });
  const fileOf = new Map(modules.map(({ file, module }) => [module, file]));
  /** @type {string[]} */
  const faults = [];
  /**
   * @param {string} module
   * @param {string} path
   */
  const absolute = (module, path) => {
    const names = path.split('::');
    let at = module === '' ? [] : module.split('::');
    if (names[0] === 'crate') at = [];
    else if (names[0] !== 'self' && names[0] !== 'super') {
      return fileOf.has([...at, names[0]].join('::')) ? [...at, ...names] : undefined; // else another crate's
    }
    for (const name of names) {
      if (name === 'super') at = at.slice(0, -1);
      else if (name !== 'crate' && name !== 'self') at = [...at, name];
    }
    return at;
  };
  /** What modules pass on, if only to those within them: name → path. */
  const passedOn = new Map(
    modules.map(({ module, paths }) => [
      module,
      paths.flatMap(({ path, name }) => (name === undefined ? [] : [{ name, target: absolute(module, path) }])),
    ]),
  );
  /**
   * The file where what a path names is written.
   *
   * @param {string[]} names
   * @returns {string | undefined}
   */
  const origin = (names, depth = 0) => {
    for (let length = names.length; length >= 0; length -= 1) {
      const module = names.slice(0, length).join('::');
      const file = fileOf.get(module);
      if (file === undefined) continue;
      const next = names[length];
      const on = next === undefined || depth > 8 ? undefined : passedOn.get(module)?.find(({ name }) => name === next);
      return on?.target === undefined ? file : origin([...on.target, ...names.slice(length + 1)], depth + 1);
    }
    return undefined;
  };
  /** @type {Map<string, Set<string>>} */
  const uses = new Map();
  for (const { file, module, text, paths } of modules) {
    if (file === 'lib.rs') continue;
    if (/\bcrate\s*::\s*[{*]/.test(text)) faults.push(`src/${file}: name one module in each use of crate::`);
    if (/\b(?:crate|super) as \w|\bextern crate\b|#\[path\b|\buse (?:super::)*super::\*/.test(text))
      faults.push(`src/${file}: a path that can't be followed`);
    /** @type {Set<string>} */
    const used = new Set();
    for (const { path, isPublic } of paths) {
      const names = absolute(module, path);
      const target = names === undefined ? undefined : origin(names);
      // What a folder's `mod.rs` passes on of its own files is a list of contents.
      const isContents =
        isPublic && file.endsWith('/mod.rs') && target !== undefined && dirname(target).startsWith(dirname(file));
      if (target !== undefined && target !== file && target !== 'lib.rs' && !isContents) used.add(target);
    }
    uses.set(file, used);
  }
  return { uses, faults };
}

/**
 * The paths that a Rust file names: those of its `use`s, and others that begin with `crate`, `self`, `super` or a module
 * of its own.
 *
 * @param {string} text
 * @returns {{ path: string, name: string | undefined, isPublic: boolean }[]}
 */
function pathsIn(text) {
  const found = [];
  // Who may use a thing, as in `pub(in crate::demux)`, is no use of it.
  const bare = text.replace(/^\s*\/\/.*$/gm, '').replace(/\bpub\(in [\w:]+\)/g, 'pub(super)');
  const rest = bare.replace(/^[ \t]*(pub(?:\([^)]*\))?\s+)?use\s+([^;]+);/gm, (_, isPublic, tree) => {
    for (const { path, name } of branches(tree.replace(/\s+/g, ' ').trim())) {
      found.push({ path, name, isPublic: isPublic !== undefined });
    }
    return '';
  });
  // A module's own children are named without what stands before them.
  const children = [...bare.matchAll(/^[ \t]*(?:pub(?:\([^)]*\))?\s+)?mod\s+(\w+)\s*;/gm)].map(([, name]) => name);
  const first = ['crate', 'self', 'super', ...children].join('|');
  for (const [path] of rest.matchAll(new RegExp(`(?<![\\w:])(?:${first})(?:::\\w+)+`, 'g'))) {
    found.push({ path, name: undefined, isPublic: false });
  }
  return found;
}

/**
 * The single paths of a `use` with braces, and the names that they are known by.
 *
 * @param {string} tree
 * @returns {{ path: string, name: string }[]}
 */
function branches(tree, prefix = '') {
  const open = tree.indexOf('{');
  if (open === -1) {
    const [path, alias] = tree.split(/ as /).map((part) => part.trim());
    const full = `${prefix}${path}`.replace(/::self$/, '');
    return [{ path: full.replace(/::\*$/, ''), name: alias ?? full.slice(full.lastIndexOf('::') + 2) }];
  }
  const inner = tree.slice(open + 1, tree.lastIndexOf('}'));
  const parts = [];
  let depth = 0;
  let start = 0;
  for (const [index, mark] of [...inner, ','].entries()) {
    if (mark === '{') depth += 1;
    else if (mark === '}') depth -= 1;
    else if (mark === ',' && depth === 0) {
      parts.push(inner.slice(start, index).trim());
      start = index + 1;
    }
  }
  return parts
    .filter((part) => part !== '')
    .flatMap((part) => branches(part, `${prefix}${tree.slice(0, open).trim()}`));
}

/** @param {string} text */
function withoutTests(text) {
  return text
    .replace(/#\[cfg\(test\)\]\s*(?:pub(?:\([^)]*\))?\s+)?mod \w+ \{[\s\S]*?^\}$/gm, '')
    .replace(/#\[cfg\(test\)\]\s*[^;{]*;/g, '');
}

/**
 * The files below a folder whose names match, by their paths there, with `/` between.
 *
 * @param {string} folder
 * @param {RegExp} pattern
 * @returns {string[]}
 */
function filesIn(folder, pattern) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map(({ parentPath, name }) => relative(folder, join(parentPath, name)).replaceAll('\\', '/'));
  return paths.filter((path) => pattern.test(path) && !path.endsWith('.d.ts')).sort();
}

if (process.argv[1] === join(root, 'scripts', 'check-layers.mjs')) await main(checkLayers);
