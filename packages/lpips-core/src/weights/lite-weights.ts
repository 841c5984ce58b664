/**
 * @module
 * Where the weights of `lite` lie and what they are called. Reading them is left to the caller, who knows whether
 * there is a file system or a network: `parseSafetensors(await (await fetch(liteWeightsUrl)).arrayBuffer())`.
 */

/** Version of the weights of `lite` in this package; every result of `lite` names it. */
export const LITE_VERSION = '0.3';

/** Address of `lite.safetensors` in this package: `file:` in Node, whatever the bundler makes of it in a page. */
export const liteWeightsUrl: URL = new URL('../../weights/lite.safetensors', import.meta.url);
