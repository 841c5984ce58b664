export { endBySignal, untilInterrupted } from 'tfjs-native/interrupts';
export { type Run, runCommandLine } from './command-line.js';
export { EXIT, type ExitCode, oneOf, UsageError } from './exit-code.js';
export { expandPatterns } from './expand-patterns.js';
export { jsonOption, offlineOption, quietOption } from './flags.js';
export { countOption, numberAboveZero, numberWithin, wholeNumber, workersOption } from './numbers.js';
export { parseFlags, runProgram } from './parse-flags.js';
export { runProcess } from './run-process.js';
export { type Progress, startProgress, type Terminal } from './terminal.js';
