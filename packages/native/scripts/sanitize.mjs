/**
 * @module
 * Runs our operations (cpp/test/operations-test.cc) under AddressSanitizer with UndefinedBehaviorSanitizer, and then
 * under ThreadSanitizer. It needs the headers of the installed backend and g++ or clang++ (or another compiler in CXX).
 */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findBuildTools } from '../dist/install/build-tools.js';
import { nativeLayout } from '../dist/install/compile-binding.js';
import { runTool } from '../dist/install/run-tool.js';
import { backendFolder } from '../dist/native-folder.js';
import { NATIVE_PACKAGES } from '../dist/native-platform.js';

const SANITIZERS = [
  ['-fsanitize=address,undefined', '-fno-sanitize-recover=undefined', '-fno-omit-frame-pointer'],
  ['-fsanitize=thread'],
];
const SOURCES = [
  'activation',
  'activation-operations',
  'bilinear-gradient',
  'direct',
  'equation',
  'filter-gradient',
  'interleave',
  'keep-memory',
  'optimizers',
  'pooling',
  'unit-difference',
  'upsampling',
  'winograd',
  'test/activations-test',
  'test/convolutions-test',
  'test/equation-test',
  'test/fake-tensorflow',
  'test/faults-test',
  'test/operations-test',
  'test/optimizers-test',
  'test/tests',
  'test/threads-test',
];

const cpp = fileURLToPath(new URL('../cpp', import.meta.url));
const { include } = nativeLayout(backendFolder('cpu'), NATIVE_PACKAGES.cpu);

if (existsSync(include)) {
  const { compiler } = await findBuildTools();
  const folder = await mkdtemp(join(tmpdir(), 'tfjs-native-'));
  try {
    for (const flags of SANITIZERS) {
      process.stdout.write(`${flags[0]}: `);
      await run(compiler, flags, join(folder, 'operations-test'));
    }
  } finally {
    await rm(folder, { recursive: true });
  }
} else {
  const advice = 'Run "npx tfjs-native install" first.';
  process.stderr.write(`check:native: cannot compile: there are no headers in ${include}. ${advice}\n`);
  process.exitCode = 1;
}

/** @param {string} compiler @param {readonly string[]} flags @param {string} program */
async function run(compiler, flags, program) {
  const sources = SOURCES.map((name) => join(cpp, `${name}.cc`));
  const args = [
    '-std=c++17',
    '-O1',
    '-g',
    '-pthread',
    ...flags,
    '-isystem',
    include,
    ...sources,
    '-o',
    program,
  ];
  const compiled = await runTool(compiler, args);
  const result = compiled?.code === 0 ? await runTool(program, []) : compiled;
  process.stdout.write(result?.out ?? '');
  if (result?.code === 0) return;
  process.stderr.write(result?.error ?? `there is no ${compiler}\n`);
  process.exitCode = 1;
}
