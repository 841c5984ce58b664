import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import { beforeEach, expect, it } from 'vitest';
import { type Page, suiteInChromium } from '../../../../test/support/chromium.js';
import { tempDir } from '../../../../test/support/temp-dir.js';
import { startCollectServer } from '../../src/collect/collect-server.js';
import type { StudyPlan } from '../../src/collect/study-plan.js';
import type { JournalRecord } from '../../src/votes/vote-records.js';
import { collectOn, votesAmong } from '../support/collect-study.js';
import { paintDataSet } from '../support/painted-data-set.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const CODE = 'K7QM2XYZ';

let data = '';
beforeEach(async () => {
  data = join(await tempDir(), 'data');
  await paintDataSet(data, { triplets: { blur: 3 }, pairs: { blur: 2 }, size: 16 });
});

/** Works with a page of a study, and tells what its journal holds then. */
async function onPage(
  newPage: () => Promise<Page>,
  plan: Partial<StudyPlan>,
  work: (page: Page, address: string) => Promise<void>,
): Promise<readonly JournalRecord[]> {
  const { collection, plan: whole, lines } = await collectOn(data, { votes: 1, ...plan });
  const errors: unknown[] = [];
  const own = { code: CODE, host: '127.0.0.1', port: 0, onError: (error: unknown) => errors.push(error) };
  const server = await startCollectServer({ ...own, collection, plan: whole });
  const page = await newPage();
  page.on('pageerror', (error) => errors.push(error));
  try {
    await work(page, `http://127.0.0.1:${server.port}/`);
    expect(errors).toEqual([]);
    return lines;
  } finally {
    await page.close();
    await server.close();
  }
}

/** Waits until a section is shown, and has axe look at it, in a light and in a dark page. */
async function expectAccessible(page: Page, section: string): Promise<void> {
  await page.waitForSelector(`#${section}:not([hidden])`);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    const { violations } = (await page.evaluate('axe.run()')) as AxeResults;
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
  }
}

/** Presses keys one after the other, as somebody without a mouse does. */
async function press(page: Page, ...keys: readonly string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
}

const answersAllowed = (page: Page) => page.waitForSelector('#trial:not([hidden]) #answers button:enabled');

