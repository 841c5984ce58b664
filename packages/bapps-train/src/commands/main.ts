/**
 * @module
 * The `bapps` command: its grammar.
 */
import { type ExitCode, type Run, runCommandLine, type Terminal } from 'lpips-node/command';
import type { Argv } from 'yargs';
import { distillOptions, runDistill } from './distill.js';
import { downloadOptions, runDownload } from './download.js';
import { evaluateOptions, runEvaluate } from './evaluate.js';
import { extractOptions, runExtract } from './extract.js';
import { reportOptions, runReport } from './report.js';
import { runSynthesize, synthesizeOptions } from './synthesize.js';
import { TOOL_VERSION } from './tool.js';
import { runTrain, trainOptions } from './train.js';

const COMMANDS = ['download', 'synthesize', 'extract', 'train', 'evaluate', 'report', 'distill'] as const;

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

function bappsGrammar(parser: Argv, terminal: Terminal, run: Run): Argv {
  return parser
    .usage('$0 <command>\n\nCalibrates LPIPS on human judgements (BAPPS): data, training, evaluation.')
    .command('download <out>', 'the published data set', downloadOptions, (argv) =>
      run(runDownload(argv, terminal)),
    )
    .command('synthesize <photos> <out>', 'a data set from photographs', synthesizeOptions, (argv) =>
      run(runSynthesize(argv, terminal)),
    )
    .command('extract <data>', 'one backbone pass for each image', extractOptions, (argv) =>
      run(runExtract(argv, terminal)),
    )
    .command('train <from>', 'heads by the official recipe', trainOptions, (argv) =>
      run(runTrain(argv, terminal)),
    )
    .command('evaluate [data]', 'how well metrics agree with people', evaluateOptions, (argv) =>
      run(runEvaluate(argv, terminal)),
    )
    .command('report <run>', 'a training run as one HTML page', reportOptions, (argv) =>
      run(runReport(argv, terminal)),
    )
    .command('distill <photos>', 'lite, trained against a teacher', distillOptions, (argv) =>
      run(runDistill(argv, terminal)),
    )
    .example('bapps download data/ --parts val,jnd', 'what evaluation needs, 1.3 GB')
    .example('bapps synthesize photos/ data/', 'triplets and pairs with simulated observers')
    .epilogue('"bapps <command> --help" has more. Exit codes: 0 done, 1 failed, 2 wrong usage.');
}
