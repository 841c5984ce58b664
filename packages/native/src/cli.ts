#!/usr/bin/env node
/**
 * @module
 * The `tfjs-native` command as a process.
 */
import { main } from './command/main.js';

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') return; // a reader such as head has closed the pipe
  process.stderr.write(`tfjs-native: cannot write to stdout: ${error.code ?? error.message}.\n`);
  process.exit(1);
});

process.exitCode = await main(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  error: (text) => void process.stderr.write(text),
  bars: process.stderr.isTTY ? process.stderr : undefined,
});
