/**
 * @module
 * What a visitor does and sees.
 */
import type { Page } from 'playwright-core';

/** Waits until the page has compared its example pair. */
export async function openPage(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.locator('[data-distance]').waitFor();
}

/** The distance that is shown, once `change` has brought a new one. */
export async function distanceAfter(page: Page, change: () => Promise<unknown>): Promise<number> {
  await page.evaluate(() => document.querySelector('[data-distance]')?.setAttribute('data-old', ''));
  await change();
  await page.locator('[data-distance]:not([data-old])').waitFor();
  return shownNumber(page, '[data-distance]');
}

/** The text of an element. */
export async function shownText(page: Page, selector: string): Promise<string> {
  return (await page.locator(selector).textContent()) ?? '';
}

/** The first number in an element's text. */
export async function shownNumber(page: Page, selector: string): Promise<number> {
  return Number(/\d[\d.]*\b/.exec(await shownText(page, selector))?.[0] ?? Number.NaN);
}

/** Sets a slider, as a visitor does who drags it. */
export async function slide(page: Page, selector: string, value: number): Promise<void> {
  await page.locator(selector).fill(String(value));
}

/** Waits until a text is shown. */
export async function waitForText(page: Page, selector: string, text: string | RegExp): Promise<void> {
  await page.locator(selector).filter({ hasText: text }).waitFor();
}

/** Pastes a picture into the page. */
export async function paste(page: Page, picture: Buffer, type: string): Promise<void> {
  await page.evaluate(
    ([bytes, kind]) => {
      const file = new File([Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0))], 'pasted', {
        type: kind,
      });
      const data = new DataTransfer();
      data.items.add(file);
      document.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data }));
    },
    [picture.toString('base64'), type] as const,
  );
}

/** Counts the frames that the page draws from now until it is asked. */
export async function countFrames(page: Page): Promise<() => Promise<number>> {
  const handle = await page.evaluateHandle(() => {
    const state = { count: 0, isOn: true };
    const frame = () => {
      state.count++;
      if (state.isOn) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    return state;
  });
  return () =>
    handle.evaluate((state) => {
      state.isOn = false;
      return state.count;
    });
}
