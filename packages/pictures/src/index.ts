export { blockMeans } from './block-means.js';
export { resample } from './catmull-rom.js';
export { deadLeaves } from './dead-leaves.js';
export { type AutoencoderPlan, drawAutoencoderPlan } from './distortions/autoencoder/autoencoder-plan.js';
export { LeastSquaresAutoencoder } from './distortions/autoencoder/least-squares-autoencoder.js';
export { type Distortion, distort, distortionTable } from './distortions/distortion-table.js';
export { changeSaturation } from './distortions/photometric.js';
export { drawPatches } from './draw-patches.js';
export { haarPsi } from './haar-psi.js';
export { heatTop, overlayHeat } from './heat-overlay.js';
export { imagePixels, type RgbPixels } from './image-pixels.js';
export { mse, planeSimilarity, psnr, ssim } from './pixel-metrics.js';
export { quantile } from './quantile.js';
export { between, choose, type Random, seededRandom, seedOf, shuffle, wholeBetween } from './random.js';
export { drawCrop, randomCrop, SIDE } from './random-crop.js';
export {
  cut,
  fromBytes,
  fromSamples,
  luma,
  mapSamples,
  paint,
  pixelAt,
  type Raster,
  roundToBytes,
  toBytes,
  toTensor,
  trim,
} from './raster.js';
export type { Box } from './regions/box.js';
export {
  type DifferenceRegion,
  differenceRegions,
  REGION_WINDOW,
} from './regions/difference-regions.js';
export { resize } from './resize.js';
export { convolveSeparable, gaussianKernel } from './separable-filter.js';
export { squareMeans } from './square-means.js';
