/**
 * @module
 * The command line of a small program, by Node's own parser.
 */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { EXIT, type ExitCode, SHARED_PREFIX, UsageError } from './exit-code.js';
import type { Terminal } from './terminal.js';

/**
 * As `parseArgs`.
 *
 * @throws UsageError for an option that is unknown or lacks its value
 */
export function parseFlags<Config extends ParseArgsConfig>(
  config: Config,
): ReturnType<typeof parseArgs<Config>> {
  try {
    return parseArgs(config);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** Says in one line on stderr what went wrong in the program of that name; returns the exit code. */
export function failWith(terminal: Terminal, name: string, error: unknown): ExitCode {
  const message = error instanceof Error ? (error.message.split('\n')[0] ?? error.name) : String(error);
  const own = message.startsWith(SHARED_PREFIX) ? message.slice(SHARED_PREFIX.length) : message;
  terminal.error(`${name}: ${own}\n`);
  return error instanceof UsageError ? EXIT.usage : EXIT.failed;
}
