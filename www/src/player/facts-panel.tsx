import { useEffect, useState } from 'preact/hooks';
import { timecode } from '../lib/format';
import type { ManifestFacts } from './manifest';
import type { Session } from './session';

type Fact = readonly [label: string, value: string];

/** What is being played, read twice a second. */
export function FactsPanel({ source, session }: { source: ManifestFacts | null; session: Session | null }) {
  const [live, setLive] = useState<readonly Fact[]>([]);

  useEffect(() => {
    setLive([]);
    if (!session) return;
    const timer = setInterval(() => setLive(playbackFacts(session)), 500);
    return () => clearInterval(timer);
  }, [session]);

  const facts = [...(source ? sourceFacts(source) : []), ...live];
  return (
    <aside class="card facts" aria-labelledby="facts-title">
      <h2 id="facts-title">Facts</h2>
      {facts.length === 0 && <p class="quiet">Nothing is loaded yet.</p>}
      <dl data-testid="facts">
        {facts.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd class="mono">{value}</dd>
          </div>
        ))}
      </dl>
    </aside>
  );
}

function sourceFacts({ kind, url, encrypted, scheme, keyIds, systems }: ManifestFacts): Fact[] {
  const facts: Fact[] = [
    ['Manifest', kind],
    ['Address', new URL(url).pathname],
    ['Protection', encrypted ? `${scheme ?? 'unknown'}` : 'none'],
  ];
  if (keyIds.length > 0) facts.push(['Key ids', keyIds.join('\n')]);
  if (systems.length > 0) facts.push(['Signalled', systems.join(', ')]);
  return facts;
}

function playbackFacts({ player, video, decoded }: Session): Fact[] {
  const tracks = player.getVariantTracks();
  const facts: Fact[] = [['Key system', player.keySystem() || 'none']];
  for (const [n, track] of tracks.entries()) {
    const size = track.width && track.height ? `${track.width}×${track.height} ` : '';
    facts.push([
      tracks.length > 1 ? `Variant ${n + 1}${track.active ? ' (playing)' : ''}` : 'Variant',
      `${size}${track.codecs ?? ''}\n${track.language === 'und' ? '' : `${track.language}, `}${Math.round(track.bandwidth / 1000)} kbit/s`,
    ]);
  }
  for (const { width, height, tilesLayout } of player.getImageTracks())
    facts.push(['Thumbnails', `${width ?? '?'}×${height ?? '?'}, ${tilesLayout ?? '1x1'} in a sheet`]);
  facts.push(
    ['Time', `${timecode(video.currentTime)} of ${timecode(Number.isFinite(video.duration) ? video.duration : 0)}`],
    ['Buffered', ranges(video.buffered) || 'nothing'],
    ['Frames', `${decoded.frames} decoded, ${decoded.dropped} dropped`],
  );
  return facts;
}

function ranges(buffered: TimeRanges): string {
  return Array.from(
    { length: buffered.length },
    (_, i) => `${timecode(buffered.start(i))} – ${timecode(buffered.end(i))}`,
  ).join('\n');
}
