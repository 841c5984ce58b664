/**
 * @module
 * Suites with a real Redis of their own, on a free port of the loopback. Where `redis-server` is missing they are skipped under a
 * name that says so; where `LPIPS_REDIS=required` is set, as in CI after its install, they fail instead.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe } from 'vitest';
import { leaveOut } from './leave-out.js';

/** A Redis that keeps nothing on disk: once it is started again, it has forgotten everything, unless it was told to save it. */
export interface TestRedis {
  readonly url: string;
  readonly port: number;
  /** Where it saves. */
  readonly folder: string;
  save: () => void;
  stop: () => Promise<void>;
  start: () => Promise<void>;
}

/**
 * A suite that has a Redis of its own.
 *
 * @param bind addresses that it listens on beside 127.0.0.1, as far as there are such
 */
export function suiteWithRedis(
  name: string,
  suite: (redis: () => TestRedis) => void,
  bind: readonly string[] = [],
): void {
  if (spawnSync('redis-server', ['--version']).status !== 0) {
    leaveOut(name, {
      reason: 'there is no redis-server',
      isRequired: process.env['LPIPS_REDIS'] === 'required',
      need: 'needs Redis',
      advice: 'Install the package redis-server.',
    });
    return;
  }
  describe(name, () => {
    let redis: TestRedis | undefined;
    beforeAll(async () => {
      redis = await startRedis(bind);
    });
    afterAll(async () => {
      await redis?.stop();
      if (redis) await rm(redis.folder, { recursive: true });
    });
    suite(() => {
      if (redis === undefined) throw new Error('the suite has not begun');
      return redis;
    });
  });
}

async function startRedis(bind: readonly string[]): Promise<TestRedis> {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'lpips-redis-'));
  let server: ChildProcess | undefined;
  const redis: TestRedis = {
    url: `redis://127.0.0.1:${port}`,
    port,
    folder,
    save: () => void spawnSync('redis-cli', ['-p', `${port}`, 'save']),
    start: async () => {
      const addresses = ['127.0.0.1', ...bind.map((address) => `-${address}`)];
      const options = ['--port', `${port}`, '--bind', ...addresses, '--protected-mode', 'no'];
      server = spawn('redis-server', [...options, '--dir', folder, '--save', '', '--appendonly', 'no'], {
        stdio: 'ignore',
      });
      for (let tries = 0; !answers(port); tries++) {
        if (tries > 200) throw new Error('redis-server does not answer');
        await sleep(50);
      }
      await rm(join(folder, 'dump.rdb'), { force: true }); // loaded, and of no later start
    },
    stop: async () => {
      const ending = server;
      server = undefined;
      if (ending === undefined) return;
      const ended = new Promise((resolve) => ending.once('exit', resolve));
      ending.kill('SIGKILL');
      await ended;
    },
  };
  await redis.start();
  return redis;
}

function answers(port: number): boolean {
  return (
    spawnSync('redis-cli', ['-p', `${port}`, 'ping'])
      .stdout?.toString()
      .trim() === 'PONG'
  );
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
