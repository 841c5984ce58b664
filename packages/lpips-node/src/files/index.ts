export { codeOf } from '../errors/foreign-error.js';
export { csvField } from './csv-field.js';
export { matchesDigest, sha256OfFile } from './digest.js';
export { makeFolder, translateDiskFault } from './disk-faults.js';
export { type DownloadOptions, downloadFile } from './download.js';
export { asOnlyWriter } from './only-writer.js';
export { replaceFile } from './replace-file.js';
export { checkOutput, removeUnfinished, writeAtomically } from './write-atomically.js';
