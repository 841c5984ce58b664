/**
 * @module
 * The `bapps` command: its grammar. A command's file, and the libraries that it needs, are loaded when its name is on the
 * command line.
 */
import { type ExitCode, type Run, runCommandLine, type Terminal } from 'lpips-node/command-line';
import type { Argv } from 'yargs';
import { TOOL_VERSION } from '../tool.js';

/** Adds a command to the grammar; `perform` runs it. */
type Register = (
  parser: Argv,
  [usage, about]: readonly [string, string],
  perform: (command: (terminal: Terminal) => Promise<ExitCode>) => Promise<void>,
) => Argv;

interface Command {
  readonly usage: string;
  readonly about: string;
  readonly load: () => Promise<Register>;
}

const COMMANDS: Readonly<Record<string, Command>> = {
  download: {
    usage: 'download <out>',
    about: 'the published data set',
    load: async () => {
      const { downloadOptions, runDownload } = await import('./download.js');
      return (parser, [usage, about], perform) =>
        parser.command(usage, about, downloadOptions, (argv) =>
          perform((terminal) => runDownload(argv, terminal)),
        );
    },
  },
  synthesize: {
    usage: 'synthesize <photos> <out>',
    about: 'a data set from photographs',
    load: async () => {
      const { synthesizeOptions, runSynthesize } = await import('./synthesize.js');
      return (parser, [usage, about], perform) =>
        parser.command(usage, about, synthesizeOptions, (argv) =>
          perform((terminal) => runSynthesize(argv, terminal)),
        );
    },
  },
  extract: {
    usage: 'extract <data>',
    about: 'one backbone pass for each image',
    load: async () => {
      const { extractOptions, runExtract } = await import('./extract.js');
      return (parser, [usage, about], perform) =>
        parser.command(usage, about, extractOptions, (argv) =>
          perform((terminal) => runExtract(argv, terminal)),
        );
    },
  },
  train: {
    usage: 'train <from>',
    about: 'heads by the official recipe, or a whole network',
    load: async () => {
      const { trainOptions, runTrain } = await import('./train.js');
      return (parser, [usage, about], perform) =>
        parser.command(usage, about, trainOptions, (argv) => perform((terminal) => runTrain(argv, terminal)));
    },
  },
  evaluate: {
    usage: 'evaluate [data]',
    about: 'how well metrics agree with people',
    load: async () => {
      const { evaluateOptions, runEvaluate } = await import('./evaluate.js');
      return (parser, [usage, about], perform) =>
        parser.command(usage, about, evaluateOptions, (argv) =>
          perform((terminal) => runEvaluate(argv, terminal)),
        );
    },
  },
  report: {
    usage: 'report <run>',
    about: 'a training run as one HTML page',
    load: async () => {
      const { reportOptions, runReport } = await import('./report.js');
      return (parser, [usage, about], perform) =>
        parser.command(usage, about, reportOptions, (argv) =>
          perform((terminal) => runReport(argv, terminal)),
        );
    },
  },
  distill: {
    usage: 'distill <photos>',
    about: 'lite, trained against a teacher',
    load: async () => {
      const { distillOptions, runDistill } = await import('./distill.js');
      return (parser, [usage, about], perform) =>
        parser.command(usage, about, distillOptions, (argv) =>
          perform((terminal) => runDistill(argv, terminal)),
        );
    },
  },
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
      if (register) register(parser, [usage, about], (command) => run(command(terminal)));
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
