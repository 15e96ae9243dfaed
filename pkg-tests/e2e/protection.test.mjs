/**
 * Clear lead and key rotation under the browser's own Clear Key: the package's output goes into Media Source
 * Extensions as it is, without a player between, so that what the browser asks for and waits for can be seen.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { fixture, openApp, PATIENCE, serve } from './support.mjs';

const DIST = fileURLToPath(new URL('../../dist', import.meta.url));

/**
 * Packages a fixture in the page and starts to play it, with the keys of these crypto periods at hand; what happens
 * is kept in `window.seen`.
 *
 * @param {TestContext} t
 * @param {string} name
 * @param {{ scheme: string; segmentDuration: number; clearLead?: number; cryptoPeriod?: number }} options
 * @param {number[]} [periods]
 */
async function start(t, name, options, periods = []) {
  const { page } = await openApp(t);
  const server = await serve(DIST);
  t.after(() => server.close());
  await page.goto(`${server.url}nothing-here`);
  await page.setContent('<input type="file"><video muted playsinline></video>');
  await page.setInputFiles('input', fixture(name));
  await page.evaluate(
    async ([url, options, periods]) => {
      const { Packager, memory } = await import(`${url}browser.js`);
      const packager = await Packager.create({ workers: 1 });
      const output = memory();
      const { keys, report } = await packager.package(document.querySelector('input').files?.[0], {
        ...options,
        output,
      });
      packager.close();

      const video = document.querySelector('video');
      const given = keys
        .filter((/** @type {{ period: number }} */ { period }) => periods.includes(period))
        .map((/** @type {{ kid: Notations }} */ { kid }) => kid.base64url);
      const seen = { asked: /** @type {string[]} */ ([]), waiting: 0, given: new Set(given) };
      const access = await navigator.requestMediaKeySystemAccess('org.w3.clearkey', [
        {
          initDataTypes: ['cenc'],
          videoCapabilities: [{ contentType: 'video/mp4; codecs="avc1.64001e"', encryptionScheme: options.scheme }],
        },
      ]);
      await video.setMediaKeys(await access.createMediaKeys());
      /** Answers what the browser asked for, with the keys that are allowed by now. */
      const answer = (/** @type {MediaKeySession} */ session, /** @type {string[]} */ kids) => {
        const known = keys.filter(
          (/** @type {{ kid: Notations }} */ { kid }) => kids.includes(kid.base64url) && seen.given.has(kid.base64url),
        );
        if (known.length === 0) return;
        const set = known.map((/** @type {{ kid: Notations, key: Notations }} */ { kid, key }) => ({
          kty: 'oct',
          kid: kid.base64url,
          k: key.base64url,
        }));
        session.update(new TextEncoder().encode(JSON.stringify({ keys: set, type: 'temporary' })));
      };
      /** @type {[session: MediaKeySession, kids: string[]][]} */
      const requests = [];
      video.addEventListener('encrypted', async ({ initDataType, initData }) => {
        const session = /** @type {MediaKeys} */ (video.mediaKeys).createSession();
        session.addEventListener('message', ({ message }) => {
          const { kids } = JSON.parse(new TextDecoder().decode(message));
          seen.asked.push(...kids.filter((/** @type {string} */ kid) => !seen.asked.includes(kid)));
          requests.push([session, kids]);
          answer(session, kids);
        });
        await session.generateRequest(initDataType, initData ?? new ArrayBuffer(0));
      });
      video.addEventListener('waitingforkey', () => (seen.waiting += 1));
      window.give = (/** @type {string[]} */ ...kids) => {
        for (const kid of kids) seen.given.add(kid);
        for (const [session, kids] of requests) answer(session, kids);
      };
      window.seen = seen;
      window.keys = keys.map((/** @type {{ kid: Notations, period: number }} */ { kid, period }) => ({
        kid: kid.base64url,
        period,
      }));

      const source = new MediaSource();
      video.src = URL.createObjectURL(source);
      await new Promise((resolve) => source.addEventListener('sourceopen', resolve, { once: true }));
      const buffers = report.tracks.map((/** @type {{ kind: string, codecs: string }} */ { kind, codecs }) =>
        source.addSourceBuffer(`${kind}/mp4; codecs="${codecs}"`),
      );
      for (const [index, { id, segments }] of report.tracks.entries()) {
        const names = ['init.mp4', ...Array.from({ length: segments }, (_, number) => `${number + 1}.m4s`)];
        for (const file of names) {
          buffers[index].appendBuffer(output.files.get(`${options.targets[0]}/${id}/${file}`));
          await new Promise((resolve) => buffers[index].addEventListener('updateend', resolve, { once: true }));
        }
      }
      source.endOfStream();
      await video.play();
    },
    /** @type {const} */ ([server.url, { targets: ['cmaf'], ...options }, periods]),
  );
  return page;
}

