export { isIndexFile, type OpenIndexFile, openIndexFile } from './file-source.js';
export { IndexWriter, openWriter } from './index-writer.js';
export { type JoinOptions, joinIndexes } from './join-indexes.js';
