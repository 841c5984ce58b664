export type { Attempt, BackendName } from './backends/candidates.js';
export {
  type BackendChoice,
  type BackendState,
  listBackends,
  type SelectedBackend,
  selectBackend,
} from './backends/select-backend.js';
export { imagePixels, type RgbPixels } from './images/image-pixels.js';
export type { ImageSource } from './images/image-source.js';
export { type ImageSize, inspectImage, type ReadImageOptions, readImage } from './images/read-image.js';
