export { decodeBlob } from './browser/decode-blob.js';
export type { FetchProgress } from './browser/fetch-file.js';
export { type BrowserImage, type ImageFromOptions, imageFrom } from './browser/image-from.js';
export { type LoadLiteOptions, loadLite } from './browser/load-lite.js';
export { type LoadLpipsOptions, loadLpips } from './browser/load-lpips.js';
