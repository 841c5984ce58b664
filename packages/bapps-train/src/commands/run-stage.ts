/**
 * @module
 * Work in a process of its own, so that this one can answer Ctrl-C with a sentence: a computation does not yield to a handler.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { endBySignal } from 'lpips-node/command-line';

const STAGE = fileURLToPath(new URL('../stage.js', import.meta.url));
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** How a command ended: exactly one is not null. */
export interface StageEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** How a stage runs. */
export interface StageOptions {
  /** Leaves out what the command prints as its result. */
  readonly silent: boolean;
  /** Called before a signal ends this process. */
  readonly onStop: () => void;
}

/**
 * Runs a command of `bapps`, which writes to the terminal of this process. A signal ends it first, and then this process; where this
 * process is killed, the command ends too.
 */
export async function runStage(args: readonly string[], { silent, onStop }: StageOptions): Promise<StageEnd> {
  const stdout = silent ? 'ignore' : 'inherit';
  const child = spawn(process.execPath, [STAGE, ...args], { stdio: ['ignore', stdout, 'inherit', 'ipc'] });
  child.channel?.unref(); // it is there to break
  const ended = new Promise<StageEnd>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      resolve({ code, signal });
    });
  });
  const stopped = (signal: NodeJS.Signals) => {
    // On Windows to send a signal is to kill, and the child has Ctrl-C and the closed window from the console itself.
    if (process.platform !== 'win32') child.kill(signal);
    return ended;
  };
  return await untilStopped(() => ended, { onStop, stopped });
}

/**
 * Runs `work` until it ends or this process receives a signal. Then the signal takes its usual course.
 *
 * @param options `stopped` is awaited before, and `onStop` is called last
 */
export async function untilStopped<Result>(
  work: () => Promise<Result>,
  {
    onStop,
    stopped = async () => undefined,
  }: { readonly onStop: () => void; readonly stopped?: (signal: NodeJS.Signals) => Promise<unknown> },
): Promise<Result> {
  const stop = async (signal: NodeJS.Signals) => {
    await stopped(signal);
    onStop();
    for (const each of SIGNALS) process.removeAllListeners(each);
    endBySignal(signal);
  };
  const listener = (signal: NodeJS.Signals) => void stop(signal);
  for (const signal of SIGNALS) process.once(signal, listener);
  try {
    return await work();
  } finally {
    for (const signal of SIGNALS) process.off(signal, listener);
  }
}
