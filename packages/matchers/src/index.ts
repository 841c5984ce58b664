export { type Comparison, compareImages, type LocalDistance } from './compare-images.js';
export { FLOAT_NOISE, type LookOptions, THRESHOLDS, type Thresholds } from './look-options.js';
export type { ImageTensor, LookableImage } from './lookable-image.js';
export type { LookMatchers, SnapshotOptions } from './matcher-types.js';
