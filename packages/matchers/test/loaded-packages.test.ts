import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { packagesLoadedBy } from '../../../test/support/loaded-packages.js';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));

it.each(['lpips-matchers', 'lpips-matchers/vitest-browser', './dist/jest-matchers.js'])(
  '%s loads the metric, and nothing that only a command needs',
  async (entry) => {
    const loaded = await packagesLoadedBy(entry.startsWith('.') ? `${PACKAGE}/${entry}` : entry, PACKAGE);
    expect(loaded).toContain('@tensorflow/tfjs-core');
    expect(loaded.filter((name) => ['yargs', 'cli-progress', 'piscina'].includes(name))).toEqual([]);
  },
);
