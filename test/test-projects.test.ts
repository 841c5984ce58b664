/**
 * Test files that share a process leave it as it was: what one of them changes, another would be tested with.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { sharesProcess } from './support/test-projects.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Kernels and backends that are taken away, modules that are replaced, an environment that stays, memory that is measured. */
const CHANGES =
  /unregister\w*[(,;]|removeBackend\(|vi\.(?:mock|doMock|resetModules)\(|process\.env\[[^\]]+\] = |memoryUsage|selectBackend\('tensorflow'\)/;

const files = readdirSync(join(ROOT, 'packages'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.test.ts') && !path.includes('node_modules'))
  .map((path) => `packages/${path.replaceAll(sep, '/')}`);

const changesProcess = (path: string) => CHANGES.test(readFileSync(join(ROOT, path), 'utf8'));

it('what changes the process does not share it', () => {
  expect(files.filter((path) => sharesProcess(path) && changesProcess(path))).toEqual([]);
});

it('is asked of files of both kinds', () => {
  expect(files.filter(sharesProcess).length).toBeGreaterThan(80);
  expect(files.filter(changesProcess).length).toBeGreaterThan(10);
});
