/**
 * @module
 * The worker's side of the process that makes shards: it starts it, asks it, and starts another one if it ended.
 */
import { type ChildProcess, type ForkOptions, fork, type SpawnOptions } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Answer, Request } from './messages.js';

/** What a process reports while it works. */
export interface ShardEvents {
  readonly onProgress?: (units: number) => void;
  readonly onNote?: (note: string) => void;
}

/** A process that makes one shard after the other. */
export class ShardProcess {
  readonly #file: string;
  #child: ChildProcess | undefined;
  /** The plan that the process has open. */
  #open: Extract<Request, { ask: 'open' }> | undefined;

  #asked = 0;

  /** @param file the program, which calls `serveShards` */
  constructor(file: URL) {
    this.#file = fileURLToPath(file);
  }

  /** Opens a plan. @throws Error saying why this machine must not make its shards */
  async open(plan: Omit<Extract<Request, { ask: 'open' }>, 'ask'>, events: ShardEvents = {}): Promise<void> {
    this.#open = { ask: 'open', ...plan };
    await this.#ask(this.#open, events);
  }

  /**
   * Makes a shard of the plan that is open.
   *
   * @returns whether its file is the one that stands; another worker may have been faster
   * @throws Error saying why it could not be made, also if the process ended
   */
  async make(index: number, events: ShardEvents = {}): Promise<boolean> {
    if (this.#child === undefined && this.#open) await this.#ask(this.#open, events); // the last one ended
    return await this.#ask({ ask: 'make', index }, events);
  }

  /** Whether it was asked for something and has not answered yet. */
  get isBusy(): boolean {
    return this.#asked > 0;
  }

  /** Ends the process at once. */
  kill(): void {
    this.#child?.kill('SIGKILL');
  }

  #ask(request: Request, { onProgress, onNote }: ShardEvents): Promise<boolean> {
    this.#child ??= this.#start();
    const child = this.#child;
    this.#asked++;
    return new Promise((resolve, reject) => {
      const settle = () => {
        this.#asked--;
        child.off('message', hear);
        child.off('exit', ended);
      };
      const hear = (answer: Answer) => {
        if (answer.tell === 'progress') onProgress?.(answer.units);
        else if (answer.tell === 'note') onNote?.(answer.note);
        else {
          settle();
          if (answer.tell === 'done') resolve(answer.won);
          else reject(new Error(answer.reason));
        }
      };
      const ended = (code: number | null, signal: string | null) => {
        settle();
        reject(new Error(`the process that made it ended (${signal ?? `exit code ${code}`})`));
      };
      child.on('message', hear);
      child.once('exit', ended);
      child.send(request);
    });
  }

  #start(): ChildProcess {
    // In a group of its own, Ctrl-C in a terminal reaches the worker alone, which then waits for the shard.
    // On Windows that comes with a console of its own, whose window is hidden: fork hands its options on to spawn.
    const options: ForkOptions & Pick<SpawnOptions, 'windowsHide'> = {
      detached: true,
      windowsHide: true,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    };
    const child = fork(this.#file, options);
    child.once('exit', () => {
      if (this.#child === child) this.#child = undefined;
    });
    child.on('error', () => undefined); // a message to a process that just ended; its end is reported
    return child;
  }
}
