/** Loads a part of the core, a wasm file, when it is first needed; what failed to load is tried again. */
export function part(load: () => Promise<unknown>): () => Promise<void> {
  let loaded: Promise<unknown> | undefined;
  return async () => {
    loaded ??= load();
    await loaded.catch((error: unknown) => {
      loaded = undefined;
      throw error;
    });
  };
}
