/**
 * @module
 * The official weights files: where they are published, how large they are, and what of them a net needs.
 */
export {
  DEEPEST_WEIGHT,
  type Excerpt,
  HEADS_VERSIONS,
  type HeadsVersion,
  OFFICIAL_FILES,
  OFFICIAL_NETS,
  type OfficialFile,
  type OfficialNet,
  officialFiles,
} from './official/official-files.js';
