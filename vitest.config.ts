import { defineConfig } from 'vitest/config';
import { reportSkipped } from './test/report-skipped.js';

export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source', 'node', 'import', 'module', 'default'] } },
  test: {
    include: ['{packages,examples}/*/test/**/*.test.ts', 'benchmarks/test/**/*.test.ts', 'test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: [
      'default',
      reportSkipped(),
      ...(process.env['CI'] ? [['json', { outputFile: 'test-report.json' }] as const] : []),
    ],
  },
});
