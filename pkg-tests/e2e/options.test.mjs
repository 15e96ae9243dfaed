/** The options panel: each option that pages offer has its control, and what is chosen there ends in the output. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OPTIONS } from 'tabpack/options';
import { fixture, openApp, packageFile, setOptions, storedOutputs } from './support.mjs';

/** Options whose controls are others than those of their kind. */
/** @type {Readonly<Record<string, 'checkbox' | 'combobox' | 'textbox'>>} */
const OTHERS = { keyServer: 'combobox', journal: 'checkbox', thumbnails: 'checkbox' };

/** @type {Readonly<Record<string, 'checkbox' | 'combobox' | 'textbox' | 'spinbutton' | 'group'>>} */
const ROLES = {
  flag: 'checkbox',
  number: 'spinbutton',
  word: 'combobox',
  words: 'group',
  text: 'textbox',
  list: 'textbox',
  object: 'group',
};

/** @typedef {import('tabpack/options').OptionInfo} OptionInfo */

/** @param {OptionInfo} info */
const roleOf = ({ name, kind, numbers }) => OTHERS[name] ?? (numbers ? 'combobox' : ROLES[kind]) ?? assert.fail(name);

/**
 * Opens what is shut of the options, and gives the panel.
 *
 * @param {Page} page
 */
async function openOptions(page) {
  const more = page.getByTestId('more-options');
  await more.locator('> summary').click();
  for (const group of await more.locator('> details > summary').all()) await group.click();
  return page.locator('aside.options');
}

/**
 * The text of a stored output's file.
 *
 * @param {Page} page
 * @param {string} path
 */
const storedText = (page, path) =>
  page.evaluate(async (path) => {
    let folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('outputs');
    const names = path.split('/');
    const file = names.pop() ?? '';
    for (const name of names) folder = await folder.getDirectoryHandle(name);
    return (await (await folder.getFileHandle(file)).getFile()).text();
  }, path);

test('each option that pages offer has a control with its name', async (t) => {
  const { page } = await openApp(t);
  const panel = await openOptions(page);
  for (const info of OPTIONS.filter(({ label }) => label !== '')) {
    const name = info.label.replaceAll("'", '’');
    const found = panel.getByRole(
      roleOf(info),
      info.name === 'key' ? { name: /^Key As key id/ } : { name, exact: true },
    );
    assert.ok(await found.first().isVisible(), `${info.name}: ${roleOf(info)} “${name}”`);
    for (const member of info.name === 'thumbnails' ? [] : (info.options ?? [])) {
      if (member.label === '') continue;
      const role = member.kind === 'object' ? 'checkbox' : roleOf(member);
      const inner = found.getByRole(role, { name: member.label.replaceAll("'", '’'), exact: true });
      assert.ok(await inner.isVisible(), `${info.name}.${member.name}: ${role} “${member.label}”`);
      if (member.kind !== 'object') continue;
      await inner.check();
      for (const { label, kind } of (member.options ?? []).filter(({ label }) => label !== ''))
        await found
          .getByRole('group', { name: member.label })
          .getByRole(ROLES[kind] ?? 'group', { name: label })
          .waitFor();
    }
  }
});

test('what is chosen ends in the output, and what would do nothing can’t be chosen', async (t) => {
  const { page } = await openApp(t);
  const panel = await openOptions(page);
  await setOptions(page, { targets: ['cmaf'], segmentDuration: 2 });
  assert.equal(await panel.getByText('Only with “Targets”: hls').count(), 2, 'why is said');
  assert.ok(await panel.getByLabel('Format of HLS segments').isDisabled());

  await panel.getByLabel('Clear lead').fill('3');
  await panel.getByLabel('One file per track').check();
  assert.ok(await panel.getByLabel('Names of segments').isDisabled(), 'there are none');
  await panel.getByLabel('Start of playback').fill('1.5');
  await panel.getByLabel('Cue points').fill('4, 90000000');
  await panel.getByLabel('Cue points').blur();
  await panel.getByRole('alert').filter({ hasText: '90000000 is not a number from' }).waitFor();
  assert.equal(await panel.getByLabel('Cue points').inputValue(), '', 'what is wrong isn’t kept');
  await panel.getByLabel('Cue points').fill('4');
  await panel.getByRole('checkbox', { name: 'Widevine' }).check();
  await panel.getByLabel('Provider').fill('acme');
  await panel.getByRole('checkbox', { name: 'PlayReady' }).check();
  await panel.getByLabel('A key for each kind of track').check();
  assert.match(await page.getByTestId('more-options').locator('> summary').innerText(), /6 set/);

  await packageFile(page, fixture('ladder-360p.mp4'));
  const { files } = await storedOutputs(page);
  assert.ok(files.includes('ladder-360p/cmaf/video-1.mp4'), files.join());
  const mpd = await storedText(page, 'ladder-360p/cmaf/stream.mpd');
  assert.equal(mpd.match(/<Period/g)?.length, 2);
  for (const system of ['edef8ba9', '9a04f079']) assert.match(mpd, new RegExp(`urn:uuid:${system}`, 'i'));
  const kids = new Set([...mpd.matchAll(/default_KID="([^"]+)"/g)].map(([, kid]) => kid));
  assert.equal(kids.size, 2, 'a key for pictures and one for sound');
  const master = files.find((file) => /master\.m3u8$/.test(file)) ?? assert.fail('no playlist');
  assert.match(await storedText(page, master), /#EXT-X-START:TIME-OFFSET=1\.5/);

  // Left clear, what is said of keys does nothing: it waits in the panel and isn't handed over.
  await setOptions(page, { clear: true });
  assert.ok(await panel.getByLabel('Clear lead').isDisabled());
  await packageFile(page, fixture('video-only.mp4'));
  assert.doesNotMatch(await storedText(page, 'video-only/cmaf/stream.mpd'), /ContentProtection/);
  await setOptions(page, { clear: false });
  assert.equal(await panel.getByLabel('Clear lead').inputValue(), '3');

  // By keys alone: an option is found, and all is set back.
  await panel.getByLabel('Find an option').fill('pssh boxes go');
  await panel.getByLabel('Where pssh boxes go').waitFor();
  assert.equal(await panel.getByLabel('Clear lead').count(), 0);
  await panel.getByLabel('Find an option').fill('');
  await page.getByTestId('options-reset').focus();
  await page.keyboard.press('Enter');
  assert.equal(await page.getByTestId('more-options').locator('> summary').innerText(), 'More options');
});
