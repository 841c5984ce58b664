/**
 * Addresses of a Redis: what is refused, in which words, and that no password is in them.
 */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { suiteWithRedis } from '../../../../test/support/redis.js';
import { redisOption } from '../../src/plan-commands/plan-options.js';
import { withoutPassword } from '../../src/queue/address.js';
import { connect } from '../../src/queue/redis.js';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** Has Node.js find no package of one name. */
const hidden = (name: string) => {
  const hooks = `export async function resolve(specifier, context, next) {
    if (specifier === ${JSON.stringify(name)}) throw Object.assign(new Error('none'), { code: 'ERR_MODULE_NOT_FOUND' });
    return await next(specifier, context);
  }`;
  const hooksUrl = `data:text/javascript,${encodeURIComponent(hooks)}`;
  return `data:text/javascript,${encodeURIComponent(`import { register } from 'node:module'; register(${JSON.stringify(hooksUrl)});`)}`;
};

it.each(['bullmq', 'ioredis'])('lpips work without %s says at once what to install', (name) => {
  const args = ['--import', hidden(name), CLI, 'work', 'redis://127.0.0.1:1'];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect([status, stderr]).toEqual([
    1,
    `queue: cannot load ${name}: it is not installed. Run "npm install bullmq ioredis".\n`,
  ]);
});

describe('the address of a Redis', () => {
  it.each(['redis://host', 'redis://host:6379/', 'rediss://user:word@host:6380/3'])(
    '%s is one',
    (address) => {
      expect(redisOption('--queue', address)).toBe(address);
    },
  );

  it.each(['redis://host/abc', 'redis://host/-1', 'redis://host/1/2', 'http://host', 'redis://'])(
    '%s is none',
    (address) => {
      expect(() => redisOption('--queue', address)).toThrow(
        'expected an address like redis://host:6379 for --queue',
      );
    },
  );

  it.each(['redis://:word@host', 'redis://:wo@rd@host', 'redis://:wo/rd@host', 'redis://user:w/o@r/d@host'])(
    'is shown without its password: %s',
    (address) => {
      expect(withoutPassword(address)).toBe('redis://host');
    },
  );

  it('of a server that is too old is refused', async () => {
    const info = 'redis_version:6.0.20\r\nloading:0\r\n';
    const server = createServer((socket: Socket) => {
      socket.on('data', (data) => {
        for (const _ of data.toString().matchAll(/\*\d+\r/g)) socket.write(`$${info.length}\r\n${info}\r\n`);
      });
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    await expect(connect(`redis://127.0.0.1:${port}`)).rejects.toThrow(
      `queue: expected Redis 6.2 or newer for redis://127.0.0.1:${port}, got 6.0.20.`,
    );
  });
});

suiteWithRedis('a Redis with a password', (redis) => {
  it('names what is wrong: no password, another one, a database that it does not have', async () => {
    const { port, url } = redis();
    await expect(connect(`${url}/99`)).rejects.toThrow(
      `cannot connect to ${url}/99: ERR DB index is out of range`,
    );
    spawnSync('redis-cli', ['-p', `${port}`, 'config', 'set', 'requirepass', 'w@rd']);
    await expect(connect(url)).rejects.toThrow(
      `queue: cannot connect to ${url}: it asks for a password. Give the password in the address, ` +
        'as redis://:PASSWORD@host:6379, with %40 for @ and %2F for a slash.',
    );
    await expect(connect(`redis://:w%40r@127.0.0.1:${port}`)).rejects.toThrow(
      `queue: cannot connect to ${url}: it refuses the password. Give`,
    );
    (await connect(`redis://:w%40rd@127.0.0.1:${port}`)).disconnect();
  });
});
