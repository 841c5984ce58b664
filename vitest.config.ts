import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { reportSkipped } from './test/report-skipped.js';
import { testProjects } from './test/support/test-projects.js';

/** Packages of the workspace are read from their sources. */
const fromSources = {
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source', 'node', 'import', 'module', 'default'] } },
};

export default defineConfig({
  ...fromSources,
  test: {
    projects: testProjects({
      ...fromSources,
      test: {
        setupFiles: [fileURLToPath(new URL('test/support/equal-typed-arrays.ts', import.meta.url))],
        // For what hangs. What takes half a minute alone takes several times as long where everything else runs too.
        testTimeout: 240_000,
        hookTimeout: 240_000,
      },
    }),
    // Two at least: much of a test is waiting for programs, and what measures time measures that of the processor.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    reporters: [
      'default',
      reportSkipped(),
      ...(process.env['CI'] ? [['json', { outputFile: 'test-report.json' }] as const] : []),
    ],
  },
});
