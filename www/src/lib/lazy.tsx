import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { message } from './format';

/** A component that is loaded when it is first shown. */
export type Lazy<P> = () => Promise<ComponentType<P>>;

/** Remembers the one load of a component; a failed load is tried again at the next showing. */
export function lazy<P>(load: Lazy<P>): Lazy<P> {
  let loaded: Promise<ComponentType<P>> | undefined;
  return () =>
    (loaded ??= load().catch((error: unknown) => {
      loaded = undefined;
      throw error;
    }));
}

/** Shows a lazy component, or what hinders it. */
export function Deferred<P extends object>({ of, props }: { of: Lazy<P>; props: P }) {
  const [component, setComponent] = useState<{ readonly is: ComponentType<P> } | null>(null);
  const [problem, setProblem] = useState('');
  useEffect(() => {
    let shown = true;
    of().then(
      (is) => shown && setComponent({ is }),
      (error: unknown) => shown && setProblem(message(error)),
    );
    return () => {
      shown = false;
    };
  }, [of]);
  if (problem)
    return (
      <main class="page">
        <p class="notice notice-error" role="alert">
          This page couldn’t be loaded: {problem}
        </p>
      </main>
    );
  if (!component)
    return (
      <main class="page" aria-busy="true">
        <p class="quiet">Loading…</p>
      </main>
    );
  const Component = component.is;
  return <Component {...props} />;
}
