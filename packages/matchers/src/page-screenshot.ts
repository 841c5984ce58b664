/**
 * @module
 * Screenshots of pages and locators of Playwright, taken as `toHaveScreenshot` takes them: without animations and the
 * caret, and again and again until two in a row are equal.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { Locator, Page, PageScreenshotOptions } from '@playwright/test';
import { cannot, invalid } from 'lpips-core';
import { checkLookOptions } from './look-options.js';
import type { LookOptions, Rectangle } from './matcher-types.js';

/** Options of Playwright's own `screenshot` that are passed on, and the time for it. */
type ScreenshotOptions = Pick<
  PageScreenshotOptions,
  | 'animations'
  | 'caret'
  | 'clip'
  | 'fullPage'
  | 'maskColor'
  | 'omitBackground'
  | 'scale'
  | 'style'
  | 'timeout'
>;

/** Options where the image may be a page or a locator. */
export interface PageLookOptions extends Omit<LookOptions, 'mask'>, ScreenshotOptions {
  /** Rectangles in pixels, and for a page or a locator also locators, that are painted over. Default none. */
  readonly mask?: readonly (Rectangle | Locator)[];
}

const SCREENSHOT_OPTIONS = [
  'animations',
  'caret',
  'clip',
  'fullPage',
  'maskColor',
  'omitBackground',
  'scale',
  'style',
  'timeout',
] as const satisfies (keyof ScreenshotOptions)[];
/** Options of pages alone. */
const OF_PAGES = ['clip', 'fullPage'] as const satisfies (keyof ScreenshotOptions)[];

/** Waits between screenshots, as Playwright's own; the last one is repeated. */
const PAUSES_MS = [0, 100, 250, 500, 1000] as const;

/** An image and the options that are left for its comparison. */
export interface Shot {
  readonly image: unknown;
  readonly options: LookOptions;
}

/**
 * Takes the screenshot where the image is a page or a locator, and separates the options of the screenshot from those of
 * the comparison. Any other image stays what it is.
 *
 * @param where the matcher
 * @param timeout of the assertion, in milliseconds, unless the options state one
 * @throws LpipsError where the page does not come to rest, or an option of screenshots is given for another image
 */
export async function takeShot(
  where: string,
  image: unknown,
  options: PageLookOptions,
  timeout: number,
): Promise<Shot> {
  checkIsObject(where, options);
  const { mask = [], ...rest } = options;
  const [screenshot, look] = partition(rest);
  // Whatever is wrong with another mask is said by the comparison.
  const locators = Array.isArray(mask) ? mask.filter(isLocator) : [];
  const areas = Array.isArray(mask) ? mask.filter((one) => !isLocator(one)) : mask;
  const forComparison = { ...look, mask: areas as readonly Rectangle[] };
  if (!isShootable(image)) {
    refuseForNoPage(where, screenshot, locators);
    return { image, options: forComparison };
  }
  if (!isPage(image)) refuseForLocator(where, screenshot);
  const shot = await stableShot(
    where,
    image,
    { ...screenshot, mask: locators },
    screenshot.timeout ?? timeout,
  );
  const pixelRatio = screenshot.scale === 'device' ? await pixelRatioOf(image) : undefined;
  return { image: shot, options: { ...(pixelRatio !== undefined && { pixelRatio }), ...forComparison } };
}

/** Options of a project without those that mean nothing for this image. */
export function applicableOptions(image: unknown, options: PageLookOptions): PageLookOptions {
  const meaningless: readonly string[] = isPage(image)
    ? []
    : isLocator(image)
      ? OF_PAGES
      : SCREENSHOT_OPTIONS;
  return Object.fromEntries(Object.entries(options).filter(([name]) => !meaningless.includes(name)));
}

async function stableShot(
  where: string,
  target: Page | Locator,
  options: ScreenshotOptions & { readonly mask: Locator[] },
  timeout: number,
): Promise<Buffer> {
  const deadline = timeout > 0 ? performance.now() + timeout : Number.POSITIVE_INFINITY; // 0 = for ever, as in Playwright
  let previous: Buffer | undefined;
  for (let count = 0; ; count++) {
    await wait(PAUSES_MS[Math.min(count, PAUSES_MS.length - 1)]);
    const left = deadline - performance.now();
    const shot = await target
      .screenshot({
        animations: 'disabled',
        caret: 'hide',
        scale: 'css',
        ...options,
        type: 'png',
        timeout: Number.isFinite(left) ? Math.max(1, left) : 0,
      })
      .catch((error: unknown) => {
        // Without a single screenshot, Playwright knows what it has waited for.
        if (!previous || !(error instanceof Error && error.name === 'TimeoutError')) throw error;
        const advice = 'Wait for what moves, mask it, or state a longer timeout.';
        throw cannot(where, 'take a screenshot', `no two in a row were equal within ${timeout} ms`, advice);
      });
    if (previous?.equals(shot)) return shot;
    previous = shot;
  }
}

function partition(options: Omit<PageLookOptions, 'mask'>) {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  const isOfScreenshot = ([name]: [string, unknown]) => SCREENSHOT_OPTIONS.some((one) => one === name);
  const screenshot: ScreenshotOptions = Object.fromEntries(entries.filter(isOfScreenshot));
  const look: LookOptions = Object.fromEntries(entries.filter((entry) => !isOfScreenshot(entry)));
  return [screenshot, look] as const;
}

function checkIsObject(where: string, options: unknown): void {
  if (typeof options === 'object' && options !== null && !Array.isArray(options)) return;
  checkLookOptions(where, options as LookOptions); // which refuses it
}

function refuseForNoPage(where: string, screenshot: ScreenshotOptions, locators: readonly Locator[]): void {
  const name = SCREENSHOT_OPTIONS.find((one) => screenshot[one] !== undefined);
  const advice = 'Pass the page or a locator itself.';
  if (name !== undefined) throw cannot(where, `use ${name}`, 'the image is no page', advice);
  if (locators.length > 0)
    throw invalid(where, 'rectangles', 'mask', 'a locator for an image that is no page', advice);
}

function refuseForLocator(where: string, screenshot: ScreenshotOptions): void {
  const name = OF_PAGES.find((one) => screenshot[one] !== undefined);
  if (name !== undefined)
    throw cannot(where, `use ${name}`, 'a locator is no page', 'Pass the page, or leave it out.');
}

async function pixelRatioOf(target: Page | Locator): Promise<number> {
  const page = isPage(target) ? target : target.page();
  return await page.evaluate<number>('window.devicePixelRatio');
}

function isShootable(image: unknown): image is Page | Locator {
  return isLocator(image) || isPage(image);
}

function isPage(image: unknown): image is Page {
  return hasMethods(image, ['screenshot', 'goto', 'viewportSize']);
}

function isLocator(image: unknown): image is Locator {
  return hasMethods(image, ['screenshot', 'page', 'locator', 'boundingBox']);
}

function hasMethods(value: unknown, names: readonly string[]): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    names.every((name) => typeof Reflect.get(value, name) === 'function')
  );
}
