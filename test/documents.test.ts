/**
 * What the documents point at is there: the files and headings that links lead to, the files that ARCHITECTURE.md names,
 * and the scripts that are to be run.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FILES = filesIn('');
/** The pages of the documentation have addresses of their own, which the build of the site follows. */
const DOCUMENTS = FILES.filter((file) => file.endsWith('.md') && !file.startsWith('docs/pages/'));
const PAGES = FILES.filter((file) => file.endsWith('.md') && /^docs\/pages\/(?!api\/)/.test(file));

const LINK = /\]\(([^)\s]+)\)/g;
const FILE_NAME = /[\w./{},-]+\.(?:ts|cts|mjs|cc|h)\b/g;
const SCRIPT = /npm run (?:--silent )?([\w:-]+)/g;

it.each(DOCUMENTS)('every link of %s within the repository leads somewhere', (document) => {
  const links = found(LINK, read(document)).filter((link) => !/^\w+:/.test(link));
  expect(links.filter((link) => !leadsSomewhere(document, link))).toEqual([]);
});

const OF_PACKAGES = DOCUMENTS.filter((file) => /^packages\/[^/]+\/[^/]+$/.test(file));

it.each(OF_PACKAGES)(
  'no link of %s leaves its package, which is installed without the others',
  (document) => {
    const links = found(LINK, read(document)).filter((link) => !/^(\w+:|#)/.test(link));
    const folder = dirname(document);
    expect(links.filter((link) => !join(folder, link).startsWith(`${folder}/`))).toEqual([]);
  },
);

it('every file that ARCHITECTURE.md names exists', () => {
  const named = new Set(read('ARCHITECTURE.md').match(FILE_NAME)?.flatMap(expandBraces));
  expect(named.size).toBeGreaterThan(50);
  expect([...named].filter((name) => !FILES.some((file) => `/${file}`.endsWith(`/${name}`)))).toEqual([]);
});

it.each([...DOCUMENTS, ...PAGES])('every script that %s names exists', (document) => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  expect(found(SCRIPT, read(document)).filter((name) => !(name in scripts))).toEqual([]);
});

it.each(readdirSync(join(ROOT, 'packages')).filter((folder) => folder !== 'node_modules'))(
  'the changelog of %s is published with it, and begins with its version',
  (folder) => {
    const manifest = JSON.parse(read(`packages/${folder}/package.json`)) as {
      name: string;
      version: string;
      files: string[];
    };
    expect(manifest.files).toContain('CHANGELOG.md');
    const headings = found(/^(##? .*)$/gm, read(`packages/${folder}/CHANGELOG.md`));
    expect(headings.slice(0, 2)).toEqual([`# ${manifest.name}`, `## ${manifest.version}`]);
    expect(read('CHANGELOG.md')).toContain(`](packages/${folder}/CHANGELOG.md)`);
  },
);

/** Paths of all files of the repository in a folder, without what is installed, built or hidden. */
function filesIn(folder: string): string[] {
  const entries = readdirSync(join(ROOT, folder), { withFileTypes: true });
  return entries.flatMap((entry) => {
    if (entry.name.startsWith('.') || ['node_modules', 'dist', 'demo-output'].includes(entry.name)) return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesIn(path) : [path];
  });
}

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

function found(pattern: RegExp, text: string): string[] {
  return Array.from(text.matchAll(pattern), ([, what = '']) => what);
}

/** `cpp/{winograd,direct}.cc` as `cpp/winograd.cc` and `cpp/direct.cc`. */
function expandBraces(name: string): string[] {
  const [, before, choices, after] = /^([^{]*)\{([^}]*)\}(.*)$/.exec(name) ?? [];
  return choices?.split(',').map((choice) => `${before}${choice}${after}`) ?? [name];
}

function leadsSomewhere(document: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? document : join(dirname(document), path);
  if (anchor === undefined) return existsSync(join(ROOT, target));
  return (
    FILES.includes(target) &&
    found(/^#+ (.*)$/gm, read(target))
      .map(anchorOf)
      .includes(anchor)
  );
}

/** The anchor that GitHub gives a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
}
