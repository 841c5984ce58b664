import { contentOf, PACKAGES } from '../../.vitepress/readmes.js';

export default {
  paths: () =>
    [...PACKAGES].map(([name, folder]) => ({
      params: { name },
      content: contentOf(`${folder}/README.md`, 'packages'),
    })),
};
