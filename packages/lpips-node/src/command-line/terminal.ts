/**
 * @module
 * Where a command writes, and the progress bar that it draws there. A test passes a terminal of its own.
 */
import { setImmediate } from 'node:timers/promises';
import cliProgress from 'cli-progress';

const { Format, SingleBar } = cliProgress; // as named imports, Node.js would find only the second

/** Output of a command. */
export interface Terminal {
  /** Results. */
  out(text: string): void;
  /** Warnings, errors, notes. */
  error(text: string): void;
  /** Where a progress bar may be drawn, or undefined where nobody watches. */
  readonly bars: NodeJS.WritableStream | undefined;
  /**
   * Called before long computations. They do not yield to the event loop, so a JavaScript handler for SIGINT, such as
   * file locks install, would run only when they are done. Without a handler the signal stops the process at once.
   * A signal that came earlier still gets its handler.
   */
  letSignalsKill(): Promise<void>;
}

/** The terminal of this process. */
export function processTerminal(): Terminal {
  return {
    out: (text) => void process.stdout.write(text),
    error: (text) => void process.stderr.write(text),
    bars: process.stderr.isTTY ? process.stderr : undefined,
    letSignalsKill: async () => {
      // Signals are delivered where the event loop polls, and it polls between any two immediates.
      await setImmediate();
      await setImmediate();
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.removeAllListeners(signal);
    },
  };
}

/** Work that takes less time gets no bar. */
const QUIET_MS = 1000;

/** A bar that appears once the work has taken a second. */
export interface Progress {
  /**
   * @param done how much is done
   * @param total replaces the total that the bar began with
   * @param note more to show behind the bar
   */
  update(done: number, total?: number, note?: string): void;
  stop(): void;
}

/**
 * @param unit what is counted; `bytes` are shown as megabytes
 * @param rate also shows how many of them are done in a second
 * @param quiet draws nothing
 */
export function startProgress(
  { bars }: Terminal,
  label: string,
  total: number,
  {
    unit = 'pairs',
    rate = false,
    quiet = false,
    now = Date.now,
  }: { unit?: string; rate?: boolean; quiet?: boolean; now?: () => number } = {},
): Progress {
  if (bars === undefined || quiet) return { update: () => undefined, stop: () => undefined };
  const megabytes = unit === 'bytes';
  const scaled = (count: number) => (megabytes ? Math.round(count / 1e5) / 10 : count);
  const bar = new SingleBar({
    format: `${label} {bar} {value}/{total} ${megabytes ? 'MB' : unit}${rate ? ', {rate}/s' : ''}, {eta_formatted} left{note}`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 28,
    clearOnComplete: true,
    // The bar has the text INF or NULL for a time that it cannot tell, and would cut a letter off it.
    formatTime: (seconds, options, step) =>
      Number.isFinite(seconds) ? Format.TimeFormat(seconds, options, step) : '?',
    linewrap: true, // else an interrupted program leaves the terminal with line wrapping switched off
    stream: bars,
  });
  const start = now();
  let isShown = false;
  let first: number | undefined; // what was done before the first call is not this run's speed
  return {
    update(done, newTotal = total, note = '') {
      first ??= done;
      const elapsed = now() - start;
      if (!isShown && elapsed < QUIET_MS) return;
      const perSecond = Math.round(scaled((1000 * (done - first)) / elapsed));
      const payload = { rate: perSecond, note: note === '' ? '' : `, ${note}` };
      if (!isShown) bar.start(scaled(newTotal), scaled(first), payload);
      isShown = true;
      bar.setTotal(scaled(newTotal));
      bar.update(scaled(done), payload);
    },
    stop() {
      if (isShown) bar.stop();
    },
  };
}
