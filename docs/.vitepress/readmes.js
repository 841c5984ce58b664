/**
 * READMEs of the repository as pages of the site. Their links to packages lead to the pages of these, and their pictures come along.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Folder of every package by the name under which it is imported. */
export const PACKAGES = new Map(
  readdirSync(join(ROOT, 'packages')).flatMap((folder) => {
    const manifest = join(ROOT, 'packages', folder, 'package.json');
    return existsSync(manifest)
      ? [[JSON.parse(readFileSync(manifest, 'utf8')).name, `packages/${folder}`]]
      : [];
  }),
);

/** Documents that are no README of a package, by the names of their pages. */
export const DOCUMENTS = new Map([
  ['benchmarks', 'benchmarks/README.md'],
  ['lite', 'packages/lpips-core/MODEL_CARD.md'],
]);

const PAGES = new Map([
  ...[...PACKAGES].flatMap(([name, folder]) => [
    [folder, `/packages/${name}`],
    [`${folder}/README.md`, `/packages/${name}`],
  ]),
  ...[...DOCUMENTS].map(([name, file]) => [file, `/documents/${name}`]),
]);

/**
 * @param {string} file a document, relative to the repository
 * @param {string} page the folder of its page in the pages of the site
 */
export function contentOf(file, page) {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const toNpm = /https:\/\/www\.npmjs\.com\/package\/([\w@/-]+)/g;
  return text
    .replace(toNpm, (address, name) => (PACKAGES.has(name) ? `/packages/${name}` : address))
    .replace(/\]\(([^)\s:#]+)(#[^)\s]*)?\)/g, (link, path, anchor = '') => {
      const target = join(dirname(file), path);
      if (path.startsWith('/')) return link;
      if (PAGES.has(target)) return `](${PAGES.get(target)}${anchor})`;
      return `](${relative(join(ROOT, 'docs/pages', page), join(ROOT, target))})`;
    });
}
