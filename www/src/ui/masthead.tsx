/** The head of every page. */
export function Masthead({ page }: { page: 'packager' | 'player' }) {
  return (
    <header class="masthead">
      <a class="brand" href="#/" aria-current={page === 'packager' ? 'page' : undefined}>
        <Mark />
        <span>tabpack</span>
      </a>
      <p class="masthead-line">A DRM packager in a browser tab</p>
      {page === 'player' && (
        <nav aria-label="Pages">
          <a class="button button-quiet" href="#/">
            ← Back to packaging
          </a>
        </nav>
      )}
    </header>
  );
}

/** A tab whose content is cut into segments; the last one is still being written. */
function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <path class="mark-tab" d="M3 9a3 3 0 0 1 3-3h7l3 4h10a3 3 0 0 1 3 3v11a3 3 0 0 1-3 3H6a3 3 0 0 1-3-3z" />
      <path class="mark-done" d="M8 15h3v7H8zm5 0h3v7h-3zm5 0h3v7h-3z" />
      <path class="mark-next" d="M23 15h2v7h-2z" />
    </svg>
  );
}
