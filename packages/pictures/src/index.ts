export { blockMeans, convolveSeparable, gaussianKernel, resample } from './convolve.js';
export { Autoencoder, type AutoencoderPlan, drawAutoencoder } from './distortions/autoencoder.js';
export { type Distortion, distort, distortionTable } from './distortions/distortion-table.js';
export { changeSaturation } from './distortions/photometric.js';
export { drawPatches } from './draw-patches.js';
export { heatTop, overlayHeat } from './heat-overlay.js';
export { imagePixels, type RgbPixels } from './image-pixels.js';
export { mse, planeSimilarity, psnr, ssim } from './pixel-metrics.js';
export { between, choose, type Random, seededRandom, seedOf, shuffle, wholeBetween } from './random.js';
export { drawCrop, type Photograph, randomCrop, SIDE } from './random-crop.js';
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
export { resize } from './resize.js';
