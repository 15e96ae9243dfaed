import { useEffect, useState } from 'preact/hooks';

/** A value that components can watch. It lives outside the pages, so it outlasts going from one to the other. */
export class Store<T> {
  #value: T;
  readonly #watchers = new Set<() => void>();

  constructor(value: T) {
    this.#value = value;
  }

  /** The value now. */
  get value(): T {
    return this.#value;
  }

  /** Replaces the value and tells the watchers. */
  set value(next: T) {
    if (Object.is(next, this.#value)) return;
    this.#value = next;
    for (const watcher of this.#watchers) watcher();
  }

  /** Calls `watcher` after each change, until the returned function is called. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }
}

/** The store's value, drawing the component again whenever it changes. */
export function useStore<T>(store: Store<T>): T {
  const [value, setValue] = useState(store.value);
  useEffect(() => {
    const take = (): void => setValue(() => store.value);
    take();
    return store.watch(take);
  }, [store]);
  return value;
}
