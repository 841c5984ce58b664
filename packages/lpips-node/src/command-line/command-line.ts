/**
 * @module
 * What the command lines of this project share: a yargs grammar becomes a run that never throws, and everything that
 * goes wrong one sentence and an exit code.
 */
import { LpipsError } from 'lpips-core';
import type { Argv } from 'yargs';
import yargs from 'yargs';
import { EXIT, type ExitCode, SHARED_PREFIX, UsageError } from './exit-code.js';
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
  // `--version` before a command is the package's; behind one it may mean something else.
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
    const parser = strictParser(commandLine, run);
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
 * A command of commands: anything else, or none, is refused by name.
 *
 * @param where the command as its user types it, such as `lpips weights`
 */
export function actions(parser: Argv, where: string, known: readonly string[]): Argv {
  return parser.command('$0 [word] [more..]', false, {}, (argv) => {
    throw unknown(where, known, argv['word']);
  });
}

function strictParser({ name, commands, grammar }: CommandLine, run: Run): Argv {
  const parser = yargs().scriptName(name).locale('en');
  return grammar(actions(parser, name, commands), run)
    .help()
    .alias('help', 'h')
    .version(false)
    .strict()
    .recommendCommands()
    .parserConfiguration({ 'boolean-negation': false, 'duplicate-arguments-array': false })
    .wrap(100)
    .exitProcess(false)
    .fail((message, error) => {
      throw asUsageError(name, message, error);
    });
}

/** Behind `--` a name may begin with a dash. Yargs takes nothing there for a positional, hence a path in its stead. */
function namesBehindDashes(args: readonly string[]): readonly string[] {
  const dashes = args.indexOf('--');
  if (dashes < 0) return args;
  const names = args.slice(dashes + 1).map((name) => (name.startsWith('-') ? `./${name}` : name));
  return [...args.slice(0, dashes), ...names];
}

function unknown(where: string, known: readonly string[], word: unknown): UsageError {
  const got = typeof word === 'string' ? word : undefined;
  const near = known.find((name) => isNear(name, got ?? ''));
  const hint = near === undefined ? `Run "${where} --help".` : `Did you mean ${near}?`;
  const given = got === undefined ? 'none' : `"${got}"`;
  return new UsageError(`${where}: expected one of ${known.join(', ')}, got ${given}. ${hint}`);
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

function asUsageError(name: string, message: string | null, error: unknown): unknown {
  if (error instanceof UsageError || error instanceof LpipsError) return error;
  if (error instanceof Error && error.name !== 'YError') return error;
  const text = (message ?? (error instanceof Error ? error.message : String(error))).split('\n')[0] ?? '';
  // A coerced option's own sentence:
  if (text.startsWith(SHARED_PREFIX) || text.startsWith(`${name}: `)) return new UsageError(text);
  return new UsageError(`${name}: ${text}. Add --help to the command to see what it takes.`);
}

function sentence(name: string, error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof UsageError || error instanceof LpipsError) {
    return message.startsWith(SHARED_PREFIX) ? `${name}: ${message.slice(SHARED_PREFIX.length)}` : message;
  }
  return `${name}: ${(message.split('\n')[0] ?? '').trim()}`;
}
