/**
 * @module
 * A command line as a process. It installs no handler for SIGINT: a computation does not yield to one, while the default
 * stops the process at once (130 in a shell). Outputs are renamed into place, so none is left half-written.
 */
import { enableProdMode } from '@tensorflow/tfjs-core';
import { cannot } from 'lpips-core';
import { EXIT, type ExitCode } from './exit-code.js';
import { processTerminal, type Terminal } from './terminal.js';

/** Runs `main` on this process's arguments and terminal; its result becomes the exit code. */
export async function runProcess(
  main: (args: readonly string[], terminal: Terminal) => Promise<ExitCode>,
): Promise<void> {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return; // the reader, such as head, has seen enough
    process.stderr.write(`${cannot('output', 'write to stdout', error.code ?? error.message).message}\n`);
    process.exit(EXIT.failed);
  });
  process.stderr.on('error', () => undefined); // nobody is left to read it

  enableProdMode(); // no advice from TensorFlow.js on stderr, no checks of every tensor for NaN
  process.exitCode = await main(process.argv.slice(2), processTerminal());
}
