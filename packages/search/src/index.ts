export { type Bounds, bounds } from './bounds.js';
export type { ByteSource } from './byte-source.js';
export { npyOfIndex, rankingVector, type VectorRole } from './export-vectors.js';
export type { IndexEntry, IndexedImage } from './index-blocks.js';
export { type HeaderOptions, type IndexHeader, indexHeader } from './index-header.js';
export {
  type DigestsOf,
  findPairs,
  groupPairs,
  type MeasureFrom,
  type NearDuplicates,
  type NearDuplicatesOptions,
  type NearPair,
} from './near-duplicates.js';
export {
  DEFAULT_RERANK,
  type Found,
  findNearest,
  findWithin,
  type Hit,
  type Measure,
  type NearestOptions,
  type WithinOptions,
} from './nearest.js';
export { encodeIndex, type OpenOptions, openIndex } from './open-index.js';
export { type RowBounds, SearchIndex } from './search-index.js';
export { type Summary, type SummaryOptions, summary } from './summary.js';
export { DEFAULT_CELLS } from './summary-layout.js';
