/**
 * @module
 * The programs that an install needs: Python with pip, npm, and a C++ compiler. Each is asked for before anything is
 * downloaded, and missed by its name.
 */
import { invalid } from '../errors.js';
import { runTool } from './run-tool.js';

/** Commands, as they were found. */
export interface BuildTools {
  readonly python: string;
  readonly npm: string;
  readonly compiler: string;
}

/** @throws NativeError naming what is missing, with the command that brings it */
export async function findBuildTools(): Promise<BuildTools> {
  const python = await firstThatRuns(['python3', 'python'], ['--version']);
  if (python === undefined)
    throw missing('python3', 'Install Python 3, for example with "apt install python3-pip".');
  if ((await firstThatRuns([python], ['-m', 'pip', '--version'])) === undefined) {
    throw missing(`pip for ${python}`, 'Install it, for example with "apt install python3-pip".');
  }
  const npm = await firstThatRuns(['npm'], ['--version']);
  if (npm === undefined) throw missing('npm', 'It comes with Node.js.');
  const chosen = process.env['CXX'];
  const compilers = chosen ? [chosen] : ['c++', 'g++', 'clang++'];
  const compiler = await firstThatRuns(compilers, ['--version']);
  if (compiler === undefined) {
    const advice = 'Install one, for example with "apt install g++" or "xcode-select --install".';
    throw missing(`a C++ compiler (${compilers.join(', ')})`, advice);
  }
  return { python, npm, compiler };
}

async function firstThatRuns(
  programs: readonly string[],
  args: readonly string[],
): Promise<string | undefined> {
  for (const program of programs) {
    const result = await runTool(program, args);
    if (result?.code === 0) return program;
  }
  return undefined;
}

function missing(tool: string, advice: string): Error {
  return invalid('backend install', tool, 'PATH', 'none', advice);
}
