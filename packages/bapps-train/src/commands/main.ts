/**
 * @module
 * The `bapps` command: its grammar.
 */
import { type ExitCode, packageVersion, type Run, runCommandLine, type Terminal } from 'lpips-node/command';
import type { Argv } from 'yargs';

const COMMANDS: readonly string[] = [];

/** Version of this package. */
const TOOL_VERSION = packageVersion(new URL('../../package.json', import.meta.url));

/**
 * Runs the command line.
 *
 * @param args without node and script
 * @returns 0 done, 1 something failed, 2 wrong usage; never throws
 */
export function main(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const grammar = (parser: Argv, run: Run) => bappsGrammar(parser, terminal, run);
  return runCommandLine(
    { name: 'bapps', version: TOOL_VERSION, commands: COMMANDS, grammar },
    args,
    terminal,
  );
}

function bappsGrammar(parser: Argv, _terminal: Terminal, _run: Run): Argv {
  return parser
    .usage('$0 <command>\n\nCalibrates LPIPS on human judgements (BAPPS): data, training, evaluation.')
    .epilogue('"bapps <command> --help" has more. Exit codes: 0 done, 1 failed, 2 wrong usage.');
}
