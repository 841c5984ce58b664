/**
 * @module
 * The command line of a small program, by Node's own parser.
 */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { UsageError } from './exit-code.js';

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
