// Other people's tools in a tab, on the same file. Outputs go to the origin private file system, as ours do.
// Each function loads its tool, which isn't timed, as ours isn't, and gives the run.

const KID = 'b1c0a5e2d3f44856a7b8c9d0e1f20314';
const KEY = '3a7d1c5e9f02b846d1e8f3a2c4b69075';
const root = () => navigator.storage.getDirectory();

/**
 * mediabunny: fragmented MP4, copied packets. It doesn't encrypt.
 *
 * @param {File} file
 */
export async function mediabunny(file) {
  const { ALL_FORMATS, BlobSource, Conversion, Input, Mp4OutputFormat, Output, StreamTarget } = await import(
    '/peers/mediabunny/dist/bundles/mediabunny.mjs'
  );
  return async () => {
    const handle = await (await root()).getFileHandle('mediabunny.mp4', { create: true });
    const stream = await handle.createWritable();
    const input = new Input({ source: new BlobSource(file), formats: ALL_FORMATS });
    const output = new Output({
      format: new Mp4OutputFormat({ fastStart: 'fragmented', minimumFragmentDuration: 6 }),
      target: new StreamTarget(stream),
    });
    const conversion = await Conversion.init({ input, output });
    await conversion.execute();
    return (await handle.getFile()).size;
  };
}

/**
 * ffmpeg.wasm, one thread: segments of 6 s, or, where it encrypts, one fragmented MP4.
 *
 * @param {File} file
 * @param {string} scheme
 */
export async function ffmpeg(file, scheme) {
  const { FFmpeg } = await import('/peers/@ffmpeg/ffmpeg/dist/esm/index.js');
  const tool = new FFmpeg();
  await tool.load({
    coreURL: '/peers/@ffmpeg/core/dist/esm/ffmpeg-core.js',
    wasmURL: '/peers/@ffmpeg/core/dist/esm/ffmpeg-core.wasm',
  });
  return async () => {
    await tool.createDir('/in');
    await tool.createDir('/out');
    await tool.mount('WORKERFS', { files: [file] }, '/in');
    const to =
      scheme === 'clear'
        ? ['-f', 'hls', '-hls_time', '6', '-hls_playlist_type', 'vod', '-hls_segment_type', 'fmp4', '/out/media.m3u8']
        : [
            '-movflags',
            'frag_keyframe+empty_moov+default_base_moof',
            '-encryption_scheme',
            'cenc-aes-ctr',
            '-encryption_kid',
            KID,
            '-encryption_key',
            KEY,
            '/out/all.mp4',
          ];
    const status = await tool.exec(['-i', `/in/${file.name}`, '-map', '0:v', '-map', '0:a', '-c', 'copy', ...to]);
    if (status !== 0) throw new Error(`ffmpeg.wasm ended with ${status}`);
    const folder = await (await root()).getDirectoryHandle('ffmpeg', { create: true });
    let size = 0;
    for (const { name, isDir } of await tool.listDir('/out')) {
      if (isDir) continue;
      const bytes = await tool.readFile(`/out/${name}`);
      const stream = await (await folder.getFileHandle(name, { create: true })).createWritable();
      await stream.write(bytes);
      await stream.close();
      size += bytes.length;
      await tool.deleteFile(`/out/${name}`);
    }
    tool.terminate();
    return size;
  };
}
