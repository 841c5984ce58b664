/**
 * @module
 * `work`: takes shards from a queue until it is told to stop, or tells what is in the queue.
 */
import { printable, printableMessage } from 'lpips-core';
import type { Argv } from 'yargs';
import { EXIT, type ExitCode } from '../command-line/exit-code.js';
import { jsonOption, offlineOption, quietOption } from '../command-line/flags.js';
import { countOption, workersOption } from '../command-line/numbers.js';
import type { Terminal } from '../command-line/terminal.js';
import type { PlanStatus } from '../queue/queue-status.js';
import type { ShardKind } from '../shards/shard-kind.js';
import { type FolderMap, mapOption, mappedPath } from './mapped-path.js';
import { redisOption } from './plan-options.js';

/** So many shards that are set aside have their reason shown. */
const MOST_REASONS = 20;

/** How often a worker that is told to stop looks whether Redis is away. */
const AWAY_MS = 1000;

/** A command that works. */
export interface WorkCommand {
  /** As its user types it, such as `lpips work`. */
  readonly command: string;
  readonly kinds: readonly ShardKind[];
  /** The program that makes shards: it calls `serveShards`. */
  readonly process: URL;
}

/** Arguments of `work`. */
export interface WorkArguments {
  readonly redis: string;
  readonly status: boolean;
  readonly map: FolderMap | undefined;
  readonly weights: string | undefined;
  readonly workers: number | undefined;
  readonly lock: number;
  readonly untilIdle: boolean;
  readonly offline: boolean;
  readonly quiet: boolean;
  readonly json: boolean;
}

/** Options and help of `work`. */
export function workOptions<Options>(parser: Argv<Options>) {
  const text = (describe: string) => ({ describe, string: true, requiresArg: true }) as const;
  return parser
    .positional('redis', {
      describe: 'address of the Redis, such as redis://host:6379',
      type: 'string',
      demandOption: true,
      coerce: (value: string) => redisOption('redis', value),
    })
    .option('status', {
      describe: 'tell how far every plan is and what is set aside, and end',
      boolean: true,
      default: false,
    })
    .option('map', {
      ...text('/mnt/farm=/data: the shared folder has the second path here'),
      coerce: (value: string | undefined) => (value === undefined ? undefined : mapOption(value)),
    })
    .option('weights', text('folder of weights files on this machine'))
    .option('workers', {
      ...text('threads on wasm and cpu (default: as many as there are cores)'),
      coerce: workersOption,
    })
    .option(
      'lock',
      countOption('--lock', 'seconds after which the shard of a silent worker goes to another', 30, 1),
    )
    .option('until-idle', {
      describe: 'end once nothing is left to do',
      boolean: true,
      default: false,
    })
    .option('offline', offlineOption)
    .option('quiet', quietOption)
    .option('json', { ...jsonOption, describe: 'with --status, one JSON object on stdout' })
    .example('$0 work redis://queue:6379', 'on every machine')
    .example('$0 work redis://queue:6379 --status', 'how far everything is')
    .epilogue(
      'Stops after the shard in work on Ctrl-C or SIGTERM, and at once the second time. A plan of another version, or of weights ' +
        'or data that differ here, is refused.',
    );
}

/** Takes shards, or prints the state of the queue. */
export async function runWork(
  { command, kinds, process: program }: WorkCommand,
  options: WorkArguments,
  terminal: Terminal,
): Promise<ExitCode> {
  const { connect } = await import('../queue/redis.js');
  const redis = await connect(options.redis);
  const tell = (note: string) => {
    if (!options.quiet) terminal.error(`${command}: ${printableMessage(note)}\n`);
  };
  try {
    if (options.status) {
      const { queueStatus } = await import('../queue/queue-status.js');
      const plans = await queueStatus(redis);
      terminal.out(options.json ? `${JSON.stringify({ plans })}\n` : statusText(plans));
      return EXIT.done;
    }
    const [{ takeShards }, { ShardProcess }] = await Promise.all([
      import('../queue/take-shards.js'),
      import('../queue/shard-process.js'),
    ]);
    const maker = new ShardProcess(program);
    const stop = new AbortController();
    const end = (code: ExitCode) => {
      maker.kill();
      process.exit(code);
    };
    const release = onSignals(() => {
      if (stop.signal.aborted) end(EXIT.failed);
      stop.abort();
      tell('stops after the shard in work. Once more stops at once.');
      setInterval(() => {
        // Nobody hears that the last shard is done, but its file is there.
        if (redis.status !== 'ready' && !maker.isBusy) end(EXIT.done);
      }, AWAY_MS).unref();
    });
    let isAway = false;
    redis.on('close', () => {
      if (!isAway) tell('Redis is away. It goes on when Redis is back.');
      isAway = true;
    });
    redis.on('ready', () => {
      isAway = false;
    });
    tell(`waits for shards of ${kinds.map(({ name }) => name).join(', ')}.`);
    try {
      const made = await takeShards(redis, {
        kinds: new Map(kinds.map(({ name, tool }) => [name, tool])),
        process: maker,
        placeOf: (path) => mappedPath(path, options.map),
        offline: options.offline,
        weights: options.weights,
        workers: options.workers,
        lockMs: 1000 * options.lock,
        untilIdle: options.untilIdle,
        stop: stop.signal,
        onNote: tell,
        onShard: (plan, { name, seconds, won }) =>
          tell(`${name} of ${plan.path}: ${seconds.toFixed(1)} s${won ? '' : ', was there'}`),
      });
      terminal.out(`${made} shard${made === 1 ? '' : 's'} made\n`);
      return EXIT.done;
    } finally {
      release();
      maker.kill();
    }
  } finally {
    redis.removeAllListeners('close');
    redis.disconnect();
  }
}

/** Has a function called on the signals that stop a process, in place of its end. @returns what undoes that */
function onSignals(stop: () => void): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, stop);
  return () => {
    for (const signal of signals) process.off(signal, stop);
  };
}

function statusText(plans: readonly PlanStatus[]): string {
  if (plans.length === 0) return 'no plans\n';
  return plans.map(planText).join('');
}

function planText({
  path,
  kind,
  tool,
  shards,
  done,
  waiting,
  retrying,
  inWork,
  setAside,
}: PlanStatus): string {
  const lines = [
    `${printable(path)}  ${kind} by ${printable(tool)}`,
    `  ${done} of ${shards} shards done, ${waiting} waiting, ${inWork.length} in work, ` +
      `${retrying} to be tried again, ${setAside.length} set aside`,
    ...inWork.map(
      ({ name, worker, seconds }) =>
        `  in work: ${printable(name)} on ${printable(worker)} for ${seconds.toFixed(0)} s`,
    ),
    ...setAside
      .slice(0, MOST_REASONS)
      .map(
        ({ index, name, reason, attempts }) =>
          `  set aside: ${index} ${printable(name)} after ${attempts} attempts: ${printableMessage(reason)}`,
      ),
  ];
  if (setAside.length > MOST_REASONS)
    lines.push(`  and ${setAside.length - MOST_REASONS} more are set aside`);
  return `${lines.join('\n')}\n`;
}
