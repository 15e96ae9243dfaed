/** The command line's options for thumbnails: sheets of pictures that are there already. */

import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { failures } from '../api/errors';
import type { Thumbnails } from '../api/types';

export const THUMBNAIL_OPTIONS = {
  thumbnails: { type: 'string', multiple: true },
  'thumbnail-grid': { type: 'string' },
  'thumbnail-interval': { type: 'string' },
} as const;

/** For the usage. */
export const THUMBNAIL_USAGE = `
      --thumbnails PATH     pictures for the timeline of players: a JPEG or PNG file, or a folder
                            of them, which are taken in the order of their names. Each is a sheet
                            of pictures, row by row. May be repeated
      --thumbnail-grid CxR  columns and rows of each sheet (default: 1x1, single pictures)
      --thumbnail-interval S
                            seconds from one picture to the next (default: 10)
`;

interface Values {
  readonly thumbnails?: readonly string[] | undefined;
  readonly 'thumbnail-grid'?: string | undefined;
  readonly 'thumbnail-interval'?: string | undefined;
}

/** What the options say, with the images read. */
export async function thumbnails(values: Values): Promise<Thumbnails | undefined> {
  const { thumbnails: paths, 'thumbnail-grid': grid = '1x1', 'thumbnail-interval': interval = '10' } = values;
  if (paths === undefined) {
    if (values['thumbnail-grid'] === undefined && values['thumbnail-interval'] === undefined) return undefined;
    throw failures.optionMissing('no images are given for thumbnails', '--thumbnails');
  }
  const [, columns, rows] = /^(\d+)x(\d+)$/.exec(grid) ?? [];
  if (columns === undefined || rows === undefined)
    throw failures.optionInvalid('{grid:?} is not a grid, such as 5x4', '--thumbnail-grid', { grid });
  const files = (await Promise.all(paths.map(filesAt))).flat();
  if (files.length === 0)
    throw failures.optionMissing('there is no JPEG or PNG file in {paths}', '--thumbnails', {
      paths: paths.join(', '),
    });
  const images = await Promise.all(files.map((file) => readFile(file)));
  return { images, interval: Number(interval), columns: Number(columns), rows: Number(rows) };
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
