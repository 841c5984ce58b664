/**
 * @module
 * The command line of a small program, by Node's own parser.
 */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { firstLine } from '../errors/foreign-error.js';
import { EXIT, UsageError } from './exit-code.js';
import { processTerminal, type Terminal } from './terminal.js';

/**
 * Does what `parseArgs` does.
 *
 * @throws UsageError for an option that is unknown, lacks its value or stands there twice
 */
export function parseFlags<Config extends ParseArgsConfig>(
  config: Config,
): ReturnType<typeof parseArgs<Config>> {
  try {
    refuseRepeated(config);
    return parseArgs(config);
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError(firstLine(error));
  }
}

/** `parseArgs` takes the last of several values in silence. */
function refuseRepeated(config: ParseArgsConfig): void {
  const seen = new Set<string>();
  for (const token of parseArgs({ ...config, tokens: true }).tokens) {
    if (token.kind !== 'option') continue;
    if (seen.has(token.name)) throw new UsageError(`expected --${token.name} once, got it several times.`);
    seen.add(token.name);
  }
}

/** A small program. */
export interface Program<Options> {
  /** Its name, which begins every message about what went wrong. */
  readonly name: string;
  readonly help: string;
  /** Options from the arguments, or undefined where the help is asked for. @throws UsageError */
  readonly readOptions: (args: readonly string[]) => Options | undefined;
  readonly run: (options: Options, terminal: Terminal) => Promise<void>;
}

/**
 * Runs a program with the arguments of this process, and sets the exit code: 0, 1 or 2. Whatever goes wrong becomes one
 * line on stderr.
 */
export async function runProgram<Options>({ name, help, readOptions, run }: Program<Options>): Promise<void> {
  const terminal = processTerminal();
  try {
    const options = readOptions(process.argv.slice(2));
    if (options === undefined) terminal.out(help);
    else await run(options, terminal);
  } catch (error) {
    terminal.error(`${name}: ${firstLine(error)}\n`);
    process.exitCode = error instanceof UsageError ? EXIT.usage : EXIT.failed;
  }
}
