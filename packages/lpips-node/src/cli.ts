#!/usr/bin/env node
/**
 * @module
 * The `lpips` command as a process.
 */
import { main } from './commands/main.js';
import { runProcess } from './commands/run-process.js';

await runProcess(main);
