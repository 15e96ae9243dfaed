/** How long the page waits for the service worker before it says that there is none, in milliseconds. */
const PATIENCE = 10_000;

let registration: Promise<ServiceWorkerRegistration> | undefined;

/** Registers the worker that gives outputs their URLs. Safe to call more than once. */
export function registerServiceWorker(): Promise<ServiceWorkerRegistration> {
  if (!('serviceWorker' in navigator)) {
    return Promise.reject(
      new Error(
        'This browser gives the page no service worker (a private window, or not a secure address), so outputs can’t be played here.',
      ),
    );
  }
  registration ??= navigator.serviceWorker.register(new URL('sw.js', document.baseURI)).catch((error: unknown) => {
    registration = undefined;
    throw error;
  });
  return registration;
}

/** Resolves once the worker answers this page's requests, which a forced reload suspends. */
export async function serviceWorkerReady(): Promise<void> {
  await registerServiceWorker();
  if (navigator.serviceWorker.controller) return;
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      navigator.serviceWorker.removeEventListener('controllerchange', taken);
      reject(
        new Error(
          'The service worker that serves the outputs didn’t take over this page. Reload it without the Shift key.',
        ),
      );
    }, PATIENCE);
    const taken = (): void => {
      clearTimeout(timer);
      resolve();
    };
    navigator.serviceWorker.addEventListener('controllerchange', taken, { once: true });
    // A page that was loaded past the worker (Shift+Reload) has an active worker and no controller.
    void navigator.serviceWorker.ready.then((ready) => ready.active?.postMessage('claim'));
  });
}
