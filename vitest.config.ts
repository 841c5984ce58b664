import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { reportSkipped } from './test/report-skipped.js';

export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source', 'node', 'import', 'module', 'default'] } },
  test: {
    include: ['{packages,examples}/*/test/**/*.test.ts', 'benchmarks/test/**/*.test.ts', 'test/**/*.test.ts'],
    // Two at least: much of a test is waiting for programs, and what measures time measures that of the processor.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // For what hangs. What takes half a minute alone takes several times as long where everything else runs too.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    reporters: [
      'default',
      reportSkipped(),
      ...(process.env['CI'] ? [['json', { outputFile: 'test-report.json' }] as const] : []),
    ],
  },
});
