import { type Browser, type Page } from 'playwright-core';
/** A software device for WebGL, for machines without a GPU. */
export declare const WEBGL_FLAGS: string[];
/** The same for WebGPU. */
export declare const WEBGPU_FLAGS: string[];
/** Where the tests of a suite get their pages. */
export interface Chromium {
  /** A new page without cookies or storage, closed with the browser. */
  newPage: () => Promise<Page>;
}
/**
 * A suite that has a Chromium of its own, started before its first test and closed after its last.
 *
 * @param suite registers the tests, which ask the given object for pages
 * @param flags of the command line, beside those that every suite has
 */
export declare function suiteInChromium(
  name: string,
  suite: (chromium: Chromium) => void,
  flags?: readonly string[],
): void;
/** Starts Chromium without a window. The caller closes it. */
export declare function launchChromium(flags?: readonly string[]): Promise<Browser>;
//# sourceMappingURL=chromium.d.ts.map
