#!/usr/bin/env node
/**
 * @module
 * The `lpips-conformance` command as a process.
 */
import { runProcess } from 'lpips-node/command-line';
import { main } from './commands/main.js';

await runProcess(main);
