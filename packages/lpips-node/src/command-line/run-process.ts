/**
 * @module
 * A command line as a process. No handler for SIGINT: computing does not yield to one, while the default stops it at
 * once (130 in a shell), and outputs are renamed into place, so that none is left half-written.
 */
import { enableProdMode } from '@tensorflow/tfjs-core';
import { invalid } from 'lpips-core';
import { EXIT, type ExitCode } from './exit-code.js';
import { processTerminal, type Terminal } from './terminal.js';

/** Runs `main` on this process's arguments and terminal; its result becomes the exit code. */
export async function runProcess(
  main: (args: readonly string[], terminal: Terminal) => Promise<ExitCode>,
): Promise<void> {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return; // the reader, such as head, has seen enough
    const got = error.code ?? error.message;
    process.stderr.write(`${invalid('output', 'a place that can be written', 'stdout', got).message}\n`);
    process.exit(EXIT.failed);
  });
  process.stderr.on('error', () => undefined); // nobody is left to be told

  enableProdMode(); // no advice from TensorFlow.js on stderr, no checks of every tensor for NaN
  process.exitCode = await main(process.argv.slice(2), processTerminal());
}
