/** Loads a part of the core, a script or a wasm file, when it is first needed; what failed to load is tried again. */
export function part<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | undefined;
  return () => {
    loaded ??= load().catch((error: unknown) => {
      loaded = undefined;
      throw error;
    });
    return loaded;
  };
}

/** Loads a script that isn't part of the bundle: bundlers copy it like the wasm, since not all of them split workers. */
export function script<T>(url: URL): Promise<T> {
  return import(/* webpackIgnore: true */ /* @vite-ignore */ url.href) as Promise<T>;
}
