#!/usr/bin/env node
/**
 * @module
 * The `tfjs-native` command as a process.
 */
import { main } from './command/main.js';

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error; // a reader such as head has closed the pipe
});

process.exitCode = await main(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  error: (text) => void process.stderr.write(text),
  bars: process.stderr.isTTY ? process.stderr : undefined,
});
