export type { NetName } from './backbones/backbone.js';
export { weightShapes } from './backbones/check-weights.js';
export { NET_NAMES } from './backbones/registry.js';
export { type BackendCheck, checkBackend } from './check-backend.js';
export {
  checkBytes,
  checkFlag,
  checkFunction,
  checkNumber,
  checkOneOf,
  checkOptions,
  checkText,
  checkWeightMap,
  kindOf,
} from './check-options.js';
export { checkImageRange } from './check-values.js';
export { cannot, invalid, LpipsError } from './errors.js';
export type { Features } from './features.js';
export {
  checkPixelCount,
  checkTargetSize,
  DEFAULT_MAX_PIXELS,
  type ImageSize,
} from './images/image-size.js';
export { isTruncated } from './images/truncated.js';
export {
  DEFAULT_BACKGROUND,
  type DecodedPixels,
  parseColour,
  toUnitRange,
} from './images/unit-range.js';
export { at } from './item-at.js';
export { Lpips, type PooledDifferences } from './lpips.js';
export type { CompareOptions, ImageOptions, LpipsOptions, OnTile, Tiles } from './lpips-options.js';
export { readsSynchronously } from './operations/backend-traits.js';
export type { ValueRange } from './operations/scale-images.js';
export { offOuterTape } from './operations/tape.js';
export { printable, printableMessage } from './printable.js';
export { mulberry32 } from './random/mulberry32.js';
export { standardNormal } from './random/standard-normal.js';
export type { ComparedSources, SourceOptions } from './tiles/compare-sources.js';
export type { Span } from './tiles/tile-geometry.js';
export { largestTileSide, MOST_TILE_BYTES, PEAK_BYTES_PER_PIXEL } from './tiles/tile-side.js';
export { type TileSource, tensorSource } from './tiles/tile-source.js';
export { type RangeWatch, type Warn, watchRange } from './watch-range.js';
export { digestOf } from './weights/digest.js';
export { decodeFloats, encodeFloats, FLOAT_BYTES, type FloatFormat } from './weights/float-formats.js';
export { LITE_VERSION, liteWeightsUrl } from './weights/lite-weights.js';
export {
  parseSafetensors,
  type Safetensors,
  type SafetensorsOptions,
  serializeSafetensors,
} from './weights/safetensors.js';
export type { Weight, WeightMap } from './weights/weight-map.js';
