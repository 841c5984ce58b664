/**
 * @module
 * Programs that a test file runs one after another in one process. To start each as a process of its own takes more than a second,
 * nearly all of it for the import of TensorFlow.js.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Ending } from './program.js';

const HOST = fileURLToPath(new URL('program-host.mjs', import.meta.url));

let host: ChildProcess | undefined;
let last: Promise<unknown> = Promise.resolve();

/**
 * Runs a Node.js program to its end, after those that were asked before. What a program leaves in its process, the next one finds:
 * `runProgram` is for what depends on that, or on how a process starts and ends.
 */
export function askProgram(path: string, args: readonly string[]): Promise<Ending> {
  const answer = last.then(() => answerOf(path, args));
  last = answer.catch(() => undefined);
  return answer;
}

async function answerOf(path: string, args: readonly string[]): Promise<Ending> {
  host ??= startHost();
  const listening = new AbortController();
  const answered = once(host, 'message', listening).then(([ending]) => ending as Ending);
  const ended = once(host, 'exit', listening).then(([code, signal]) => {
    host = undefined;
    throw new Error(`${path} ended the process that others share: ${signal ?? code}`);
  });
  host.send({ path, args, env: process.env, cwd: process.cwd() });
  try {
    return await Promise.race([answered, ended]);
  } finally {
    listening.abort();
  }
}

/** It ends with this process. */
function startHost(): ChildProcess {
  const child = fork(HOST, { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  child.unref();
  child.channel?.unref();
  return child;
}
