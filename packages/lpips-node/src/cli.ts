#!/usr/bin/env node
import { runProcess } from './command-line/run-process.js';
/**
 * @module
 * The `lpips` command as a process.
 */
import { main } from './commands/main.js';

await runProcess(main);
