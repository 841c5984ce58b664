export { isIndexFile, type OpenIndexFile, openIndexFile } from './file-source.js';
export { IndexWriter, openWriter, type WriterOptions } from './index-writer.js';
export { type JoinOptions, joinIndexes } from './join-indexes.js';
