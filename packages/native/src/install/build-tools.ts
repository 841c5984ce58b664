/**
 * @module
 * The programs that an install needs: Python with pip, npm, and a C++ compiler. All are looked for before anything is
 * downloaded.
 */
import { cannot } from '../errors.js';
import { runTool } from './run-tool.js';

/** Commands, as they were found. */
export interface BuildTools {
  readonly python: string;
  readonly npm: string;
  readonly compiler: string;
}

/** What each program is needed for, and how it comes onto a machine. */
const TOOLS = {
  python: {
    purpose: 'download TensorFlow',
    advice: 'Install Python 3, for example with "apt install python3-pip".',
  },
  pip: { purpose: 'download TensorFlow', advice: 'Install pip, for example with "apt install python3-pip".' },
  npm: { purpose: 'download @tensorflow/tfjs-node', advice: 'Install npm, which comes with Node.js.' },
  compiler: {
    purpose: 'compile the binding',
    advice: 'Install one, for example with "apt install g++" or "xcode-select --install".',
  },
} as const;

/** @throws NativeError naming the first program that is missing, and how to install it */
export async function findBuildTools(): Promise<BuildTools> {
  const python = await firstThatRuns(['python3', 'python'], ['--version']);
  if (python === undefined) throw missing('python', 'there is no python3 on PATH');
  if ((await firstThatRuns([python], ['-m', 'pip', '--version'])) === undefined) {
    throw missing('pip', `${python} has no pip`);
  }
  const npm = await firstThatRuns(['npm'], ['--version']);
  if (npm === undefined) throw missing('npm', 'there is no npm on PATH');
  const chosen = process.env['CXX'];
  const compilers = chosen ? [chosen] : ['c++', 'g++', 'clang++'];
  const compiler = await firstThatRuns(compilers, ['--version']);
  if (compiler === undefined) {
    const why = chosen
      ? `CXX names ${chosen}, which does not run`
      : `there is no C++ compiler on PATH (${compilers.join(', ')})`;
    throw missing('compiler', why);
  }
  return { python, npm, compiler };
}

/** The error of a missing program. */
export function missing(tool: keyof typeof TOOLS, why: string): Error {
  const { purpose, advice } = TOOLS[tool];
  return cannot('installNative', purpose, why, advice, 'impossible here');
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
