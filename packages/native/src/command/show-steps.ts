/**
 * @module
 * The progress of an install on a terminal: one line for each step, in which the bytes count up where somebody watches.
 */
import { megabytes, STEP_LABELS } from '../install/describe.js';
import type { InstallProgress } from '../install/install-native.js';

/** Where the command writes, so that tests can stand in for a terminal. */
export interface Terminal {
  /** Results. */
  out(text: string): void;
  /** Errors and notes. */
  error(text: string): void;
  /** Where a line may be written over; undefined where stderr is not a terminal. */
  readonly bars: NodeJS.WritableStream | undefined;
}

const START_OF_LINE = '\r';
const CLEAR_LINE = '\x1b[K';

/** @returns what shows a step, and what ends the last line */
export function showSteps(terminal: Terminal, quiet: boolean) {
  const { bars } = terminal;
  let step: InstallProgress['step'] | undefined;
  let shown = '';
  const stop = () => {
    if (shown !== '') bars?.write('\n');
    shown = '';
  };
  return {
    show(progress: InstallProgress): void {
      if (quiet) return;
      const label = STEP_LABELS[progress.step];
      if (bars === undefined) {
        if (progress.step !== step) terminal.error(`${label}\n`);
      } else {
        if (progress.step !== step) stop();
        const line = label + bytesOf(progress);
        if (line !== shown) bars.write(START_OF_LINE + CLEAR_LINE + line);
        shown = line;
      }
      step = progress.step;
    },
    stop,
  };
}

function bytesOf({ bytes, totalBytes }: InstallProgress): string {
  if (bytes === undefined) return '';
  return totalBytes === undefined
    ? `: ${megabytes(bytes)}`
    : `: ${megabytes(bytes)} of ${megabytes(totalBytes)}`;
}
