/**
 * @module
 * The published tensors, for packages that load or name official weights.
 */
export {
  jointDigest,
  OFFICIAL_BACKBONES,
  OFFICIAL_HEADS,
  type TensorDigests,
  tensorDigest,
} from './official/official-tensors.js';
