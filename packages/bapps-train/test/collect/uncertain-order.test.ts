import { join } from 'node:path';
import { preference } from 'bapps-train';
import { at } from 'lpips-core';
import { seededRandom } from 'lpips-pictures';
import { beforeEach, describe, expect, it } from 'vitest';
import { tempDir } from '../../../../test/support/temp-dir.js';
import { chooseItem } from '../../src/collect/choose-item.js';
import { UncertainOrder } from '../../src/collect/uncertain-order.js';
import { HeadsCommittee } from '../../src/committee/heads-committee.js';
import { ItemPool } from '../../src/committee/item-pool.js';
import type { TrialItem } from '../../src/votes/trial-items.js';
import { VoteLog } from '../../src/votes/vote-log.js';
import type { VoteRecord } from '../../src/votes/vote-records.js';
import { drawExtraction, TEACHER } from '../support/drawn-extraction.js';

const WEIGHTS = [...TEACHER.values()].flatMap(({ data }) => [...data]);
const TRIPLETS = 120;

let folder = '';
beforeEach(async () => {
  folder = join(await tempDir(), 'vectors');
  await drawExtraction(folder, { train: TRIPLETS, val: 10 });
});

/** Distances of p0 and p1 of a triplet, as the observers see them. */
function distancesOf(pool: ItemPool, row: number): [number, number] {
  const moments = pool.read([row]);
  const channels = WEIGHTS.length;
  const distance = (pair: number) =>
    WEIGHTS.reduce((sum, weight, channel) => sum + weight * at(moments, 2 * pair * channels + channel), 0);
  return [distance(0), distance(1)];
}

function voteOn(pool: ItemPool, row: number, uniform: number): VoteRecord {
  const answer = uniform < preference(...distancesOf(pool, row), 0.3) ? 'p1' : 'p0';
  return {
    kind: 'vote',
    item: at(pool.ids, row),
    answer,
    rater: `r${row}`,
    time: '2026-01-31T09:00:00.000Z',
  };
}

describe('ItemPool', () => {
  it('has the triplets of all splits by their ids', async () => {
    const pool = await ItemPool.open(folder);
    expect(pool.ids.length).toBe(TRIPLETS + 10);
    expect([pool.ids[0], pool.ids.at(-1)]).toEqual(['2afc/train/drawn/0', '2afc/val/drawn/9']);
    expect(pool.rowOf('2afc/val/drawn/3')).toBe(TRIPLETS + 3);
    expect(pool.rowOf('2afc/val/other/3')).toBeUndefined();
    const [first, last] = [pool.read([0]), pool.read([TRIPLETS + 9])];
    expect(pool.read([TRIPLETS + 9, 0])).toEqual(Float32Array.of(...last, ...first));
    pool.close();
  });
});

describe('HeadsCommittee', () => {
  it('disagrees where it has seen no votes more than where it has many, within 0 and 1 bit', async () => {
    const pool = await ItemPool.open(folder);
    const random = seededRandom(3);
    const rows = Array.from({ length: TRIPLETS }, (_, row) => row);
    const vote = (row: number) => ({ row, yes: voteOn(pool, row, random.uniform()).answer === 'p1' });
    const few = await HeadsCommittee.train(pool, rows.slice(0, 10).map(vote), { seed: 1, members: 3 });
    const many = await HeadsCommittee.train(pool, [...rows, ...rows, ...rows].map(vote), {
      seed: 1,
      members: 4,
    });
    const [before, after] = [few.disagreement(rows), many.disagreement(rows)];
    for (const value of [...before, ...after]) {
      expect(value).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThanOrEqual(1);
    }
    const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(after)).toBeLessThan(mean(before) / 2);
    pool.close();
  });

  it('is the same for the same seed and votes', async () => {
    const pool = await ItemPool.open(folder);
    const votes = Array.from({ length: 30 }, (_, row) => ({ row, yes: row % 3 === 0 }));
    const train = async (seed: number) =>
      (await HeadsCommittee.train(pool, votes, { seed, members: 2 })).disagreement([1, 2, 3]);
    const values = await train(7);
    expect(await train(7)).toEqual(values);
    expect(await train(8)).not.toEqual(values);
    pool.close();
  });
});

describe('UncertainOrder', () => {
  it('is unknown until there are votes to learn from, and then puts first what heads disagree on', async () => {
    const pool = await ItemPool.open(folder);
    const log = new VoteLog();
    const faults: string[] = [];
    const order = new UncertainOrder(pool, log, (sentence) => faults.push(sentence));
    const random = seededRandom(4);
    for (let row = 0; row < 49; row++) log.add(voteOn(pool, row, random.uniform()));
    order.update();
    await order.settled();
    expect(order.of(at(pool.ids, 3))).toBeUndefined();
    log.add(voteOn(pool, 49, random.uniform()));
    order.update();
    await order.settled();
    const items = pool.ids.slice(50, TRIPLETS).map((id) => ({ id }) as TrialItem);
    const values = items.map(({ id }) => order.of(id) ?? Number.NaN);
    const choice = { items, log, wanted: 1, underWay: () => 0 };
    const chosen = chooseItem('ann', choice, random, (id) => order.of(id));
    expect(order.of(chosen?.id ?? '')).toBe(Math.max(...values));
    expect(Math.max(...values)).toBeGreaterThan(
      2 * (values.reduce((sum, value) => sum + value, 0) / values.length),
    );
    order.update(); // in vain: there is no new vote
    for (let row = 50; row < 80; row++) log.add(voteOn(pool, row, random.uniform()));
    order.update();
    await order.close(); // in the middle of a training
    expect(faults).toEqual([]);
  });

  it('follows each training: the next triplet is the one on which heads disagree that know all votes so far', async () => {
    const pool = await ItemPool.open(folder);
    const log = new VoteLog();
    const order = new UncertainOrder(pool, log, (sentence) => expect.unreachable(sentence));
    const random = seededRandom(5);
    const items = pool.ids.slice(0, TRIPLETS).map((id) => ({ id }) as TrialItem);
    const firsts: (string | undefined)[] = [];
    for (const [from, to] of [
      [0, 50],
      [50, 75],
      [75, 99], // too few for another training
    ] as const) {
      for (let row = from; row < to; row++) log.add(voteOn(pool, row, random.uniform()));
      order.update();
      await order.settled();
      const trainedOn = log.votes.slice(0, Math.min(to, 75));
      const votes = trainedOn.map(({ answer }, row) => ({ row, yes: answer === 'p1' }));
      const heads = await HeadsCommittee.train(pool, votes, { seed: votes.length });
      const expected = heads.disagreement(items.map((_, row) => row));
      expect(items.map(({ id }) => order.of(id))).toEqual([...expected]);
      const unseen = items.slice(75);
      const choice = { items: unseen, log: new VoteLog(), wanted: 1, underWay: () => 0 };
      const chosen = chooseItem('eve', choice, random, (id) => order.of(id));
      const most = Math.max(...expected.slice(75));
      expect(order.of(chosen?.id ?? '')).toBe(most);
      firsts.push(chosen?.id);
    }
    expect(firsts[0]).not.toBe(firsts[1]); // what 25 votes told is not asked again
    expect(firsts[1]).toBe(firsts[2]);
    await order.close();
  });
});
