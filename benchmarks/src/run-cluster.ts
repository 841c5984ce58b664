/**
 * @module
 * `npm run bench:cluster`: one worker and two on a queue, measured on this machine, then up to 100 by a model with the measured
 * times. Needs `redis-server`.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { at, cannot } from 'lpips-core';
import { parseFlags, runProgram, UsageError } from 'lpips-node/command-line';
import sharp from 'sharp';
import { type ClusterModel, simulate, whatLimits } from './cluster-model.js';
import { describeMachine } from './machine.js';
import { inTemporaryFolder } from './temporary-folder.js';

const CLI = join(
  dirname(createRequire(import.meta.url).resolve('lpips-node/package.json')),
  'dist',
  'cli.js',
);
const HELP = `One worker and two on a queue of shards, measured, and up to 100 by a model with the measured times.

  --side N       width and height of the pictures (default 256)
  --shards N     shards of 20 pairs that are measured (default 8)
  --storage N    megabytes a second of the shared storage, for the model (default 500)
  --port N       port of the Redis that it starts (default 7379)
  --help         this
`;
const PAIRS_PER_SHARD = 20;
/** Shards of the modelled plan, and numbers of its workers. */
const [MODEL_SHARDS, WORKERS] = [2000, [1, 2, 5, 10, 20, 50, 100]] as const;

interface Options {
  readonly side: number;
  readonly shards: number;
  readonly storage: number;
  readonly port: number;
}

/** A measured run. */
interface Measured {
  /** From the first shard taken to the last one done, over all workers. */
  readonly seconds: number;
  readonly shardSeconds: readonly number[];
  /** Seconds of the processor that Redis took. */
  readonly redisSeconds: number;
}

await runProgram<Options>({
  name: 'bench:cluster',
  help: HELP,
  readOptions: (args) => {
    const text = { type: 'string' } as const;
    const { values } = parseFlags({
      args: [...args],
      options: { side: text, shards: text, storage: text, port: text, help: { type: 'boolean' } },
    });
    if (values.help === true) return undefined;
    const number = (name: 'side' | 'shards' | 'storage' | 'port', preset: number) => {
      const value = Number(values[name] ?? preset);
      if (Number.isSafeInteger(value) && value > 0) return value;
      throw new UsageError(`expected a whole number from 1 up for --${name}, got "${values[name]}".`);
    };
    return {
      side: number('side', 256),
      shards: number('shards', 8),
      storage: number('storage', 500),
      port: number('port', 7379),
    };
  },
  run: async (options, terminal) => {
    terminal.out(`${describeMachine()}\n`);
    await inTemporaryFolder(async (folder) => {
      const bytes = await makePictures(folder, options);
      const redis = await startRedis(options.port);
      try {
        const [one, two] = [await measure(folder, options, 1), await measure(folder, options, 2)];
        const what = `${options.shards} shards of ${PAIRS_PER_SHARD} pairs of ${options.side}x${options.side}, lite on wasm, one thread a worker`;
        terminal.out(`${what}\n  1 worker   ${one.seconds.toFixed(2)} s\n`);
        terminal.out(
          `  2 workers  ${two.seconds.toFixed(2)} s, ${(one.seconds / two.seconds).toFixed(2)} times as fast\n`,
        );
        const computed = one.shardSeconds.reduce((sum, seconds) => sum + seconds, 0);
        const model: ClusterModel = {
          shardSeconds: one.shardSeconds,
          shards: MODEL_SHARDS,
          shardBytes: (2 * bytes) / options.shards, // for the digest, and to decode
          storageBytesPerSecond: 1e6 * options.storage,
          queueSeconds: one.redisSeconds / options.shards,
          gapSeconds: Math.max(0, (one.seconds - computed) / options.shards),
        };
        terminal.out(
          `a shard: ${(1000 * (computed / options.shards)).toFixed(0)} ms of computation, ` +
            `${(1000 * model.gapSeconds).toFixed(1)} ms between two, ${(1000 * model.queueSeconds).toFixed(1)} ms of Redis, ` +
            `${(model.shardBytes / 1e6).toFixed(1)} MB\n`,
        );
        terminal.out(`the model, ${MODEL_SHARDS} shards, storage of ${options.storage} MB/s\n`);
        terminal.out(table(model));
      } finally {
        redis.kill('SIGKILL');
      }
    });
  },
});

