/** What `page/page.mjs` gives to `tab.mjs`. */
interface Window {
  ready(): Promise<void>;
  pack(job: {
    scheme: string;
    workers: number | undefined;
  }): Promise<{ seconds: number; firstSegment: number | undefined }>;
  copy(): Promise<{ seconds: number }>;
  peer(job: { name: string; scheme: string }): Promise<{ seconds: number }>;
}

/** What only workers have. */
interface FileSystemFileHandle {
  createSyncAccessHandle(): Promise<{ write(bytes: Uint8Array, options: { at: number }): number; close(): void }>;
}

declare class FileReaderSync {
  readAsArrayBuffer(blob: Blob): ArrayBuffer;
}

/** The package, as the bench's server has it. */
declare module '*/dist/browser.js' {
  export { opfs, Packager } from 'tabpack';
}

/** Packages that are installed when they are first asked for: nothing is known of their types before. */
declare module '*/mediabunny.mjs';
declare module '*/ffmpeg/dist/esm/index.js';
