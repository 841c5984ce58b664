import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { importCircles, readFileImports, wrongImports } from '../../../test/support/file-imports.js';
import { packagesLoadedBy } from '../../../test/support/loaded-packages.js';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
const SRC = `${PACKAGE}src`;

/** Each folder may import those before it. */
const ORDER = [
  'data-set',
  'files',
  'networks',
  'scores',
  'extraction',
  'synthesize',
  'evaluation',
  'training',
  'distill',
  'report',
  'commands',
];
const AT_ROOT = ['tool.ts', 'typed-reads.ts'];

describe('the files of bapps-train', () => {
  it('import only from the folders below their own, and in no circle', async () => {
    const imports = await readFileImports(SRC);
    expect([...imports.values()].flat().filter((file) => !imports.has(file))).toEqual([]);
    expect(wrongImports(imports, ORDER, AT_ROOT)).toEqual([]);
    expect(importCircles(imports)).toEqual([]);
    // The same check sees an import against the order, and a circle.
    expect(wrongImports(imports, ORDER.toReversed(), AT_ROOT)).not.toEqual([]);
    expect(importCircles(new Map([...imports, ['tool.ts', ['cli.ts']]]))).not.toEqual([]);
  });
});

describe('the library', () => {
  it('loads neither the parser of command lines nor a progress bar', async () => {
    const loaded = await packagesLoadedBy('bapps-train', PACKAGE);
    expect(loaded).toContain('piscina'); // decodes images
    expect(loaded.filter((name) => ['yargs', 'cli-progress'].includes(name))).toEqual([]);
  });
});
