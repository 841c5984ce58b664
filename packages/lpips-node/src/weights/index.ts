export { digestOf } from 'lpips-core';
export { BlobSource } from './byte-source.js';
export { type HeadsVersion, OFFICIAL_FILES, type OfficialFile } from './catalogue.js';
export { calibrationName, identifyWeights, type WeightsIdentity } from './identify-weights.js';
export { parseNetwork, parseWeights } from './parse-weights.js';
export { isBackboneWeight, isHead } from './parts.js';
