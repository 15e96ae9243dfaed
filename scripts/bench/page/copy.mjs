// The plain copy: slices of the file, one after the other, into one file of OPFS.

const SLICE = 8 << 20;

addEventListener('message', async ({ data: file }) => {
  try {
    const root = await navigator.storage.getDirectory();
    const handle = await (await root.getFileHandle('copy', { create: true })).createSyncAccessHandle();
    const reader = new FileReaderSync();
    for (let at = 0; at < file.size; at += SLICE)
      handle.write(new Uint8Array(reader.readAsArrayBuffer(file.slice(at, at + SLICE))), { at });
    handle.close();
    postMessage(null);
  } catch (error) {
    postMessage(String(error));
  }
});
