export { psnr, ssim } from '../scores/pixel-metrics.js';
export { type Distortion, distort, distortionTable } from './distortion-table.js';
export { drawPatches } from './draw-patches.js';
export { changeSaturation } from './photometric.js';
export { seededRandom, seedOf, wholeBetween } from './random.js';
export type { Photograph } from './random-crop.js';
export { fromBytes, type Raster, roundToBytes, toBytes, toTensor, trim } from './raster.js';
