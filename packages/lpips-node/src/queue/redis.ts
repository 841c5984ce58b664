/**
 * @module
 * The connection to Redis. `ioredis` and `bullmq` are optional peers: they are loaded only if a queue is asked for.
 */
import type { Redis } from 'ioredis';
import { cannot, invalid, LpipsError } from 'lpips-core';
import { codeOf, firstLine } from '../errors/foreign-error.js';
import { withoutPassword } from './address.js';

/** BullMQ's scripts use commands of this version. */
const LEAST_VERSION = [6, 2] as const;
/** After that long without an answer there is no Redis at an address. */
const CONNECT_MS = 10_000;
const MOST_RETRY_MS = 5000;

/**
 * Connects to Redis. Once connected, it waits for a Redis that goes away and connects again.
 *
 * @param address `redis://host:6379`, or `rediss://` for TLS
 * @returns the connection; the caller calls `disconnect`
 * @throws LpipsError if there is none, it refuses, or it is older than 6.2; where `bullmq` or `ioredis` is not installed
 */
export async function connect(address: string): Promise<Redis> {
  const shown = withoutPassword(address);
  await loadBullmq(); // before a worker waits for hours without it
  const { Redis } = await optional('ioredis', () => import('ioredis'));
  let isConnected = false;
  const redis = new Redis(address, {
    lazyConnect: true,
    connectTimeout: CONNECT_MS,
    maxRetriesPerRequest: null,
    retryStrategy: (times) => (isConnected ? Math.min(200 * times, MOST_RETRY_MS) : null),
  });
  let fault: unknown;
  redis.on('error', (error: unknown) => {
    fault = error; // while it is away; the commands wait
  });
  try {
    await redis.connect();
    checkVersion(await redis.info('server'), shown);
    if (fault !== undefined) throw fault; // it answers, but not with the database of the address
    isConnected = true;
    return redis;
  } catch (error) {
    redis.disconnect();
    if (error instanceof LpipsError) throw error;
    const { why, advice } = explain(fault ?? error);
    throw cannot('queue', `connect to ${shown}`, why, advice);
  }
}

/** Why there is no connection, and what to do. */
function explain(fault: unknown): { why: string; advice: string } {
  const why = firstLine(fault).replace(/\.+$/, '');
  if (codeOf(fault) === 'ECONNREFUSED') {
    return { why: 'nothing listens there', advice: 'Start redis-server, or correct the address.' };
  }
  if (/^(NOAUTH|WRONGPASS)\b|invalid password|without any password configured/.test(why)) {
    const advice =
      'Give the password in the address, as redis://:PASSWORD@host:6379, with %40 for @ and %2F for a slash.';
    return { why: why.startsWith('NOAUTH') ? 'it asks for a password' : 'it refuses the password', advice };
  }
  return { why, advice: 'Start redis-server, or correct the address.' };
}

/** Loads BullMQ. @throws LpipsError if it is not installed */
export async function loadBullmq(): Promise<typeof import('bullmq')> {
  return await optional('bullmq', () => import('bullmq'));
}

async function optional<Module>(name: string, load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    if (codeOf(error) !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw cannot('queue', `load ${name}`, 'it is not installed', 'Run "npm install bullmq ioredis".');
  }
}

function checkVersion(info: string, shown: string): void {
  const [, version = '', major, minor] = /^redis_version:((\d+)\.(\d+)\S*)/m.exec(info) ?? [];
  const isNew =
    Number(major) > LEAST_VERSION[0] ||
    (Number(major) === LEAST_VERSION[0] && Number(minor) >= LEAST_VERSION[1]);
  if (!isNew)
    throw invalid('queue', `Redis ${LEAST_VERSION.join('.')} or newer`, shown, version || 'another server');
}
