import { useEffect, useRef } from 'preact/hooks';
import { clock } from '../lib/format';
import { log, logFile } from '../lib/log';
import { saveFile } from '../lib/save';
import { useStore } from '../lib/store';

/** What happened, line by line. Follows the newest line unless the reader has scrolled up. */
export function LogPanel() {
  const lines = useStore(log);
  const box = useRef<HTMLDivElement>(null);
  const follow = useRef(true);

  useEffect(() => {
    const element = box.current;
    if (element && follow.current) element.scrollTop = element.scrollHeight;
  }, [lines]);

  const save = (): void => {
    const file = logFile();
    saveFile(file, file.name);
  };

  return (
    <section class="log-section" aria-labelledby="log-title">
      <div class="section-head">
        <h2 id="log-title">Log</h2>
        <button
          type="button"
          class="button button-quiet"
          data-testid="log-save"
          disabled={lines.length === 0}
          onClick={save}
        >
          Save the log
        </button>
      </div>
      <div
        ref={box}
        class="log"
        role="log"
        aria-live="polite"
        aria-labelledby="log-title"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
        tabIndex={0}
        data-testid="log"
        onScroll={({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) => {
          follow.current = scrollTop + clientHeight >= scrollHeight - 8;
        }}
      >
        {lines.length === 0 && <p class="quiet">Nothing has happened yet.</p>}
        {lines.map((line) => (
          <p key={line.id} class={`log-line log-${line.level}`}>
            <time dateTime={line.time.toISOString()}>{clock(line.time)}</time> <b>{line.about}</b>{' '}
            <span>{line.text}</span>
          </p>
        ))}
      </div>
    </section>
  );
}
