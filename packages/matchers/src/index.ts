export { type Comparison, compareImages, type LocalDistance } from './compare-images.js';
export type { SnapshotName } from './file-names.js';
export type {
  ImageTensor,
  LookableImage,
  LookMatchers,
  LookOptions,
  Preset,
  Rectangle,
  SnapshotOptions,
} from './matcher-types.js';
export { FLOAT_NOISE, PRESETS, THRESHOLDS, type Thresholds } from './thresholds.js';