const state = (/** @type {Page} */ page) =>
  page.evaluate(() => {
    const video = document.querySelector('video');
    const { totalVideoFrames } = video.getVideoPlaybackQuality();
    const { asked, waiting } = window.seen;
    return {
      time: video.currentTime,
      ended: video.ended,
      frames: totalVideoFrames,
      error: video.error?.message ?? null,
      asked,
      waiting,
    };
  });

const until = (
  /** @type {Page} */ page,
  /** @type {(argument: any) => boolean} */ condition,
  /** @type {unknown} */ argument = undefined,
) => page.waitForFunction(condition, argument, { timeout: PATIENCE.play });

/**
 * Waits until playback stands still for want of a key: the decoder asks ahead of the picture that is shown.
 *
 * @param {Page} page
 */
async function stalled(page) {
  await until(page, () => window.seen.waiting > 0);
  await until(page, () => {
    const { currentTime } = document.querySelector('video');
    if (currentTime !== window.seen.time) Object.assign(window.seen, { time: currentTime, since: performance.now() });
    return performance.now() - window.seen.since > 1500;
  });
  return state(page);
}

for (const scheme of ['cenc', 'cbcs']) {
  test(`a clear lead of 3.5 s plays without a key up to it and needs the key after it (${scheme})`, async (t) => {
    const page = await start(t, 'ladder-360p.mp4', { scheme, segmentDuration: 2, clearLead: 3.5 });
    const stopped = await stalled(page);
    assert.equal(stopped.error, null);
    assert.ok(stopped.time > 3 && stopped.time <= 3.6, `it stops at ${stopped.time} s`);
    // 24 pictures a second: 84 before 3.5 s; some may be on their way to the screen.
    assert.ok(stopped.frames >= 78 && stopped.frames <= 84, `${stopped.frames} pictures were decoded without the key`);
    await page.evaluate(() => window.give(...window.keys.map((/** @type {{ kid: Notations }} */ { kid }) => kid)));
    await until(page, () => document.querySelector('video').ended);
    assert.equal((await state(page)).frames, 192);
  });

  test(`rotation every 10 s plays through with the keys of each period, and stops without the second (${scheme})`, async (t) => {
    const page = await start(t, 'bframes-1080p.mp4', { scheme, segmentDuration: 2, cryptoPeriod: 10 }, [0]);
    assert.deepEqual(
      await page.evaluate(() => window.keys.map((/** @type {{ period: number }} */ { period }) => period)),
      [0, 1],
    );
    const stopped = await stalled(page);
    assert.ok(stopped.time > 9.5 && stopped.time <= 10.1, `it stops at ${stopped.time} s`);
    await page.evaluate(() => window.give(window.keys[1].kid));
    await until(page, () => document.querySelector('video').ended);
    const ended = await state(page);
    assert.equal(ended.error, null);
    assert.equal(ended.frames, 288);
    assert.equal(ended.asked.length, 2, 'the browser asked for both keys');
  });
}