suiteInChromium('the page of a collection', ({ newPage }) => {
  it('is gone through by the keyboard alone, every section of it accessible, light and dark', async () => {
    const plan = { practice: 1, pauseEvery: 2, catchEvery: 0 };
    const lines = await onPage(newPage, plan, async (page, address) => {
      // The page allows no script of others; a test adds one before the page has its policy.
      await page.addInitScript(AXE);
      await page.goto(`${address}#%4B${CODE.slice(1)}`); // a link may have any letter encoded
      await expectAccessible(page, 'welcome');
      expect(await page.inputValue('#code')).toBe(CODE);
      await press(page, 'Tab', 'Enter');
      await expectAccessible(page, 'instructions');
      await press(page, 'Tab', 'Enter');
      await answersAllowed(page);
      await expectAccessible(page, 'trial');
      await press(page, 'ArrowLeft');
      await expectAccessible(page, 'feedback');
      await press(page, 'Enter');
      await answersAllowed(page);
      expect(await page.textContent('#status')).toBe('1 of 3. You may answer now.');
      expect(await page.evaluate("document.activeElement.id + '/' + document.title")).toBe(
        'question/A study',
      );
      await press(page, 'ArrowRight');
      await answersAllowed(page);
      await press(page, '1');
      await expectAccessible(page, 'pause');
      await press(page, 'Enter');
      await answersAllowed(page);
      // By Tab to the button, for who has no arrow keys.
      await press(page, 'Tab', 'Tab', 'Enter');
      await expectAccessible(page, 'finish');
      expect(await page.textContent('#status')).toBe('');
      expect(await page.textContent('#finish-text')).toContain('You have judged 3 times.');
    });
    const votes = votesAmong(lines);
    const chosen = votes.map(({ answer, first }) => (answer === first ? 'left' : 'right'));
    expect(chosen).toEqual(['right', 'left', 'right']);
    expect(lines.map(({ kind }) => kind)).toEqual(['rater', 'practice', 'vote', 'vote', 'vote']);
    for (const { scale } of votes) expect(Number(scale)).toBeGreaterThan(1);
  });

  it('goes on after a reload with the same trial, and shows no name and no copy of a triplet', async () => {
    const lines = await onPage(newPage, {}, async (page, address) => {
      const asked: string[] = [];
      page.on('request', (request) => asked.push(request.url()));
      await page.goto(`${address}#50%`); // a link that was cut off
      expect(await page.inputValue('#code')).toBe('50%');
      await page.fill('#code', 'wrong');
      await page.click('#join button');
      await page.waitForSelector('#trouble:not([hidden])');
      expect(await page.textContent('#trouble-text')).toBe('This code is not known here.');
      await page.click('#retry');
      await page.fill('#code', CODE.toLowerCase());
      await page.click('#join button');
      await page.click('#start');
      await answersAllowed(page);
      const shown = await page.getAttribute('#pictures img', 'src');
      await page.reload();
      await page.click('#go-on');
      await answersAllowed(page);
      expect(await page.getAttribute('#pictures img', 'src')).toBe(shown);
      await page.click('#pictures .side img');
      await page.waitForSelector(`#pictures img[src="${shown}"]`, { state: 'detached' });
      expect(asked.filter((url) => !url.startsWith(address))).toEqual([]);
      expect(
        asked.filter((url) => /p0|p1|blur|00000|K7QM/i.test(url.replace(/\/picture\/[0-9a-f]+/, ''))),
      ).toEqual([]);
      expect(await page.context().cookies()).toEqual([]);
    });
    expect(lines.map(({ kind }) => kind)).toEqual(['rater', 'vote']);
  });

  it('shows the pictures of a pair one after the other, and takes an answer only then, on a phone', async () => {
    const plan = { task: 'jnd', shownMs: 200, gapMs: 100 } as const;
    const lines = await onPage(newPage, plan, async (page, address) => {
      await page.setViewportSize({ width: 360, height: 640 });
      await page.goto(`${address}#${CODE}`);
      await page.click('#join button');
      await page.waitForSelector('#instructions:not([hidden])');
      await page.evaluate(`
        globalThis.seen = [];
        const look = () => {
          const places = [...document.querySelectorAll('#pictures img:not(.away)')].map((image) => image.dataset.place);
          const isOpen = document.querySelector('#answers button:enabled') !== null;
          const state = document.querySelector('#trial').hidden ? '' : [...places, isOpen ? 'open' : ''].join(' ').trim();
          if (state !== '' && seen.at(-1) !== state) seen.push(state);
          requestAnimationFrame(look);
        };
        look();`);
      await page.click('#start');
      await page.waitForSelector('#trial:not([hidden])');
      await press(page, 's'); // too early
      await answersAllowed(page);
      await expect.poll(() => page.evaluate('seen')).toEqual(['first', 'second', 'open']);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
      await press(page, 'd');
      await page.waitForSelector('#answers button:disabled');
      await answersAllowed(page);
    });
    expect(lines).toMatchObject([{ kind: 'rater' }, { kind: 'vote', answer: 'different' }]);
  });

  it('hides a triplet after the time that it states, and takes an answer then', async () => {
    const lines = await onPage(newPage, { shownMs: 300 }, async (page, address) => {
      await page.goto(`${address}#${CODE}`);
      await page.click('#join button');
      await page.waitForSelector('#instructions:not([hidden])');
      expect(await page.textContent('#instructions')).toContain('They are shown for 0.3 seconds.');
      await page.click('#start');
      await answersAllowed(page);
      const hidden = () => page.evaluate("document.querySelectorAll('#pictures img.away').length");
      await expect.poll(hidden).toBe(3);
      await press(page, 'ArrowRight');
      await expect.poll(hidden).toBe(0); // the next one is shown
    });
    expect(lines.map(({ kind }) => kind)).toEqual(['rater', 'vote']);
  });

  it('asks again where the server does not answer, and the vote counts once', async () => {
    const lines = await onPage(newPage, {}, async (page, address) => {
      // Before the page is there: a page that is loaded may send a request before it has heard of a route.
      let [asked, joins] = [0, 0];
      await page.route('**/api/answer', (route) => (asked++ === 0 ? route.abort() : route.continue()));
      await page.route('**/api/join', (route) => (joins++ === 0 ? route.abort() : route.continue()));
      await page.goto(`${address}#${CODE}`);
      await page.click('#join button');
      await page.waitForSelector('#trouble:not([hidden])');
      expect(await page.textContent('#trouble-text')).toBe(
        'The server does not answer. What you have answered is kept.',
      );
      await press(page, 'Enter');
      await page.click('#start');
      await answersAllowed(page);
      await press(page, 'ArrowLeft');
      await page.waitForSelector('#trouble:not([hidden])');
      await press(page, 'Enter');
      await answersAllowed(page);
      expect(asked).toBe(2);
    });
    expect(lines.map(({ kind }) => kind)).toEqual(['rater', 'vote']);
  });
});
