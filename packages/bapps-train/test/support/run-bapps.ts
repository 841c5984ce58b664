/**
 * @module
 * Runs `bapps`: in this process with a terminal that keeps what is written, or the built command, where it needs threads.
 */
import { fileURLToPath } from 'node:url';
import { askProgram } from '../../../../test/support/ask-program.js';
import { type Ending, runProgram } from '../../../../test/support/program.js';
import { testTerminal } from '../../../../test/support/test-terminal.js';
import { main } from '../../src/commands/main.js';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** Threads that decode, as they are built: they cannot load TypeScript. */
export const BUILT_THREAD = {
  threads: 1,
  thread: { file: new URL('../../dist/extraction/decode-worker.js', import.meta.url), execArgv: [] },
};

/** Exit code and output of a command line, in this process. */
export async function bapps(...args: readonly string[]) {
  const { terminal, outcome } = testTerminal();
  const code = await main(args, terminal);
  return { code, ...outcome() };
}

/** The same of the built command, in a process that the commands of a test file share. */
export function builtBapps(...args: readonly string[]): Promise<Ending> {
  return askProgram(CLI, args);
}

/** The same in a process of its own, with the output of the programs that it starts. */
export function startBapps(...args: readonly string[]): Promise<Ending> {
  return runProgram(CLI, args);
}
