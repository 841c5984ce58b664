/**
 * @module
 * The written pages of the documentation, without the reference, which is made of doc comments.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../../pages', import.meta.url));

/** A page, its address on the site (`/guides/cluster`), and its text. */
export interface WrittenPage {
  readonly address: string;
  readonly file: string;
  readonly text: string;
}

/** A block of code, and why the tests do not run it, where the page says so in a comment before it. */
export interface CodeBlock {
  readonly language: string;
  readonly code: string;
  readonly notRun: string | undefined;
}

/** All pages but those that are READMEs of the repository. */
export function writtenPages(): WrittenPage[] {
  const files = readdirSync(FOLDER, { recursive: true }).map(String);
  return files
    .filter((file) => /^(?!api\/|.*\[).*\.md$/.test(file))
    .sort()
    .map((file) => ({
      address: `/${file.slice(0, -'.md'.length)}`,
      file: `${FOLDER}/${file}`,
      text: readFileSync(`${FOLDER}/${file}`, 'utf8'),
    }));
}

const BLOCK = /(?:<!-- not run: ([^>]*) -->\n)?```(\w+)\n([\s\S]*?)```/g;

/** The blocks of a page that name a language. */
export function codeBlocks({ text }: WrittenPage): CodeBlock[] {
  return Array.from(text.matchAll(BLOCK), ([, notRun, language = '', code = '']) => ({
    language,
    code,
    notRun,
  }));
}
