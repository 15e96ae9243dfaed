import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { message } from '../lib/format';
import { readKeys } from '../lib/key-check';
import { recallKeys, rememberKeys } from '../lib/keys';
import { preview, previewKeys } from '../lib/previews';
import type { Source } from '../lib/route';
import { serviceWorkerReady } from '../lib/service-worker';
import type { Step } from './check';
import { runCheck, type Verdict } from './check';
import { CheckPanel } from './check-panel';
import { FactsPanel } from './facts-panel';
import { LicenseFields, type LicenseForm, NO_LICENSE } from './license-fields';
import type { ManifestFacts } from './manifest';
import { readManifest } from './manifest';
import type { Opener } from './session';
import { Session } from './session';

/** The player page: plays one manifest of an output, and checks that it plays with its key only. */
export function PlayerPage({ from, job, manifest }: { from: Source; job: string; manifest: string }) {
  const keysOf = from === 'out' ? job : previewKeys(job);
  const [name] = useState(() => (from === 'out' ? job : previewName(job)));
  const video = useRef<HTMLVideoElement>(null);
  const session = useRef<Session | null>(null);
  const checking = useRef<AbortController | null>(null);
  const [source, setSource] = useState<ManifestFacts | null>(null);
  const [shown, setShown] = useState<Session | null>(null);
  const [problem, setProblem] = useState('');
  const [keyText, setKeyText] = useState(() => knownKeys(keysOf));
  const [license, setLicense] = useState<LicenseForm>(NO_LICENSE);
  const [keyProblem, setKeyProblem] = useState('');
  const [steps, setSteps] = useState<readonly Step[]>([]);
  const [verdict, setVerdict] = useState<Verdict | null>(null);

  const stop = useCallback(async () => {
    checking.current?.abort(new DOMException('The page was left.', 'AbortError'));
    const old = session.current;
    session.current = null;
    setShown(null);
    await old?.close();
  }, []);

  /** Reads the fields of keys and license. `undefined` where playing can't begin; the page then says why. */
  const takeOpener = useCallback(
    async (from: ManifestFacts, text: string, form: LicenseForm): Promise<Opener | undefined> => {
      setProblem('');
      setKeyProblem('');
      if (!from.encrypted) return null;
      const state = await readKeys(text);
      if (state.is === 'valid') {
        rememberKeys(keysOf, state.infos);
        return { keys: state.infos.map(({ kid, key }) => ({ kid: kid.hex, key: key.hex })) };
      }
      const [url, token, certificateUrl] = [form.url.trim(), form.token.trim(), form.certificateUrl.trim()];
      if (state.is === 'empty' && (url !== '' || token !== '')) {
        if (url !== '' && token !== '') return { license: { url, token, certificateUrl } };
        setProblem(
          url === ''
            ? 'A license token is given, but no license server’s address.'
            : 'A license server is given, but no token for it.',
        );
        return undefined;
      }
      // The player asks the license server that the manifest names.
      if (state.is === 'empty' && from.licenseUrl !== null) return null;
      if (state.is === 'invalid') setKeyProblem(state.problem);
      else
        setProblem(
          'This stream is encrypted and no key was given, so nothing of it can be decoded. Enter its key id and key.',
        );
      return undefined;
    },
    [keysOf],
  );

  const play = useCallback(
    async (from: ManifestFacts, text: string, form: LicenseForm): Promise<void> => {
      const opener = await takeOpener(from, text, form);
      const element = video.current;
      if (opener === undefined || !element) return;
      await stop();
      const next = new Session(element, from, opener);
      session.current = next;
      setShown(next);
      await next.load();
      if (session.current === next) await next.play();
    },
    [stop, takeOpener],
  );

  const check = async (from: ManifestFacts): Promise<void> => {
    const opener = await takeOpener(from, keyText, license);
    const element = video.current;
    if (opener === undefined || !element) return;
    await stop();
    const controller = new AbortController();
    checking.current = controller;
    setSteps([]);
    setVerdict('running');
    try {
      const passed = await runCheck(element, from, opener, setSteps, controller.signal);
      setVerdict(passed ? 'pass' : 'fail');
    } catch (error) {
      if (controller.signal.aborted) return;
      setProblem(`The check broke off: ${message(error)}`);
      setVerdict('fail');
    } finally {
      if (checking.current === controller) checking.current = null;
    }
  };

  useEffect(() => {
    document.title = `${name} – tabpack`;
    let left = false;
    const open = async (): Promise<void> => {
      try {
        await serviceWorkerReady();
        const facts = await readManifest(from, job, manifest);
        if (left) return;
        setSource(facts);
        const text = knownKeys(keysOf);
        // Coming from Play on the packager page, the key is known and it plays at once.
        if (!facts.encrypted || text !== '') await play(facts, text, NO_LICENSE);
      } catch (error) {
        if (!left) setProblem(message(error));
      }
    };
    void open();
    return () => {
      left = true;
      void stop();
    };
  }, [from, job, keysOf, manifest, name, play, stop]);

  // A problem that comes up while it plays.
  useEffect(() => {
    if (!shown) return;
    const timer = setInterval(() => shown.problem && setProblem(shown.problem), 200);
    return () => clearInterval(timer);
  }, [shown]);

  const busy = verdict === 'running';
  return (
    <main class="page">
      <div class="player-head">
        <h1>{name}</h1>
        <p class="quiet mono">{manifest}</p>
        {from === '__preview' && (
          <p class="quiet" data-testid="preview-note">
            Preview of what would be packaged. Segments are rendered as the player asks for them; nothing is stored.
          </p>
        )}
      </div>
      <div class="bench player-bench">
        <section class="bench-main" aria-label="Player">
          <div class="screen">
            {/* biome-ignore lint/a11y/useMediaCaption: the player adds the text tracks of the stream */}
            <video ref={video} controls playsInline aria-label={`${name}, ${manifest}`} />
          </div>
          {problem && (
            <p class="notice notice-error" role="alert" data-testid="player-problem">
              {problem}
            </p>
          )}
          {source?.encrypted && source.licenseUrl === null && keyText === '' && license.token === '' && !problem && (
            <p class="notice" data-testid="key-wanted">
              This stream is encrypted. Enter its key id and key to play it, or a license server.
            </p>
          )}
          {source?.encrypted && (
            <div class="field">
              <label for="player-key">
                Key{' '}
                <span class="quiet">
                  as key id:key, in any notation, several with blanks between. It stays in this page’s memory and is
                  gone after a reload.
                </span>
              </label>
              <input
                id="player-key"
                class="mono secret"
                type="text"
                data-testid="player-key"
                placeholder="kid:key"
                autocomplete="off"
                spellcheck={false}
                value={keyText}
                aria-invalid={keyProblem !== ''}
                onInput={(event) => setKeyText(event.currentTarget.value)}
              />
              {keyProblem && (
                <p class="problem" role="alert">
                  {keyProblem}
                </p>
              )}
            </div>
          )}
          {source?.encrypted && <LicenseFields form={license} onChange={setLicense} />}
          <div class="actions">
            <button
              type="button"
              class="button button-main"
              data-testid="play"
              disabled={!source || busy}
              onClick={() => source && void play(source, keyText, license)}
            >
              {playWords(source, keyText, license)}
            </button>
            <button
              type="button"
              class="button"
              data-testid="check"
              disabled={!source || busy}
              onClick={() => source && void check(source)}
            >
              {busy ? 'Checking…' : 'Run the check'}
            </button>
            <p class="quiet">The check plays, seeks to three points, then tries without a key and with a wrong one.</p>
          </div>
          {verdict && <CheckPanel verdict={verdict} steps={steps} />}
        </section>
        <FactsPanel source={source} session={shown} />
      </div>
    </main>
  );
}

function playWords(source: ManifestFacts | null, keys: string, license: LicenseForm): string {
  if (!source?.encrypted) return 'Play';
  if (keys === '' && license.url !== '') return 'Play with a license';
  return keys !== '' || source.licenseUrl === null ? 'Play with the key' : 'Play';
}

/** The file's name, where it is this document that holds the preview. */
function previewName(id: string): string {
  const open = preview.value;
  return open?.is === 'open' && open.id === id ? open.name : 'Preview';
}

function knownKeys(job: string): string {
  return recallKeys(job)
    .map(({ kid, key }) => `${kid.hex}:${key.hex}`)
    .join(' ');
}
