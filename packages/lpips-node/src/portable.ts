export { heatTop, overlayHeat } from './images/heat-overlay.js';
export { BlobSource } from './weights/byte-source.js';
export { type HeadsVersion, OFFICIAL_FILES, type OfficialFile } from './weights/catalogue.js';
export { digestOf, parseWeights } from './weights/parse-weights.js';
