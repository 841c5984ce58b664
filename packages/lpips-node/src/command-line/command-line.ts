/**
 * @module
 * What the command lines of this project share. A yargs grammar becomes a run that never throws: whatever goes wrong
 * becomes one sentence and an exit code.
 */
import { cannot, LpipsError, printableMessage } from 'lpips-core';
import type { Argv } from 'yargs';
import yargs from 'yargs';
import { codeOf, firstLine } from '../errors/foreign-error.js';
import { checkFlags } from './check-flags.js';
import { EXIT, type ExitCode, UsageError } from './exit-code.js';
import type { Terminal } from './terminal.js';

/** Takes what a command does, so that its exit code becomes the run's. */
export type Run = (task: Promise<ExitCode>) => Promise<void>;

/** A command line. */
export interface CommandLine {
  /** Name of the executable, which begins its messages. */
  readonly name: string;
  /** What `--version` prints. */
  readonly version: string;
  /** Names of the commands, for hints. */
  readonly commands: readonly string[];
  /** Adds usage, commands, examples and epilogue. */
  readonly grammar: (parser: Argv, run: Run) => Argv;
}

/**
 * Runs a command line.
 *
 * @param args without node and script
 * @returns 0 done, 1 something failed, 2 wrong usage, or what the command itself returned; never throws
 */
export async function runCommandLine(
  commandLine: CommandLine,
  args: readonly string[],
  terminal: Terminal,
): Promise<ExitCode> {
  // `--version` alone is the package's. Commands have an option of that name that means something else.
  if (args.length === 1 && (args[0] === '--version' || args[0] === '-v')) {
    terminal.out(`${commandLine.version}\n`);
    return EXIT.done;
  }
  let code: ExitCode = EXIT.done;
  let help = '';
  const run: Run = (task) =>
    task.then((result) => {
      code = result;
    });
  try {
    refuseStreams(args);
    const parser = strictParser(commandLine, args, run);
    await parser.parseAsync(
      args.length === 0 ? ['--help'] : namesBehindDashes(args),
      {},
      (_error, _argv, output) => {
        help = output;
      },
    );
    if (help !== '') terminal.out(`${help}\n`);
    return code;
  } catch (error) {
    terminal.error(`${sentence(commandLine.name, error)}\n`);
    return error instanceof UsageError ? EXIT.usage : EXIT.failed;
  }
}

/**
 * Makes a parser refuse every command but the known ones, and the lack of one.
 *
 * @param path what the user types before the command, such as `lpips` or `lpips weights`
 * @param argument what messages call the command, such as `the command` or `weights`
 */
export function actions(parser: Argv, path: string, argument: string, known: readonly string[]): Argv {
  return parser.command('$0 [word] [more..]', false, {}, (argv) => {
    throw unknown(path, argument, known, argv['word']);
  });
}

function strictParser({ name, commands, grammar }: CommandLine, args: readonly string[], run: Run): Argv {
  const parser = checkFlags(yargs().scriptName(name).locale('en'), args);
  const refusals = rememberRefusals(parser);
  return grammar(actions(parser, name, 'the command', commands), run)
    .help()
    .alias('help', 'h')
    .version(false)
    .strict()
    .recommendCommands()
    .parserConfiguration({ 'boolean-negation': false, 'duplicate-arguments-array': false })
    .wrap(100)
    .exitProcess(false)
    .fail((message, error) => {
      throw refusals.at(-1) ?? asUsageError(message, error);
    });
}

/**
 * Yargs replaces the error that a `coerce` function throws by one of its own with the same text. This keeps the error
 * itself.
 *
 * @returns the errors that were thrown, which grow as the parser runs
 */
function rememberRefusals(parser: Argv): readonly unknown[] {
  const refusals: unknown[] = [];
  type Convert = (value: unknown) => unknown;
  const register: (option: string, convert: Convert) => Argv = parser.coerce.bind(parser);
  const coerce = (option: string, convert: Convert) =>
    register(option, (value) => {
      try {
        return convert(value);
      } catch (error) {
        refusals.push(error);
        throw error;
      }
    });
  Object.assign(parser, { coerce });
  return refusals;
}

/** Many programs take `-` for standard input or output. Yargs makes an empty name of it, and as an output it is a file. */
function refuseStreams(args: readonly string[]): void {
  const dashes = args.indexOf('--');
  const own = dashes < 0 ? args : args.slice(0, dashes);
  if (!own.some((word) => word === '-' || /^-[^=]*=-$/.test(word))) return;
  throw new UsageError(
    'expected the name of a file, got "-": images are not read from standard input, and files are not written to ' +
      'standard output. Write ./- for a file of that name.',
  );
}

/** Behind `--` a name may begin with a dash. Yargs takes no such name for a positional, so it becomes a path. */
function namesBehindDashes(args: readonly string[]): readonly string[] {
  const dashes = args.indexOf('--');
  if (dashes < 0) return args;
  const names = args.slice(dashes + 1).map((name) => (name.startsWith('-') ? `./${name}` : name));
  return [...args.slice(0, dashes), ...names];
}

function unknown(path: string, argument: string, known: readonly string[], word: unknown): UsageError {
  const got = typeof word === 'string' ? word : undefined;
  const near = got === undefined ? undefined : known.find((name) => isNear(name, got));
  const hint = near === undefined ? `Run "${path} --help".` : `Did you mean ${near}?`;
  const given = got === undefined ? 'none' : `"${got}"`;
  return new UsageError(`expected one of ${known.join(', ')} for ${argument}, got ${given}. ${hint}`);
}

/** Whether two names share most of their letters in order. */
function isNear(name: string, got: string): boolean {
  const typed = Array.from(got.toLowerCase());
  const hits = Array.from(name).filter((letter) => {
    const at = typed.indexOf(letter);
    if (at >= 0) typed.splice(0, at + 1);
    return at >= 0;
  });
  return hits.length >= Math.max(name.length, got.length) * 0.6;
}

/** What yargs itself has to say about a command line becomes a UsageError; what a command threw stays what it is. */
function asUsageError(message: string | null, error: unknown): unknown {
  if (error instanceof Error && error.name !== 'YError') return error;
  return new UsageError(`${firstLine(message ?? error)}. Add --help to the command to see what it takes.`);
}

/** A UsageError belongs to this tool, a LpipsError says which function refused, and anything else is unforeseen. */
function sentence(name: string, error: unknown): string {
  if (error instanceof LpipsError) return error.message;
  const code = codeOf(error);
  if (code !== undefined && error instanceof Error && 'syscall' in error) {
    const path = 'path' in error && typeof error.path === 'string' ? ` for ${error.path}` : '';
    return cannot(name, 'go on', `the system reports ${code}${path}`).message;
  }
  return printableMessage(`${name}: ${firstLine(error)}`);
}
