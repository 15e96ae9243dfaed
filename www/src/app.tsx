import { Deferred, lazy } from './lib/lazy';
import { route } from './lib/route';
import { useStore } from './lib/store';
import { Masthead } from './ui/masthead';
import { PackagerPage } from './ui/packager-page';

/** Shaka Player comes with the player page, so only those who play load it. */
const PlayerPage = lazy(() => import('./player/player-page').then((module) => module.PlayerPage));

/** The whole app: the page that the address names. */
export function App() {
  const at = useStore(route);
  return (
    <>
      <Masthead page={at.page} />
      {at.page === 'player' ? (
        // Keyed by its address, so that another output starts from a clean page.
        <Deferred
          key={`${at.from}/${at.job}/${at.manifest}`}
          of={PlayerPage}
          props={{ from: at.from, job: at.job, manifest: at.manifest }}
        />
      ) : (
        <PackagerPage />
      )}
      <footer class="footer">
        <p>tabpack runs in this tab. Files are read and written here; nothing is uploaded.</p>
      </footer>
    </>
  );
}
