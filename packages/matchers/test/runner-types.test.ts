/**
 * The types of each runner, as TypeScript finds them in a project that has this runner and no other, without
 * `skipLibCheck`. The package itself, without a runner, needs TensorFlow.js, whose own declarations have errors: they are
 * listed in `test/support/library-errors.ts`.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunnerProject, runnerProject } from './support/runner-project.js';

const COMPILER = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
/** TypeScript reads all declarations of a runner, on a busy machine. */
const TIMEOUT_MS = 240_000;

/** A program of `test/types`, the packages of types that it names in its configuration, and other runners to take away. */
const PROGRAMS: readonly [program: string, types: readonly string[], others: readonly string[]][] = [
  ['vitest', ['node'], ['jest', '@jest', '@types/jest', 'expect', '@playwright']],
  ['jest-types', ['node', 'jest'], ['vitest', '@playwright']],
  ['jest-globals', ['node'], ['vitest', '@types/jest', '@playwright']],
  ['playwright', ['node'], ['vitest', 'jest', '@jest', '@types/jest', 'expect']],
];

describe.each(PROGRAMS)('the types of %s, without skipLibCheck', (program, types, others) => {
  let source = '';
  let project: RunnerProject;
  beforeAll(async () => {
    source = await readFile(fileURLToPath(new URL(`types/${program}.ts`, import.meta.url)), 'utf8');
    project = await runnerProject({
      'package.json': '{ "type": "module" }',
      'program.ts': source,
      // What the program expects to be refused shows that it is checked at all.
      'wrong.ts': source.replaceAll(/^.*@ts-expect-error.*$/gm, ''),
    });
    for (const other of others) await project.remove(`node_modules/${other}`);
  });
  afterAll(() => project.dispose());

  it.each([
    ['NodeNext', { module: 'NodeNext', moduleResolution: 'NodeNext' }],
    ['bundler', { module: 'ESNext', moduleResolution: 'bundler' }],
  ])('compile with %s resolution', { timeout: TIMEOUT_MS }, async (_, resolution) => {
    const compilerOptions = {
      ...resolution,
      types,
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      target: 'ES2022',
      noEmit: true,
    };
    const files = ['program.ts', 'wrong.ts'];
    await project.write('tsconfig.json', JSON.stringify({ compilerOptions, files }));
    const { output } = await project.tool(COMPILER, ['--project', 'tsconfig.json', '--pretty', 'false']);
    const errors = output.split('\n').filter((line) => / error TS/.test(line));
    const refused = source.match(/@ts-expect-error/g)?.length ?? 0;
    expect(refused).toBeGreaterThan(0);
    expect(
      errors.map((line) => line.replace(/\(.*$/, '')),
      output,
    ).toEqual(Array(refused).fill('wrong.ts'));
  });
});
