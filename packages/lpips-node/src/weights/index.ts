export { digestOf } from 'lpips-core';
export { type HeadsVersion, OFFICIAL_FILES, type OfficialFile } from 'lpips-core/official-files';
export { BlobSource, isBackboneWeight, isHead, parseNetwork, parseWeights } from 'lpips-core/weights-files';
export { calibrationName, identifyWeights, type WeightsIdentity } from './identify-weights.js';
