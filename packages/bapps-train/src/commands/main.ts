/**
 * @module
 * The grammar of `bapps`. The file of a command, and the libraries that it needs, are loaded only if its name is on the
 * command line.
 */
import { type ExitCode, type Run, runCommandLine, type Terminal } from 'lpips-node/command-line';
import type { ArgumentsCamelCase, Argv } from 'yargs';
import { TOOL_VERSION } from '../tool.js';

/** Adds a command to the grammar; `perform` runs it. */
type Register = (
  parser: Argv,
  perform: (command: (terminal: Terminal) => Promise<ExitCode>) => Promise<void>,
) => Argv;

interface Command {
  readonly usage: string;
  readonly about: string;
  readonly load: () => Promise<Register>;
}

/** What the file of a command exports. */
interface CommandFile<Options> {
  readonly options: (parser: Argv) => Argv<Options>;
  readonly run: (options: ArgumentsCamelCase<Options>, terminal: Terminal) => Promise<ExitCode>;
}

const COMMANDS: Readonly<Record<string, Command>> = {
  download: command('download <out>', 'the published data set', async () => {
    const { downloadOptions, runDownload } = await import('./download.js');
    return { options: downloadOptions, run: runDownload };
  }),
  synthesize: command('synthesize <photos> <out>', 'a data set from photographs', async () => {
    const { synthesizeOptions, runSynthesize } = await import('./synthesize.js');
    return { options: synthesizeOptions, run: runSynthesize };
  }),
  collect: command('collect <data>', 'a page on which people judge', async () => {
    const [{ runCollect }, { collectOptions }] = await Promise.all([
      import('./collect.js'),
      import('./collect-options.js'),
    ]);
    return { options: collectOptions, run: runCollect };
  }),
  votes: command('votes <data>', 'what people judged: agreement, export, import', async () => {
    const { votesOptions, runVotes } = await import('./votes.js');
    return { options: votesOptions, run: runVotes };
  }),
  extract: command('extract <data>', 'one backbone pass for each image', async () => {
    const { extractOptions, runExtract } = await import('./extract.js');
    return { options: extractOptions, run: runExtract };
  }),
  train: command('train <from>', 'heads by the official recipe, or a whole network', async () => {
    const { trainOptions, runTrain } = await import('./train.js');
    return { options: trainOptions, run: runTrain };
  }),
  evaluate: command('evaluate [data]', 'how well metrics agree with people', async () => {
    const { evaluateOptions, runEvaluate } = await import('./evaluate.js');
    return { options: evaluateOptions, run: runEvaluate };
  }),
  report: command('report <run..>', 'a training run, or several, as one HTML page', async () => {
    const { reportOptions, runReport } = await import('./report.js');
    return { options: reportOptions, run: runReport };
  }),
  reproduce: command('reproduce <out>', 'the published result again: data, heads, scores', async () => {
    const { reproduceOptions, runReproduce } = await import('./reproduce.js');
    return { options: reproduceOptions, run: runReproduce };
  }),
  work: command('work <redis>', 'shards from a queue, for commands with --queue', async () => {
    const [{ runWork }, { workOptions }] = await Promise.all([
      import('./work.js'),
      import('lpips-node/plan-commands'),
    ]);
    return { options: workOptions, run: runWork };
  }),
  distill: command('distill <photos>', 'lite, trained against a teacher', async () => {
    const { distillOptions, runDistill } = await import('./distill.js');
    return { options: distillOptions, run: runDistill };
  }),
};

/**
 * Runs the command line.
 *
 * @param args without node and script
 * @returns 0 done, 1 something failed, 2 wrong usage; never throws
 */
export async function main(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const loaded = new Map<string, Register>();
  for (const [name, { load }] of Object.entries(COMMANDS)) {
    if (args.includes(name)) loaded.set(name, await load());
  }
  const grammar = (parser: Argv, run: Run) => {
    for (const [name, { usage, about }] of Object.entries(COMMANDS)) {
      const register = loaded.get(name);
      if (register) register(parser, (command) => run(command(terminal)));
      else parser.command(usage, about);
    }
    return parser
      .usage('$0 <command>\n\nCalibrates LPIPS on human judgements (BAPPS): data, training, evaluation.')
      .example('bapps download data/ --parts val,jnd', 'what evaluation needs, 1.3 GB')
      .example('bapps synthesize photos/ data/', 'triplets and pairs with simulated observers')
      .epilogue('"bapps <command> --help" has more. Exit codes: 0 done, 1 failed, 2 wrong usage.');
  };
  const commands = Object.keys(COMMANDS);
  return runCommandLine({ name: 'bapps', version: TOOL_VERSION, commands, grammar }, args, terminal);
}

function command<Options>(usage: string, about: string, load: () => Promise<CommandFile<Options>>): Command {
  return {
    usage,
    about,
    load: async () => {
      const { options, run } = await load();
      return (parser, perform) =>
        parser.command(usage, about, options, (argv) => perform((terminal) => run(argv, terminal)));
    },
  };
}