function table(model: ClusterModel): string {
  const alone = simulate(model, 1).seconds;
  return WORKERS.map((workers) => {
    const run = simulate(model, workers);
    const speed = (alone / run.seconds).toFixed(1).padStart(5);
    const busy = `storage ${(100 * run.storageBusy).toFixed(0)} %, queue ${(100 * run.queueBusy).toFixed(0)} % busy`;
    return `  ${`${workers}`.padStart(3)} workers  ${speed} times as fast, ${busy}; limited by ${whatLimits(run, model.shards, workers)}\n`;
  }).join('');
}

/** @returns bytes of all pictures */
async function makePictures(folder: string, { side, shards }: Options): Promise<number> {
  let bytes = 0;
  for (const name of ['out', 'truth']) await mkdir(join(folder, name));
  for (let pair = 0; pair < shards * PAIRS_PER_SHARD; pair++) {
    const noise = { type: 'gaussian', mean: 128, sigma: 30 } as const;
    const picture = sharp({
      create: { width: side, height: side, channels: 3, background: '#888', noise },
    }).blur(2);
    const truth = await picture
      .clone()
      .png()
      .toFile(join(folder, 'truth', `${pair}.png`));
    const out = await picture
      .clone()
      .blur(1)
      .png()
      .toFile(join(folder, 'out', `${pair}.png`));
    bytes += truth.size + out.size;
  }
  return bytes;
}

async function startRedis(port: number): Promise<ChildProcess> {
  const redis = spawn('redis-server', ['--port', `${port}`, '--bind', '127.0.0.1', '--save', ''], {
    stdio: 'ignore',
  });
  redis.on('error', () => undefined);
  for (let tries = 0; tries < 100; tries++) {
    if (
      spawnSync('redis-cli', ['-p', `${port}`, 'ping'])
        .stdout?.toString()
        .startsWith('PONG')
    )
      return redis;
    await sleep(50);
  }
  throw cannot(
    'bench:cluster',
    'start redis-server',
    'it does not answer',
    'Install the package redis-server.',
  );
}

async function measure(folder: string, { port }: Options, count: number): Promise<Measured> {
  const url = `redis://127.0.0.1:${port}`;
  const workers = Array.from({ length: count }, () => startWorker(url));
  await Promise.all(workers.map(({ isReady }) => isReady));
  const before = redisSeconds(port);
  const plan = join(folder, `plan-${count}.json`);
  const args = ['folder', join(folder, 'out'), join(folder, 'truth'), '--net', 'lite', '--backend', 'wasm'];
  const filler = spawn(process.execPath, [CLI, ...args, '--plan', plan, '--queue', url, '--quiet'], {
    stdio: 'ignore',
  });
  const code = await new Promise((resolve) => filler.once('exit', resolve));
  if (code !== 0)
    throw cannot('bench:cluster', 'compare the pictures', `lpips folder ended with ${String(code)}`);
  const spent = redisSeconds(port) - before;
  for (const { child } of workers) child.kill('SIGKILL');
  const shards = workers.flatMap(({ shards }) => shards);
  const start = Math.min(...shards.map(({ end, seconds }) => end - seconds));
  const end = Math.max(...shards.map((shard) => shard.end));
  return { seconds: end - start, shardSeconds: shards.map(({ seconds }) => seconds), redisSeconds: spent };
}

function startWorker(url: string) {
  const child = spawn(process.execPath, [CLI, 'work', url, '--workers', '1'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const shards: { end: number; seconds: number }[] = [];
  const isReady = new Promise<void>((resolve) => {
    child.stderr.on('data', (chunk: Buffer) => {
      const text = chunk.toString();
      if (text.includes('waits for shards')) resolve();
      for (const [, seconds] of text.matchAll(/: (\d+\.\d+) s$/gm)) {
        shards.push({ end: performance.now() / 1000, seconds: Number(seconds) });
      }
    });
  });
  return { child, shards, isReady };
}

/** Seconds of the processor that Redis has taken so far. */
function redisSeconds(port: number): number {
  const info = spawnSync('redis-cli', ['-p', `${port}`, 'info', 'cpu']).stdout?.toString() ?? '';
  const numbers = Array.from(info.matchAll(/^used_cpu_(?:sys|user):([\d.]+)/gm), (match) =>
    Number(at(match, 1)),
  );
  return numbers.reduce((sum, seconds) => sum + seconds, 0);
}
