import { useEffect, useState } from 'preact/hooks';
import { INPUT_FORMATS } from 'tabpack';
import { message } from '../lib/format';
import { addFiles } from '../lib/jobs';
import { say } from '../lib/log';

/** What the file picker offers. */
const ACCEPT = [
  'video/*',
  'audio/*',
  ...INPUT_FORMATS.flatMap(({ endings }) => Object.keys(endings)).map((ending) => `.${ending}`),
].join(',');

/** The formats in words. */
const NAMES = new Intl.ListFormat('en').format(INPUT_FORMATS.flatMap(({ names }) => names));

/** Where files come in: picked, dropped, or the sample. */
export function DropZone({ compact }: { compact: boolean }) {
  const [over, setOver] = useState(false);
  const [loading, setLoading] = useState(false);

  const addSample = async (): Promise<void> => {
    setLoading(true);
    try {
      addFiles([await sampleFile()]);
    } catch (error) {
      say('sample.mp4', `The sample couldn’t be loaded: ${message(error)}`, 'error');
    } finally {
      setLoading(false);
    }
  };

  useEffect(() => {
    // The whole page takes drops: one beside the zone would make the browser leave the page for the file.
    const enter = (event: DragEvent): void => {
      event.preventDefault();
      setOver(true);
    };
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) setOver(false);
    };
    const drop = (event: DragEvent): void => {
      event.preventDefault();
      setOver(false);
      addFiles(event.dataTransfer?.files ?? []);
    };
    window.addEventListener('dragover', enter);
    window.addEventListener('dragleave', leave);
    window.addEventListener('drop', drop);
    return () => {
      window.removeEventListener('dragover', enter);
      window.removeEventListener('dragleave', leave);
      window.removeEventListener('drop', drop);
    };
  }, []);

  return (
    <div class={`drop ${compact ? 'drop-compact' : ''} ${over ? 'drop-over' : ''}`} data-testid="drop-zone">
      <p class="drop-title">{compact ? 'Add more files' : 'Drop video, sound and subtitle files here'}</p>
      <div class="drop-ways">
        <label class="button file-pick">
          Choose files…
          <input
            type="file"
            multiple
            accept={ACCEPT}
            data-testid="file-input"
            onChange={({ currentTarget: input }) => {
              addFiles(input.files ?? []);
              // So that picking the same file again is a change too.
              input.value = '';
            }}
          />
        </label>
        <button
          type="button"
          class="button button-quiet"
          data-testid="sample"
          disabled={loading}
          onClick={() => void addSample()}
        >
          Try the sample
        </button>
      </div>
      {!compact && (
        <p class="quiet">
          {NAMES}, of any size: they are read in slices, never loaded whole. Sizes, languages and subtitles of one title
          together, as <span class="mono">film-720p.mp4 film-1080p.mp4 film.en.vtt</span>, become one output.
        </p>
      )}
    </div>
  );
}

async function sampleFile(): Promise<File> {
  const response = await fetch(new URL('sample.mp4', document.baseURI));
  if (!response.ok) throw new Error(`the server answered ${response.status}.`);
  return new File([await response.blob()], 'sample.mp4', { type: 'video/mp4' });
}
