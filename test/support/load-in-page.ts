/**
 * @module
 * `loadLpips` of `lpips-core/browser` in the test page, and the caches of that page.
 */
import type { Page } from 'playwright-core';
import type { ServedImages } from './measure-in-page.js';
import type {} from './page/main.js';

/** What the page is to load, and the pair that it then compares. */
export interface LoadRequest {
  net: 'alex' | 'squeeze' | 'vgg';
  url: string;
  headsUrl?: string;
  version?: '0.1' | '0.0';
  cache?: string | null;
  /** Ends the download once so many bytes have come. */
  abortAfter?: number;
  pair: [ServedImages, ServedImages];
}

/** The distances and all progress, or the message of the error. */
export function loadInPage(page: Page, request: LoadRequest) {
  return page.evaluate(async ({ pair, abortAfter = Number.POSITIVE_INFINITY, ...options }) => {
    const { loadLpips, tf } = lab;
    const progress: { receivedBytes: number; totalBytes: number | undefined }[] = [];
    try {
      const abort = new AbortController();
      const onProgress = (step: { receivedBytes: number; totalBytes: number | undefined }) => {
        progress.push(step);
        if (step.receivedBytes >= abortAfter) abort.abort(new Error('that is enough'));
      };
      const lpips = await loadLpips({ ...options, signal: abort.signal, onProgress });
      const [x, y] = await Promise.all(
        pair.map(async ({ path, shape }) =>
          tf.tensor4d(new Float32Array(await (await fetch(path)).arrayBuffer()), shape),
        ),
      );
      if (!x || !y) throw new Error('no images');
      const distance = [...(await lpips.distance(x, y).data())];
      for (const used of [lpips, x, y]) used.dispose();
      return { distance, progress };
    } catch (error) {
      return { message: error instanceof Error ? error.message : String(error), progress };
    }
  }, request);
}

/** Empties the browser's caches. */
export function forgetCaches(page: Page): Promise<void> {
  return page.evaluate(async () => {
    for (const name of await caches.keys()) await caches.delete(name);
  });
}

/** Addresses that a cache keeps. */
export function cachedAddresses(page: Page, cache: string): Promise<string[]> {
  return page.evaluate(
    async (cache) => (await (await caches.open(cache)).keys()).map(({ url }) => url),
    cache,
  );
}

/** Puts a file into a cache under an address. */
export function putInCache(page: Page, cache: string, url: string, bytes: Uint8Array): Promise<void> {
  return page.evaluate(
    async ({ cache, url, bytes }) => (await caches.open(cache)).put(url, new Response(new Uint8Array(bytes))),
    { cache, url, bytes: [...bytes] },
  );
}
