/** Opus and FLAC in MP4, encrypted: they play with their key in a real browser, and only with it. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { fixture, openApp, openPlayer, packageFile, runCheck, setOptions } from './support.mjs';

for (const codec of ['opus', 'flac']) {
  for (const scheme of ['cenc', 'cbcs']) {
    test(`${codec} in ${scheme} plays with its key only`, async (t) => {
      const { page } = await openApp(t);
      await setOptions(page, { targets: ['cmaf'], scheme, segmentDuration: 1 });
      const finished = await packageFile(page, fixture(`audio/${codec}.mp4`), `${codec}.mp4`);
      await openPlayer(page, finished, 'cmaf/stream.mpd');
      const { steps } = await runCheck(page);
      assert.equal(steps['with-key'].state, 'pass', steps['with-key'].text);
      assert.equal(steps['no-key'].state, 'pass', steps['no-key'].text);
      // What a wrong key makes of a sample is noise, and these decoders take some of it for sound: Opus knows
      // no wrong bytes, and FLAC's refuses after a few frames. Then the page says that it can't tell.
      assert.match(steps['wrong-key'].state ?? '', /^(pass|skipped)$/, steps['wrong-key'].text);
    });
  }
}
