// The large inputs, made once in target/bench/.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../setup.mjs';
import { needTool } from '../tools.mjs';

export const folder = join(root, 'target', 'bench');

/**
 * 24 s of 1080p H.264 and AAC at 10 Mbit/s, looped to 960 s a GiB.
 *
 * @param {number} gibibytes
 */
export async function largeInput(gibibytes) {
  const path = join(folder, `${gibibytes}gib.mp4`);
  make(path, (out) => {
    const ffmpeg = needTool('ffmpeg', 'ffmpeg');
    const clip = join(folder, 'clip.mp4');
    make(clip, (clipOut) => {
      execFileSync(
        ffmpeg,
        [
          '-v',
          'error',
          '-nostdin',
          '-y',
          '-f',
          'lavfi',
          '-i',
          'testsrc2=size=1920x1080:rate=30:duration=24,noise=alls=20:allf=t',
          '-f',
          'lavfi',
          '-i',
          'aevalsrc=0.2*sin(880*PI*t)|0.2*sin(1320*PI*t):s=48000:d=24',
          '-c:v',
          'libx264',
          '-preset',
          'veryfast',
          '-pix_fmt',
          'yuv420p',
          '-bf',
          '2',
          '-b:v',
          '10M',
          '-minrate',
          '10M',
          '-maxrate',
          '10M',
          '-bufsize',
          '20M',
          '-g',
          '60',
          '-keyint_min',
          '60',
          '-sc_threshold',
          '0',
          '-c:a',
          'aac',
          '-b:a',
          '128k',
          clipOut,
        ],
        { stdio: ['ignore', 'inherit', 'inherit'] },
      );
    });
    const loops = 40 * gibibytes - 1;
    execFileSync(
      ffmpeg,
      ['-v', 'error', '-nostdin', '-y', '-stream_loop', `${loops}`, '-i', clip, '-map', '0', '-c', 'copy', out],
      {
        stdio: ['ignore', 'inherit', 'inherit'],
      },
    );
  });
  return { path, size: statSync(path).size };
}

/** The input of 1 GiB with a hole of 64 GiB before its media: `ftyp`, `free`, `mdat`, `moov` with `co64`. */
export async function sparseInput() {
  const source = await largeInput(1);
  const path = join(folder, 'sparse.mp4');
  if (!existsSync(path)) {
    await makeSparse(source.path, `${path}.part`, 64 * 2 ** 30);
    renameSync(`${path}.part`, path);
  }
  return { path, size: statSync(path).size };
}

/**
 * Copies an MP4 with a hole of so many bytes behind its `ftyp`; chunk offsets become `co64`.
 *
 * @param {string} from
 * @param {string} to
 * @param {number} hole
 */
export async function makeSparse(from, to, hole) {
  const input = await open(from, 'r');
  const output = await open(to, 'w');
  try {
    let written = 0;
    for (let offset = 0, { size: end } = await input.stat(); offset < end; ) {
      const header = await read(input, offset, 16);
      const type = header.toString('latin1', 4, 8);
      const size = header.readUInt32BE(0) === 1 ? Number(header.readBigUInt64BE(8)) : header.readUInt32BE(0);
      if (type === 'moov') {
        const moov = moved(await read(input, offset, size), hole);
        await output.write(moov, 0, moov.length, written);
        written += moov.length;
      } else {
        for (let at = 0; at < size; at += 8 << 20) {
          const piece = await read(input, offset + at, Math.min(8 << 20, size - at));
          await output.write(piece, 0, piece.length, written + at);
        }
        written += size;
      }
      if (type === 'ftyp') {
        const free = Buffer.alloc(16);
        free.writeUInt32BE(1);
        free.write('free', 4, 'latin1');
        free.writeBigUInt64BE(BigInt(hole), 8);
        await output.write(free, 0, 16, written);
        written += hole;
      }
      offset += size;
    }
  } finally {
    await input.close();
    await output.close();
  }
}

/**
 * @param {import('node:fs/promises').FileHandle} file
 * @param {number} offset
 * @param {number} size
 */
async function read(file, offset, size) {
  const bytes = Buffer.alloc(size);
  const { bytesRead } = await file.read(bytes, 0, size, offset);
  return bytes.subarray(0, bytesRead);
}

/**
 * A box with all chunk offsets raised, `stco` made `co64`.
 *
 * @param {Buffer} box
 * @param {number} by
 * @returns {Buffer}
 */
function moved(box, by) {
  const type = box.toString('latin1', 4, 8);
  if (['moov', 'trak', 'mdia', 'minf', 'stbl'].includes(type)) {
    const children = [];
    for (let at = 8; at < box.length; at += box.readUInt32BE(at))
      children.push(moved(box.subarray(at, at + box.readUInt32BE(at)), by));
    return boxed(type, children);
  }
  if (type !== 'stco' && type !== 'co64') return box;
  const count = box.readUInt32BE(12);
  const body = Buffer.alloc(8 + 8 * count);
  body.writeUInt32BE(count, 4);
  for (let index = 0; index < count; index += 1) {
    const offset = type === 'co64' ? box.readBigUInt64BE(16 + 8 * index) : BigInt(box.readUInt32BE(16 + 4 * index));
    body.writeBigUInt64BE(offset + BigInt(by), 8 + 8 * index);
  }
  return boxed('co64', [body]);
}

/**
 * @param {string} type
 * @param {Buffer[]} parts
 */
function boxed(type, parts) {
  const header = Buffer.alloc(8);
  header.writeUInt32BE(8 + parts.reduce((sum, part) => sum + part.length, 0));
  header.write(type, 4, 'latin1');
  return Buffer.concat([header, ...parts]);
}

/**
 * Makes a file unless it is there; one that was interrupted isn't.
 *
 * @param {string} path
 * @param {(path: string) => void} write
 */
function make(path, write) {
  if (existsSync(path)) return;
  mkdirSync(folder, { recursive: true });
  console.log(`Making ${path} …`);
  const part = path.replace(/\.mp4$/, '.part.mp4');
  write(part);
  renameSync(part, path);
}
