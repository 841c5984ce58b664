export { Pair, SPLITS, type Split, splitFolder, type Task, Triplet } from './data-set/layout.js';
export { type NpyArray, parseNpy, readJudgement, readNpy, serializeNpy } from './data-set/npy.js';
export {
  type DistortionFolder,
  listDistortions,
  type ScanOptions,
  scanPairs,
  scanTriplets,
} from './data-set/scan-data-set.js';
