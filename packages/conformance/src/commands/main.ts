/**
 * @module
 * The `lpips-conformance` command: this project held against the suite, one line a check.
 */
import { printableMessage } from 'lpips-core';
import { BACKEND_CHOICES, selectBackend } from 'lpips-node';
import { EXIT, type ExitCode, oneOf, parseFlags, type Terminal, UsageError } from 'lpips-node/command-line';
import { ownProgram } from '../own-program.js';
import { runSuite } from '../run-suite.js';
import { CONFORMANCE_NETS, readSuite } from '../suite.js';
import type { Verdict } from '../verdict.js';

const NAME = 'lpips-conformance';
const HELP = `${NAME} [--weights DIR] [--net NET] [--backend NAME] [--json]

Holds LPIPS on TensorFlow.js against the float64 answers of the official code, and against properties of any LPIPS.

  --weights DIR   folder of official weights files (default: those of the cache; nothing is downloaded)
  --net NET       ${CONFORMANCE_NETS.join(', ')} (default: all of them)
  --backend NAME  ${BACKEND_CHOICES.join(', ')} (default auto)
  --json          one object on stdout, and nothing else
  --help

Exit codes: 0 all passes, 1 something fails or cannot be computed, 2 wrong usage.
`;

/**
 * Runs the command line.
 *
 * @param args without node and script
 * @returns 0 all passes, 1 a check fails or cannot be computed, 2 wrong usage; never throws
 */
export async function main(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  try {
    const { values } = parseFlags({
      args: [...args],
      options: {
        weights: { type: 'string' },
        net: { type: 'string' },
        backend: { type: 'string', default: 'auto' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) {
      terminal.out(HELP);
      return EXIT.done;
    }
    const nets = values.net === undefined ? CONFORMANCE_NETS : [oneOf('--net', CONFORMANCE_NETS, values.net)];
    const choice = oneOf('--backend', BACKEND_CHOICES, values.backend);
    if (values.weights === '') throw new UsageError('expected a folder for --weights, got "".');
    const { name: backend } = await selectBackend(choice);
    await terminal.letSignalsKill();
    const program = ownProgram(values.weights === undefined ? {} : { weightsDir: values.weights });
    const { madeBy } = readSuite();
    if (!values.json) terminal.out(`${program.name} on ${backend}, against ${madeBy}\n`);
    const onVerdict = (one: Verdict) => values.json || terminal.out(`${lineOf(one)}\n`);
    const verdicts = await runSuite(program, { nets, onVerdict });
    const failed = verdicts.filter(({ outcome }) => outcome === 'fails').length;
    if (values.json)
      terminal.out(`${JSON.stringify({ program: program.name, backend, madeBy, verdicts })}\n`);
    else terminal.out(`${countsOf(verdicts)}\n`);
    return failed === 0 ? EXIT.done : EXIT.failed;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    terminal.error(`${NAME}: ${printableMessage(message)}\n`);
    return error instanceof UsageError ? EXIT.usage : EXIT.failed;
  }
}

function lineOf({ name, outcome, detail }: Verdict): string {
  return `${outcome.padEnd(11)}  ${name}${detail === '' ? '' : `: ${detail}`}`;
}

function countsOf(verdicts: readonly Verdict[]): string {
  const count = (wanted: Verdict['outcome']) => verdicts.filter(({ outcome }) => outcome === wanted).length;
  return `${count('passes')} pass, ${count('fails')} fail, ${count('not offered')} not offered`;
}
