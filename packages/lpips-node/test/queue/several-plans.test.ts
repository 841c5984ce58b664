/**
 * Workers with more than one plan, with a machine that is at fault, and with a Redis that is away.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { suiteWithRedis } from '../../../../test/support/redis.js';
import { queueStatus } from '../../src/queue/queue-status.js';
import { connect } from '../../src/queue/redis.js';
import { writePlan } from '../../src/shards/plan.js';
import { bytesIn, countingJob, finish, startWorker, untilStatus } from './workers.js';

/** The state of every plan. */
async function statusOf(url: string) {
  const connection = await connect(url);
  return await queueStatus(connection).finally(() => connection.disconnect());
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(50);
}

suiteWithRedis('workers', (redis) => {
  it('finish two copies of a plan, each in its own folder', async () => {
    const { url } = redis();
    const [one, other] = [await countingJob(3), await countingJob(3)];
    await writePlan(other.path, one.plan);
    startWorker(url);
    await Promise.all([finish(url, one), finish(url, { ...other, plan: one.plan })]);
    expect((await bytesIn(one.folder)).size).toBe(3);
    expect(await bytesIn(other.folder)).toEqual(await bytesIn(one.folder));
    expect(await statusOf(url)).toEqual([]);
  });

  it('go to another plan while the last shard of one is in work elsewhere', async () => {
    const { url } = redis();
    const [slow, next] = [await countingJob(1), await countingJob(2)];
    await slow.hold(0);
    const workers = [startWorker(url), startWorker(url)];
    const done = finish(url, slow);
    await untilStatus(url, ({ inWork }) => inWork.length === 1);
    await finish(url, next);
    expect((await bytesIn(next.folder)).size).toBe(2);
    await slow.release(0);
    await done;
    expect(workers.map(({ child }) => child.exitCode)).toEqual([null, null]);
  });

  it('leave a plan for a while where several shards in a row failed, so that one bad machine does not spoil all of them', async () => {
    const { url } = redis();
    const all = Array.from({ length: 8 }, (_, number) => number);
    const job = await countingJob(8);
    // What this worker is told of the shards is wrong, as on a machine that sees other files.
    const bad = startWorker(url, { poison: all });
    const done = finish(url, job);
    await until(() => bad.notes().includes('is refused: 3 shards in a row failed here'));
    const [status] = await statusOf(url);
    expect(status?.setAside).toEqual([]);
    expect((status?.waiting ?? 0) + (status?.retrying ?? 0)).toBe(8);
    startWorker(url);
    await done;
    expect((await bytesIn(job.folder)).size).toBe(8);
  });

  it('set a shard aside whose worker dies each time, and say so', async () => {
    const { url } = redis();
    const job = await countingJob(1);
    await job.hold(0);
    const done = finish(url, job).catch((error: unknown) => error);
    for (let death = 0; death < 3; death++) {
      const worker = startWorker(url, { lock: 1 });
      await untilStatus(url, ({ inWork }) =>
        inWork.some(({ worker: name }) => name.endsWith(`:${worker.pid}`)),
      );
      worker.child.kill('SIGKILL');
    }
    startWorker(url, { lock: 1 });
    const [aside] = (await untilStatus(url, ({ setAside }) => setAside.length === 1)).setAside;
    expect(aside).toMatchObject({ index: 0, reason: 'its worker died or was cut off, again and again' });
    expect(aside?.attempts).toBeGreaterThan(0);
    expect(String(await done)).toContain('(its worker died or was cut off, again and again)');
    await job.release(0);
    await finish(url, job); // another chance
  });

  it('end when they are told to though Redis is away, with and without a shard in work', async () => {
    const { url, stop, start } = redis();
    const job = await countingJob(1);
    await job.hold(0);
    const busy = startWorker(url);
    const done = finish(url, job);
    await untilStatus(url, ({ inWork }) => inWork.length === 1);
    const idle = startWorker(url);
    await until(() => idle.notes().includes('waits for shards'));
    await stop();
    for (const { child } of [busy, idle]) child.kill('SIGTERM');
    expect(await idle.ended).toBe(0);
    expect(busy.child.exitCode).toBeNull();
    await job.release(0);
    expect(await busy.ended).toBe(0);
    expect((await bytesIn(job.folder)).size).toBe(1);
    await start();
    await done;
  });
});
