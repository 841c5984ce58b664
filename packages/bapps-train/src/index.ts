export { Pair, SPLITS, type Split, splitFolder, type Task, Triplet } from './data-set/layout.js';
export { type NpyArray, parseNpy, readJudgement, readNpy, serializeNpy } from './data-set/npy.js';
export {
  type DistortionFolder,
  listDistortions,
  type ScanOptions,
  scanPairs,
  scanTriplets,
} from './data-set/scan-data-set.js';
export { blockMeans, convolveSeparable, gaussianKernel, resample } from './pictures/convolve.js';
export { DISTORTIONS, type Distortion, distort } from './pictures/distortions.js';
export { type Random, seededRandom } from './pictures/random.js';
export {
  cut,
  fromBytes,
  fromSamples,
  luma,
  mapSamples,
  paint,
  type Raster,
  roundToBytes,
  toBytes,
  toTensor,
  trim,
} from './pictures/raster.js';
