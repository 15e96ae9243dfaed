/** Sheets of thumbnails: what the core is told of them, and the files. Its manifests list what is written here. */

import { failures } from '../api/errors';
import type { Target, Thumbnails } from '../api/types';

/** What the core is told of sheets. Width and height are those of a sheet in pixels, sizes are in bytes. */
export interface ThumbnailFacts {
  readonly type: 'image/jpeg' | 'image/png';
  readonly columns: number;
  readonly rows: number;
  readonly width: number;
  readonly height: number;
  readonly interval: number;
  readonly sizes: readonly number[];
}

/** The files of a job's sheets. */
export interface Sheets {
  readonly facts: ThumbnailFacts;
  /** The paths of all files in the output. */
  readonly paths: readonly string[];
  /** A file's bytes; `undefined` where it is none of them. */
  read(path: string): Promise<Uint8Array | undefined>;
}

/** Reads what the sheets are: all have to be of one type and size. */
export async function readThumbnails(
  { images, interval, columns = 1, rows = 1 }: Thumbnails,
  targets: readonly Target[],
): Promise<Sheets> {
  const sizes: number[] = [];
  let first: Picture | undefined;
  for (const [index, image] of images.entries()) {
    const bytes = await bytesOf(image);
    const picture = pictureOf(bytes);
    if (picture === undefined)
      throw failures.optionInvalid('image {number} is neither JPEG nor PNG, or is damaged', 'thumbnails', {
        number: index + 1,
      });
    first ??= picture;
    if (picture.type !== first.type || picture.width !== first.width || picture.height !== first.height) {
      throw failures.optionInvalid('image {number} is {found}, but the first is {first}', 'thumbnails', {
        number: index + 1,
        found: describe(picture),
        first: describe(first),
      });
    }
    sizes.push(bytes.length);
  }
  if (first === undefined) throw failures.optionMissing('there are no images', 'thumbnails');
  const ending = first.type === 'image/jpeg' ? 'jpg' : 'png';
  const places = new Map<string, Blob | Uint8Array>(
    targets.flatMap((target) =>
      images.map((image, index) => [`${target}/thumbnails-1/${index + 1}.${ending}`, image] as const),
    ),
  );
  return {
    facts: { ...first, columns, rows, interval, sizes },
    paths: [...places.keys()],
    read: async (path) => {
      const image = places.get(path);
      return image === undefined ? undefined : bytesOf(image);
    },
  };
}

interface Picture {
  readonly type: ThumbnailFacts['type'];
  readonly width: number;
  readonly height: number;
}

async function bytesOf(image: Blob | Uint8Array): Promise<Uint8Array> {
  return image instanceof Uint8Array ? image : new Uint8Array(await image.arrayBuffer());
}

function describe({ type, width, height }: Picture): string {
  return `${type} of ${width} × ${height}`;
}

/** The type and size of an image; `undefined` where its header isn't there. */
function pictureOf(bytes: Uint8Array): Picture | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = pngSize(view) ?? jpegSize(view);
  return found !== undefined && found.width > 0 && found.height > 0 ? found : undefined;
}

/** PNG (ISO/IEC 15948) clauses 5.2 and 11.2.2: the signature, then `IHDR`. */
function pngSize(view: DataView): Picture | undefined {
  if (view.byteLength < 24 || view.getUint32(0) !== 0x89504e47 || view.getUint32(4) !== 0x0d0a1a0a) return undefined;
  return { type: 'image/png', width: view.getUint32(16), height: view.getUint32(20) };
}

/** JPEG (ITU-T T.81) annex B: segments up to the frame header, `SOF0` to `SOF15`. */
function jpegSize(view: DataView): Picture | undefined {
  if (view.byteLength < 4 || view.getUint16(0) !== 0xffd8) return undefined;
  let at = 2;
  while (at + 9 <= view.byteLength) {
    if (view.getUint8(at) !== 0xff) return undefined;
    const marker = view.getUint8(at + 1);
    if (marker === 0xff)
      at += 1; // a fill byte
    else if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8))
      at += 2; // without a length
    else if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return { type: 'image/jpeg', width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    } else at += 2 + Math.max(2, view.getUint16(at + 2));
  }
  return undefined;
}
