/**
 * @module
 * The `lpips` command in this process.
 */
import { type Outcome, testTerminal } from '../../../../test/support/test-terminal.js';
import { main } from '../../src/commands/main.js';

/** Runs `lpips` without bars. */
export async function lpips(...args: readonly string[]): Promise<Outcome> {
  const { terminal, outcome } = testTerminal();
  const code = await main(args, terminal);
  return { code, ...outcome() };
}
