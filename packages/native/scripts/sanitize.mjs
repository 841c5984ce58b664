/**
 * @module
 * Runs our operations (cpp/test/operations-test.cc) under AddressSanitizer with UndefinedBehaviorSanitizer, and then
 * under ThreadSanitizer.
 */
import { join } from 'node:path';
import { compileOperationsTest, runOrThrow, withScratch } from './operations-test.mjs';

const SANITIZERS = [
  ['-fsanitize=address,undefined', '-fno-sanitize-recover=undefined', '-fno-omit-frame-pointer'],
  ['-fsanitize=thread'],
];

await withScratch('check:native', async (folder) => {
  const program = join(folder, 'operations-test');
  for (const flags of SANITIZERS) {
    process.stdout.write(`${flags[0]}: `);
    await compileOperationsTest(['-O1', '-g', ...flags], program);
    process.stdout.write(await runOrThrow(program, []));
  }
});
