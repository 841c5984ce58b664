/**
 * What a queue must survive, with a real Redis and processes that are killed, stopped, cut off or full. In the end the files are
 * those that one machine makes.
 */
import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { suiteWithRedis } from '../../../../test/support/redis.js';
import { queueStatus } from '../../src/queue/queue-status.js';
import { connect } from '../../src/queue/redis.js';
import { bytesIn, countingJob, finish, onOneMachine, pidOf, startWorker, untilStatus } from './workers.js';

/** A network of the test's own: a pair of interfaces, one of which is in a namespace. */
const NETWORK = { namespace: `lpips${process.pid}`, here: `lph${process.pid}`, there: `lpt${process.pid}` };
const SUBNET = `10.213.${process.pid % 250}`;
const [HERE, THERE] = [`${SUBNET}.1`, `${SUBNET}.2`];

/** Makes the network. @returns whether this machine allows it */
function makeNetwork(): boolean {
  const { namespace, here, there } = NETWORK;
  const steps = [
    `netns add ${namespace}`,
    `link add ${here} type veth peer name ${there} netns ${namespace}`,
    `addr add ${HERE}/24 dev ${here}`,
    `link set ${here} up`,
    `-n ${namespace} addr add ${THERE}/24 dev ${there}`,
    `-n ${namespace} link set ${there} up`,
  ];
  return steps.every((step) => ip(step));
}

function ip(step: string): boolean {
  return spawnSync('ip', step.split(' ')).status === 0;
}

const hasNetwork = makeNetwork();
afterAll(() => {
  ip(`link del ${NETWORK.here}`);
  ip(`netns del ${NETWORK.namespace}`);
});

/** Whether a file system of the test's own can be mounted. */
const canMount = spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;

/** For what a process says that has yet to start, where many others run. */
const PATIENCE_MS = 120_000;

