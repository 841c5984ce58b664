/**
 * @module
 * Runs `bapps` in this process, with a terminal that remembers.
 */
import { testTerminal } from '../../../lpips-node/test/commands/test-terminal.js';
import { main } from '../../src/commands/main.js';

/** Exit code and output of a command line. */
export async function bapps(...args: readonly string[]) {
  const { terminal, outcome } = testTerminal();
  const code = await main(args, terminal);
  return { code, ...outcome() };
}
