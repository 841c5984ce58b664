export { decodeBlob } from './browser/decode-blob.js';
export { type BrowserImage, type ImageFromOptions, imageFrom } from './browser/image-from.js';
export { type LoadLiteOptions, loadLite } from './browser/load-lite.js';
