export { DEFAULT_BACKGROUND, DEFAULT_MAX_PIXELS, type ImageSize } from 'lpips-core';
export {
  type HeadsVersion,
  OFFICIAL_NETS,
  type OfficialFile,
  type OfficialNet,
} from 'lpips-core/official-files';
export { DownloadError } from 'lpips-core/remote-files';
export type { NetworkContent, WeightsFileContent, WeightsFormat } from 'lpips-core/weights-files';
export type { Attempt, BackendName } from './backends/candidates.js';
export {
  BACKEND_CHOICES,
  type BackendChoice,
  type BackendState,
  listBackends,
  type SelectedBackend,
  selectBackend,
} from './backends/select-backend.js';
export type { Adapter } from './backends/webgpu-in-node.js';
export { takeNumber, takeValues } from './comparing/take-values.js';
export { defaultCacheDir, weightsCacheDir } from './files/cache.js';
export type { DownloadProgress } from './files/download.js';
export { IMAGE_FORMATS } from './images/formats.js';
export { type ImageSource, readImageBytes } from './images/image-source.js';
export { listImages } from './images/list-images.js';
export { type ImageTiles, MOST_TILED_PIXELS } from './images/open-tiles.js';
export { inspectImage, openTiles, type ReadImageOptions, readImage } from './images/read-image.js';
export { maxPixels, tilesFor } from './images/size-limit.js';
export { type Indexed, indexImages, indexPart } from './searching/index-images.js';
export { type ExportedWeights, type ExportOptions, exportWeights } from './weights/export-weights.js';
export { type FetchedFile, type FetchOptions, fetchWeights } from './weights/fetch-weights.js';
export { chooseNet, type FindOptions } from './weights/find-weights.js';
export {
  calibrationName,
  type IdentifiedMetric,
  identifyWeights,
  type WeightsIdentity,
} from './weights/identify-weights.js';
export { type LoadLpipsOptions, loadLpips } from './weights/load-lpips.js';
export {
  type ConvertedWeights,
  convertWeights,
  type ListOptions,
  listWeights,
  verifyWeights,
  type WeightsRow,
} from './weights/manage-weights.js';
export { readNetwork, readWeights } from './weights/read-weights.js';
export { serializePytorch, serializeWeights } from './weights/write-weights.js';