suiteWithRedis(
  'a queue of shards',
  (redis) => {
    it('ends with the same bytes as one machine where a worker of three is killed in the middle of a shard', async () => {
      const { url } = redis();
      const job = await countingJob(12);
      await job.hold(5);
      for (let worker = 0; worker < 3; worker++) startWorker(url, { lock: 1 });
      const done = finish(url, job);
      const { inWork } = await untilStatus(url, (status) => status.done === 11 && status.inWork.length === 1);
      const [held] = inWork;
      expect(held?.name).toBe('part-5.safetensors');
      process.kill(pidOf(held?.worker ?? ''), 'SIGKILL');
      await sleep(500); // its process for shards notices, and ends
      expect((await bytesIn(job.folder)).size).toBe(11);
      await job.release(5);
      await done;
      expect(await bytesIn(job.folder)).toEqual(await onOneMachine(job));
    });

    it.each([
      ['has forgotten everything', false],
      ['has its data', true],
    ])('ends with the same bytes where Redis is started again and %s', async (_, keepsData) => {
      const { url, save, stop, start } = redis();
      const notes: string[] = [];
      const job = await countingJob(8);
      for (const number of [6, 7]) await job.hold(number);
      const workers = [startWorker(url), startWorker(url)];
      const done = finish(url, job, (note) => notes.push(note));
      await untilStatus(url, (status) => status.done === 6 && status.inWork.length === 2);
      if (keepsData) save();
      await stop();
      await sleep(300);
      await start();
      for (const number of [6, 7]) await job.release(number);
      await done;
      expect(await bytesIn(job.folder)).toEqual(await onOneMachine(job));
      expect(workers.map(({ child }) => child.exitCode)).toEqual([null, null]);
      expect(workers.map((worker) => worker.notes()).join('')).toContain('Redis is away');
      expect(notes).toEqual(['Redis is away. Workers finish the shards that they have.']); // once
    });

    const way = hasNetwork
      ? 'whose network is cut'
      : 'that is stopped (network namespaces are not allowed here)';
    it(`gives the shard of a worker ${way} to another, and the first sealed file wins`, async () => {
      const { url, port } = redis();
      const job = await countingJob(1);
      await job.hold(0);
      const lost = hasNetwork
        ? startWorker(`redis://${HERE}:${port}`, {
            lock: 1,
            prefix: ['ip', 'netns', 'exec', NETWORK.namespace],
          })
        : startWorker(url, { lock: 1 });
      const done = finish(url, job);
      await untilStatus(url, ({ inWork }) => inWork.length === 1);
      const cut = () => (hasNetwork ? ip(`link set ${NETWORK.here} down`) : lost.child.kill('SIGSTOP'));
      const mend = () => (hasNetwork ? ip(`link set ${NETWORK.here} up`) : lost.child.kill('SIGCONT'));
      expect(cut()).toBe(true);
      const other = startWorker(url, { lock: 1 });
      await untilStatus(url, ({ inWork }) => inWork.some(({ worker }) => pidOf(worker) === other.pid));
      await job.release(0); // both go on with it
      await done;
      expect(mend()).toBe(true);
      await expect.poll(() => lost.notes(), { timeout: PATIENCE_MS }).toMatch(/part-0/);
      const reports = `${lost.notes()}${other.notes()}`.match(/part-0.*(s|was there)$/gm);
      expect(reports).toHaveLength(2);
      expect(reports?.filter((line) => line.endsWith('was there'))).toHaveLength(1);
      expect(await bytesIn(job.folder)).toEqual(await onOneMachine(job));
    });

    it('sets a poisoned shard aside with its reason, and goes on with the rest', async () => {
      const { url } = redis();
      const job = await countingJob(5, [2]);
      const worker = startWorker(url);
      await expect(finish(url, job)).rejects.toThrow(
        'count: cannot finish: 1 of 5 shards failed again and again: 2 part-2.safetensors (number 2 is poisoned.). ' +
          'Mend what is wrong and start the command again: it goes on.',
      );
      expect([...(await bytesIn(job.folder)).keys()]).toEqual(
        [0, 1, 3, 4].map((number) => `part-${number}.safetensors`),
      );
      const { setAside } = await untilStatus(url, () => true);
      expect(setAside).toEqual([
        { index: 2, name: 'part-2.safetensors', reason: 'number 2 is poisoned.', attempts: 3 },
      ]);
      expect(worker.notes()).toMatch(/part-2.safetensors: number 2 is poisoned\. It is set aside\./);
    });

    it('is left alone by a worker of another version, which says why', async () => {
      const { url } = redis();
      await forget(url);
      const job = await countingJob(2);
      const old = startWorker(url, { tool: 'count 0' });
      const done = finish(url, job);
      await expect
        .poll(() => old.notes(), { timeout: PATIENCE_MS })
        .toContain(`count work: ${job.path} is refused: it is a plan by count 1, and this is count 0.`);
      expect(await bytesIn(job.folder)).toEqual(new Map());
      startWorker(url);
      await done;
      expect((await bytesIn(job.folder)).size).toBe(2);
    });

    it.runIf(canMount)('goes on where the disk of one worker is full', async () => {
      const { url } = redis();
      await forget(url);
      const job = await countingJob(3);
      const mount = `mount -t tmpfs -o size=4k,nr_inodes=2 tmpfs ${job.folder} && echo > ${job.folder}/full; exec "$@"`;
      const full = startWorker(url, { prefix: ['unshare', '--mount', 'sh', '-c', mount, 'sh'] });
      const done = finish(url, job);
      await expect.poll(() => full.notes(), { timeout: PATIENCE_MS }).toContain('the disk is full');
      startWorker(url);
      full.child.kill('SIGTERM');
      await done;
      expect(await bytesIn(job.folder)).toEqual(await onOneMachine(job));
      expect(await full.ended).toBe(0);
    });

    it('has nothing in Redis once the plan is done, and workers end after the shard in work when they are told to', async () => {
      const { url } = redis();
      await forget(url);
      const job = await countingJob(2);
      await job.hold(1);
      const worker = startWorker(url);
      const done = finish(url, job);
      await untilStatus(url, (status) => status.done === 1 && status.inWork.length === 1);
      worker.child.kill('SIGINT');
      await sleep(300);
      expect(worker.child.exitCode).toBeNull();
      await job.release(1);
      expect(await worker.ended).toBe(0);
      await done;
      const connection = await connect(url);
      expect(await queueStatus(connection)).toEqual([]);
      expect(await connection.keys('*')).toEqual([]);
      connection.disconnect();
    });
  },
  [HERE],
);

it('a Redis that is not there is named, without its password', async () => {
  await expect(connect('redis://user:secret@127.0.0.1:1')).rejects.toThrow(
    'queue: cannot connect to redis://127.0.0.1:1: nothing listens there. Start redis-server, or correct the address.',
  );
});

/** Empties Redis of what an earlier test has left there. */
async function forget(url: string): Promise<void> {
  const connection = await connect(url);
  await connection.flushall();
  connection.disconnect();
}
