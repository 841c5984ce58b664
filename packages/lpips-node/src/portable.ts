export { heatTop, overlayHeat } from './images/heat-overlay.js';
export { imagePixels, type RgbPixels } from './images/image-pixels.js';
export { BlobSource } from './weights/byte-source.js';
export { type HeadsVersion, OFFICIAL_FILES, type OfficialFile } from './weights/catalogue.js';
export { digestOf, parseWeights } from './weights/parse-weights.js';
export { isBackboneWeight, isHead } from './weights/parts.js';
