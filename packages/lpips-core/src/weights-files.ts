/**
 * @module
 * Weights from files in any format in which they are published: safetensors, and PyTorch's two layouts. Nothing here needs Node.
 */
export { BlobSource, ByteSource } from './weights-files/byte-source.js';
export { netOf, officialName } from './weights-files/network-layout.js';
export {
  DIGEST_KEY,
  type NetworkContent,
  parseNetwork,
  parseWeights,
  startOfValues,
  streamWeights,
  type WeightsFileContent,
  type WeightsFormat,
} from './weights-files/parse-weights.js';
export { isBackboneWeight, isHead } from './weights-files/parts.js';
