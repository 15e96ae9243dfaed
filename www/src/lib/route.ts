import { Store } from './store';

/** Which page is shown: the address after `#` says it. It never holds a key. */
export type Route =
  | { readonly page: 'packager' }
  | { readonly page: 'player'; readonly from: Source; readonly job: string; readonly manifest: string };

/** Where the player's files come from: the folder of a stored output, or a preview that this browser has open. */
export type Source = 'out' | '__preview';

/** Reads a route from a location's hash. Whatever isn't a player address shows the packager page. */
export function parseRoute(hash: string): Route {
  const [page, job, ...path] = hash.replace(/^#\/?/, '').split('/').map(decoded);
  const from = page === 'player' ? 'out' : page === 'preview' ? '__preview' : null;
  if (from && job && path.length > 0) return { page: 'player', from, job, manifest: path.join('/') };
  return { page: 'packager' };
}

/** The address of the player page for one manifest of an output. */
export function playerHref(job: string, manifest: string): string {
  return `#/player/${encodePath(`${job}/${manifest}`)}`;
}

/** The address of the player page for one manifest of a preview. */
export function previewHref(id: string, manifest: string): string {
  return `#/preview/${encodePath(`${id}/${manifest}`)}`;
}

/** The URL at which the service worker answers with a file. */
export function fileUrl(from: Source, job: string, path: string): string {
  return new URL(`${from}/${encodePath(`${job}/${path}`)}`, document.baseURI).href;
}

/** The route of the address bar, as it changes. */
export const route = new Store<Route>(parseRoute(location.hash));

window.addEventListener('hashchange', () => {
  route.value = parseRoute(location.hash);
});

/** Percent-encodes each part of a path, since a name may hold `#`, `?` and `%`. */
function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // A stray `%` typed by hand: taken as it stands.
    return part;
  }
}
