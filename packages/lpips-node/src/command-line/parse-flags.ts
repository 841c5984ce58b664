/**
 * @module
 * The command line of a small program, by Node's own parser.
 */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { EXIT, SHARED_PREFIX, UsageError } from './exit-code.js';
import { processTerminal, type Terminal } from './terminal.js';

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

/** A small program. */
export interface Program<Options> {
  /** Stands before what goes wrong. */
  readonly name: string;
  readonly help: string;
  /** Options from the arguments, or undefined where the help is asked for. @throws UsageError */
  readonly readOptions: (args: readonly string[]) => Options | undefined;
  readonly run: (options: Options, terminal: Terminal) => Promise<void>;
}

/** Runs it with the arguments of this process; what goes wrong is one line on stderr. Sets the exit code: 0, 1 or 2. */
export async function runProgram<Options>({ name, help, readOptions, run }: Program<Options>): Promise<void> {
  const terminal = processTerminal();
  try {
    const options = readOptions(process.argv.slice(2));
    if (options === undefined) terminal.out(help);
    else await run(options, terminal);
  } catch (error) {
    const message = error instanceof Error ? (error.message.split('\n')[0] ?? error.name) : String(error);
    const own = message.startsWith(SHARED_PREFIX) ? message.slice(SHARED_PREFIX.length) : message;
    terminal.error(`${name}: ${own}\n`);
    process.exitCode = error instanceof UsageError ? EXIT.usage : EXIT.failed;
  }
}
