export { type Comparison, compareImages, type LocalDistance } from './compare-images.js';
export type { LookOptions } from './look-options.js';
export type { ImageTensor, LookableImage } from './lookable-image.js';
export type { LookMatchers, SnapshotOptions } from './matcher-types.js';
export { FLOAT_NOISE, PRESETS, type Preset, THRESHOLDS, type Thresholds } from './thresholds.js';
