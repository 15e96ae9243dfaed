/** The command line's flags for thumbnails: sheets of pictures that are there already. */

import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { failures } from '../api/errors';
import type { Thumbnails } from '../api/types';
import type { Typed } from './flags';

/** What the flags say, with the images read. */
export async function thumbnails(typed: Typed): Promise<Thumbnails | undefined> {
  const paths = typed.texts('thumbnails');
  const grid = typed.text('thumbnail-grid');
  const interval = typed.text('thumbnail-interval');
  if (paths === undefined) {
    if (grid === undefined && interval === undefined) return undefined;
    throw failures.optionMissing('no images are given for thumbnails', '--thumbnails');
  }
  const [, columns, rows] = /^(\d+)x(\d+)$/.exec(grid ?? '1x1') ?? [];
  if (columns === undefined || rows === undefined)
    throw failures.optionInvalid('{grid:?} is not a grid, such as 5x4', '--thumbnail-grid', { grid: grid ?? '' });
  const files = (await Promise.all(paths.map(filesAt))).flat();
  if (files.length === 0)
    throw failures.optionMissing('there is no JPEG or PNG file in {paths}', '--thumbnails', {
      paths: paths.join(', '),
    });
  const images = await Promise.all(files.map((file) => readFile(file)));
  return { images, interval: Number(interval ?? 10), columns: Number(columns), rows: Number(rows) };
}

/** `sheet-2.jpg` comes before `sheet-10.jpg`. */
const naturally = new Intl.Collator('en', { numeric: true });

async function filesAt(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => {
    throw failures.inputNotFound(path);
  });
  if (!found.isDirectory()) return [path];
  const names = (await readdir(path)).filter((name) => /\.(jpe?g|png)$/i.test(basename(name)));
  return names.sort(naturally.compare).map((name) => join(path, name));
}
