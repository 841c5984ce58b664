/** What holds for every written page: its code is run by a test or says why not, and its place is in the table of contents. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { codeBlocks, writtenPages } from './support/pages.js';

const CONFIG = readFileSync(fileURLToPath(new URL('../../.vitepress/config.js', import.meta.url)), 'utf8');
const INCLUDED = /^<<< (\S+?)(?:#(\w+))?$/gm;
/** Blocks that are no program: tables of files, as in the layout of a data set, name no language. */
const RUN_LANGUAGES = ['sh'];

describe.each(writtenPages())('$address', (page) => {
  it('shows no program that is not a file, unless it says why', () => {
    const loose = codeBlocks(page).filter(
      ({ language, notRun }) => !RUN_LANGUAGES.includes(language) && notRun === undefined,
    );
    expect(loose.map(({ code }) => code)).toEqual([]);
  });

  it('shows files and parts of files that are there', () => {
    for (const [, path = '', region] of page.text.matchAll(INCLUDED)) {
      const file = join(dirname(page.file), path);
      expect(existsSync(file), file).toBe(true);
      if (region === undefined) continue;
      const text = readFileSync(file, 'utf8');
      expect(text).toContain(`// #region ${region}\n`);
      expect(text).toContain(`// #endregion ${region}\n`);
    }
  });

  it.skipIf(page.address === '/index')('is in the table of contents', () => {
    expect(CONFIG).toContain(`link: '${page.address}'`);
  });
});
