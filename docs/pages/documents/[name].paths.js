import { contentOf, DOCUMENTS } from '../../.vitepress/readmes.js';

export default {
  paths: () =>
    [...DOCUMENTS].map(([name, file]) => ({ params: { name }, content: contentOf(file, 'documents') })),
};
