export { type OpenIndexFile, openIndexFile } from './file-source.js';
export { IndexWriter, openWriter } from './index-writer.js';
export { joinIndexes } from './join-indexes.js';
