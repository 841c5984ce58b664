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
  return Number(/\d[\d.]*\b/.exec(await shownText(page, selector))?.[0]); // NaN where there is none
}

/** Sets a slider, as a visitor does who drags it. */
export async function slide(page: Page, selector: string, value: number): Promise<void> {
  await page.locator(selector).fill(String(value));
}

/** Waits until a text is shown. */
export async function waitForText(page: Page, selector: string, text: string | RegExp): Promise<void> {
  await page.locator(selector).filter({ hasText: text }).waitFor();
}

/** Pastes files, or drops them onto an element. */
export async function handOver(
  page: Page,
  kind: 'paste' | 'drop',
  selector: string,
  ...files: readonly { name: string; type: string; content: Buffer }[]
): Promise<void> {
  const encoded = files.map(({ name, type, content }) => ({ name, type, bytes: content.toString('base64') }));
  await page.locator(selector).evaluate(
    (element, given) => {
      const data = new DataTransfer();
      for (const { name, type, bytes } of given.encoded) {
        const values = Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0));
        data.items.add(new File([values], name, { type }));
      }
      const options = { bubbles: true, cancelable: true };
      const event =
        given.kind === 'paste'
          ? new ClipboardEvent('paste', { ...options, clipboardData: data })
          : new DragEvent('drop', { ...options, dataTransfer: data });
      element.dispatchEvent(event);
    },
    { kind, encoded },
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
