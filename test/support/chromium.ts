/**
 * @module
 * Suites in a real Chromium: the one at `LPIPS_CHROMIUM_PATH`, else Debian's. Where it is missing they are skipped
 * under a name that says so; where `LPIPS_CHROMIUM=required` is set, as in CI after its install, they fail instead.
 */
import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe } from 'vitest';
import { leaveOut } from './leave-out.js';

export type { Page } from 'playwright-core';

/** A software device for WebGL, for machines without a GPU. */
export const WEBGL_FLAGS = ['--use-angle=swiftshader', '--enable-unsafe-swiftshader'];
/** A software device for WebGPU, for machines without a GPU. */
export const WEBGPU_FLAGS = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

/** No network, no GPU, and nothing that runs beside the page. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** For what takes a second where nothing else runs: shaders are compiled by the processor here. */
const TIMEOUT_MS = 300_000;

const chromiumPath = process.env['LPIPS_CHROMIUM_PATH'] ?? '/usr/bin/chromium';

/** How it is started, for runners that start it themselves. */
export const CHROMIUM_LAUNCH = { executablePath: chromiumPath, args: FLAGS } as const;

/** Where the tests of a suite get their pages. */
export interface Chromium {
  /** A new page without cookies or storage, closed with the browser. */
  newPage: () => Promise<Page>;
}

/** How Chromium is started. */
export interface ChromiumLaunch {
  readonly executablePath: string;
  readonly args: readonly string[];
}

/**
 * A suite that has a Chromium of its own, started before its first test and closed after its last.
 *
 * @param suite registers the tests, which ask the given object for pages
 * @param flags of the command line, beside those that every suite has
 */
export function suiteInChromium(
  name: string,
  suite: (chromium: Chromium) => void,
  flags: readonly string[] = [],
): void {
  suiteWithChromium(`${name}, in Chromium`, () => {
    let browser: Browser | undefined;
    beforeAll(async () => {
      browser = await launchChromium(flags);
    }, TIMEOUT_MS);
    afterAll(() => browser?.close());
    suite({
      newPage: async () => {
        if (!browser) throw new Error('Chromium runs only while its tests do');
        return browser.newPage();
      },
    });
  });
}

/**
 * A suite whose tests start programs that start Chromium.
 *
 * @param suite registers the tests
 */
export function suiteWithChromium(title: string, suite: (launch: ChromiumLaunch) => void): void {
  if (existsSync(chromiumPath)) {
    describe(title, { timeout: TIMEOUT_MS }, () => suite({ executablePath: chromiumPath, args: FLAGS }));
    return;
  }
  leaveOut(title, {
    reason: `there is no ${chromiumPath}; LPIPS_CHROMIUM_PATH names another`,
    isRequired: process.env['LPIPS_CHROMIUM'] === 'required',
    need: 'needs Chromium',
  });
}

/** Starts Chromium without a window. The caller closes it. */
export function launchChromium(flags: readonly string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath, headless: true, args: [...FLAGS, ...flags] });
}
