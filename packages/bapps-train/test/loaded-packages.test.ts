import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { packagesLoadedBy } from '../../../test/support/loaded-packages.js';

it('the library loads neither the parser of command lines nor a progress bar', async () => {
  const loaded = await packagesLoadedBy('bapps-train', fileURLToPath(new URL('..', import.meta.url)));
  expect(loaded).toContain('piscina'); // decodes images
  expect(loaded.filter((name) => ['yargs', 'cli-progress'].includes(name))).toEqual([]);
});
