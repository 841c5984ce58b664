/**
 * The site: its pages, their order, and what is made of them for agents (`llms.txt`). Nothing is loaded from another host.
 */
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';
import llmstxt from 'vitepress-plugin-llms';
import { PACKAGES } from './readmes.js';

const API = fileURLToPath(new URL('../pages/api', import.meta.url));

/** Pages of the reference, which `typedoc.config.js` makes: a package, and its further entries below it. */
function referencePages() {
  const names = existsSync(API) ? readdirSync(API, { recursive: true }).map(String) : [];
  const pages = names
    .filter((name) => name.endsWith('.md') && name !== 'index.md')
    .map((name) => name.slice(0, -3));
  return pages.sort().map((name) => ({ text: name, link: `/api/${name}` }));
}

const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#3451b2"/>
<circle cx="6" cy="8" r="3.5" fill="#fff"/><circle cx="10" cy="8" r="3.5" fill="#fff" opacity=".6"/></svg>`;

/** An empty header cell names nothing, so it is an ordinary cell to a screen reader. @param {import('markdown-it').default} markdown */
function emptyHeadersAsCells(markdown) {
  markdown.core.ruler.push('empty-headers', ({ tokens }) => {
    for (const [i, token] of tokens.entries()) {
      if (token.type !== 'th_open' || tokens[i + 1]?.content !== '') continue;
      token.tag = 'td';
      const close = tokens.slice(i).find(({ type }) => type === 'th_close');
      if (close) close.tag = 'td';
    }
  });
}

const packagePages = [...PACKAGES.keys()].map((name) => ({ text: name, link: `/packages/${name}` }));

export default defineConfig({
  title: 'LPIPS for TypeScript',
  description:
    'The learned perceptual image metric on TensorFlow.js: in Node, in a page, in a terminal, in tests, as a loss',
  base: process.env.DOCS_BASE ?? '/',
  srcDir: 'pages',
  lastUpdated: false,
  // The page of examples/web, which is copied beside the built site.
  ignoreDeadLinks: [/^\/live\//],
  head: [['link', { rel: 'icon', href: `data:image/svg+xml,${encodeURIComponent(ICON)}` }]],
  markdown: {
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    config: emptyHeadersAsCells,
  },
  vite: { plugins: [llmstxt({ ignoreFiles: ['api/*'] })], build: { chunkSizeWarningLimit: 2000 } },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Start', link: '/start' },
      { text: 'Guides', link: '/guides/train-an-autoencoder' },
      { text: 'Reference', link: '/api/' },
      { text: 'Try it', link: '/live/index.html', target: '_self' },
    ],
    sidebar: {
      '/api/': [{ text: 'Reference', link: '/api/', items: referencePages() }],
      '/': [
        { text: 'Start in a minute', link: '/start' },
        {
          text: 'Guides',
          items: [
            { text: 'Train an autoencoder', link: '/guides/train-an-autoencoder' },
            { text: 'Calibrate for your domain', link: '/guides/calibrate' },
            { text: 'Score a folder', link: '/guides/score-a-folder' },
            { text: 'Visual tests', link: '/guides/visual-tests' },
            { text: 'In a page', link: '/guides/in-a-page' },
            { text: 'Native speed', link: '/guides/native-speed' },
            { text: 'Large images', link: '/guides/large-images' },
            { text: 'A cluster', link: '/guides/cluster' },
          ],
        },
        {
          text: 'Background',
          items: [
            { text: 'Which net, which threshold', link: '/which-net' },
            { text: 'How it works', link: '/how-it-works' },
            { text: 'Conformance', link: '/packages/lpips-conformance' },
            { text: 'Benchmarks', link: '/documents/benchmarks' },
            { text: 'The network lite', link: '/documents/lite' },
            { text: 'Limits', link: '/limits' },
          ],
        },
        {
          text: 'Coming from',
          items: [
            { text: "Python's lpips", link: '/migrate/from-python-lpips' },
            { text: 'torchmetrics', link: '/migrate/from-torchmetrics' },
            { text: 'pixelmatch', link: '/migrate/from-pixelmatch' },
            { text: 'jest-image-snapshot', link: '/migrate/from-jest-image-snapshot' },
          ],
        },
        { text: 'Packages', items: packagePages },
        { text: 'Reference', link: '/api/' },
      ],
    },
  },
});
