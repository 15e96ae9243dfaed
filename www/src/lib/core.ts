import { Packager } from 'tabpack';

let packager: Promise<Packager> | undefined;

/** The page's one packager, made when it is first needed: loading the wasm isn't free. */
export function core(): Promise<Packager> {
  packager ??= Packager.create().catch((error: unknown) => {
    // Let the next press try again: the network may have been away.
    packager = undefined;
    throw error;
  });
  return packager;
}
