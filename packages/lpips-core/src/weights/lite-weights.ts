/**
 * @module
 * Version and address of the weights of `lite`. The caller reads them, from the file system or the network: `parseSafetensors(await (await fetch(liteWeightsUrl)).arrayBuffer())`.
 */

/** Version of the weights of `lite` in this package; every result of `lite` names it. */
export const LITE_VERSION = '0.3';

/** Address of `lite.safetensors` in this package: `file:` in Node, whatever the bundler makes of it in a page. */
export const liteWeightsUrl: URL = new URL('../../weights/lite.safetensors', import.meta.url);
