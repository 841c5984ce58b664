/**
 * @module
 * Compiles our operations with their tests (cpp/test) into one program, for a script that runs it somewhere. It needs the
 * headers of the installed backend and g++ or clang++ (or another compiler in CXX).
 */
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findBuildTools } from '../dist/install/build-tools.js';
import { nativeLayout, OPERATION_SOURCES } from '../dist/install/compile-binding.js';
import { runTool } from '../dist/install/run-tool.js';
import { backendFolder } from '../dist/native-folder.js';
import { NATIVE_PACKAGES } from '../dist/native-platform.js';

const cpp = fileURLToPath(new URL('../cpp', import.meta.url));
const { include } = nativeLayout(backendFolder('cpu'), NATIVE_PACKAGES.cpu);

/**
 * Calls a function with a scratch folder, which is deleted afterwards. What it throws becomes a line under the script's name.
 *
 * @param {string} name of the script @param {(folder: string) => Promise<void>} run
 */
export async function withScratch(name, run) {
  const folder = await mkdtemp(join(tmpdir(), 'tfjs-native-'));
  try {
    await run(folder);
  } catch (error) {
    process.stderr.write(`${name}: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** @param {readonly string[]} flags of the compiler @param {string} program file to write */
export async function compileOperationsTest(flags, program) {
  if (!existsSync(include)) {
    throw new Error(
      `cannot compile: there are no headers in ${include}. Run "npx tfjs-native install" first.`,
    );
  }
  const tests = (await readdir(join(cpp, 'test'))).filter((file) => file.endsWith('.cc'));
  const sources = [
    ...OPERATION_SOURCES.map((name) => `${name}.cc`),
    ...tests.map((file) => join('test', file)),
  ];
  const paths = sources.map((file) => join(cpp, file));
  const { compiler } = await findBuildTools();
  await runOrThrow(compiler, [
    '-std=c++17',
    '-pthread',
    ...flags,
    '-isystem',
    include,
    ...paths,
    '-o',
    program,
  ]);
}

/**
 * Runs a program.
 *
 * @param {string} program @param {readonly string[]} args
 * @returns {Promise<string>} what it prints
 * @throws with its errors where it fails
 */
export async function runOrThrow(program, args) {
  const result = await runTool(program, args);
  if (result === undefined) throw new Error(`there is no ${program}`);
  if (result.code !== 0) throw new Error(`${program} failed:\n${result.out}${result.error}`.trimEnd());
  return result.out;
}
