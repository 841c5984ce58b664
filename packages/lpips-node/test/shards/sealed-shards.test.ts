import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tempDir } from '../../../../test/support/temp-dir.js';
import { makePlan, type PlacedPlan, pathInPlan, readPlan, writePlan } from '../../src/shards/plan.js';
import { runShards } from '../../src/shards/run-shards.js';
import { commitShard, findShard, readShardContent } from '../../src/shards/sealed-shards.js';
import type { ShardContent, ShardMaker } from '../../src/shards/shard-kind.js';
import { checkComplete, rangesOf, verifyShards } from '../../src/shards/verify-shards.js';

const DIGEST = 'a'.repeat(64);

function planIn(base: string, shards = 3): PlacedPlan {
  const plan = makePlan({
    kind: 'count',
    tool: 'test 1',
    folder: '.',
    inputs: {},
    identity: { net: 'none' },
    notes: {},
    shards: Array.from({ length: shards }, (_, index) => ({
      name: `part-${index}.safetensors`,
      size: 2,
      contents: DIGEST,
      part: index,
    })),
  });
  return { plan, base };
}

const content = (value: number): ShardContent => ({
  tensors: new Map([['value', { shape: [1], data: Float32Array.of(value) }]]),
  metadata: { value: `${value}` },
});

function makerOf(made: string[] = []): ShardMaker {
  return {
    async *make(shards) {
      for (const shard of shards) {
        made.push(shard.name);
        yield { shard, content: content(Number(shard.part)) };
      }
    },
    dispose: () => undefined,
  };
}

function shardAt({ plan }: PlacedPlan, index: number) {
  const shard = plan.shards[index];
  if (shard === undefined) throw new Error(`no shard ${index}`);
  return shard;
}

describe('a sealed shard', () => {
  it('gives back what was put in, and states the processor', async () => {
    const placed = planIn(await tempDir());
    const shard = shardAt(placed, 0);
    expect(await findShard(placed, shard)).toEqual({ state: 'missing' });
    expect(await commitShard(placed, shard, content(7), 'x64 avx2')).toBe(true);
    expect(await findShard(placed, shard)).toEqual({ state: 'sealed', processor: 'x64 avx2' });
    expect((await readShardContent(placed, shard)).tensors.get('value')?.data).toEqual(Float32Array.of(7));
  });

  it('of two writers, the first wins: its file stays as it is', async () => {
    const placed = planIn(await tempDir());
    const shard = shardAt(placed, 0);
    const won = await Promise.all(
      Array.from({ length: 8 }, (_, writer) => commitShard(placed, shard, content(writer), 'x64 avx2')),
    );
    expect(won.filter(Boolean)).toHaveLength(1);
    expect((await readShardContent(placed, shard)).metadata['value']).toBe(`${won.indexOf(true)}`);
    expect(await readdir(placed.base)).toEqual([shard.name]);
  });

  it('that is damaged or made from something else does not count, and is replaced', async () => {
    const placed = planIn(await tempDir());
    const shard = shardAt(placed, 0);
    await commitShard(placed, shard, content(1));
    const path = join(placed.base, shard.name);
    const bytes = await readFile(path);
    bytes[bytes.length - 2] = bytes.readUInt8(bytes.length - 2) ^ 1;
    await writeFile(path, bytes);
    expect(await findShard(placed, shard)).toMatchObject({ state: 'damaged' });
    expect(await commitShard(placed, shard, content(2))).toBe(true);
    const other = { ...placed, plan: { ...placed.plan, identity: { net: 'another' } } };
    expect((await findShard(other, shard)).state).toBe('outdated');
    expect(await commitShard(other, shard, content(3))).toBe(true);
    expect((await findShard(placed, shard)).state).toBe('outdated');
  });
});

describe('the shards of a plan', () => {
  it('are made in order, and kept by the next run', async () => {
    const placed = planIn(await tempDir());
    const made: string[] = [];
    await runShards(placed, makerOf(made), [shardAt(placed, 1)]);
    expect(await runShards(placed, makerOf(made))).toEqual({ made: 4, kept: 2, total: 6, renewed: 0 });
    expect(made).toEqual([1, 0, 2].map((index) => `part-${index}.safetensors`));
    expect((await runShards(placed, makerOf(made))).made).toBe(0);
  });

  it('are verified before they are joined: what is missing is named, as --shards takes it', async () => {
    const placed = planIn(await tempDir(), 5);
    await runShards(placed, makerOf(), [shardAt(placed, 1)]);
    await writeFile(join(placed.base, 'part-3.safetensors'), 'cut off');
    const verified = await verifyShards(placed);
    expect(() => checkComplete('count', placed, verified)).toThrow(
      `count: cannot join ${placed.base}: 4 of 5 shards are not there: 0 part-0.safetensors (missing), ` +
        '2 part-2.safetensors (missing), 3 part-3.safetensors (damaged), 4 part-4.safetensors (missing). ' +
        'Run --shards 0,2-4, then --merge again.',
    );
    await runShards(placed, makerOf());
    expect((await verifyShards(placed)).lacking).toEqual([]);
  });

  it('tell which processors made them', async () => {
    const placed = planIn(await tempDir());
    for (const [index, processor] of ['x64 avx2', 'x64 avx512f', 'x64 avx2'].entries()) {
      await commitShard(placed, shardAt(placed, index), content(index), processor);
    }
    const { processors } = await verifyShards(placed);
    expect([...processors]).toEqual([
      ['x64 avx2', 2],
      ['x64 avx512f', 1],
    ]);
  });
});

it.each([
  [[], ''],
  [[4], '4'],
  [[0, 1, 2, 5, 7, 8], '0-2,5,7-8'],
])('the numbers %j are %s', (numbers, text) => {
  expect(rangesOf(numbers)).toBe(text);
});

describe('a plan', () => {
  it('is read as it was written', async () => {
    const { plan, base } = planIn(await tempDir());
    await writePlan(join(base, 'plan.json'), plan);
    expect(await readPlan(join(base, 'plan.json'))).toEqual({ plan, base });
  });

  it('is refused if it is missing, damaged, of another format, or names a file outside its folder', async () => {
    const { plan, base } = planIn(await tempDir());
    const path = join(base, 'plan.json');
    await expect(readPlan(path)).rejects.toThrow(`readPlan: expected a plan for ${path}, got no such file.`);
    const text = JSON.stringify(plan);
    for (const damaged of [
      text.slice(0, 50),
      text.replace('"format":1', '"format":2'),
      text.replace('part-1', '../part-1'),
      text.replace('part-1', 'part-0'),
      text.replace('part-1', '.part-1'),
      text.replace(DIGEST, 'none'),
      'null',
    ]) {
      expect(damaged).not.toBe(text);
      await writeFile(path, damaged);
      await expect(readPlan(path)).rejects.toThrow(
        `readPlan: expected a plan of format 1 for ${path}, got another or a damaged file.`,
      );
    }
  });

  it('has paths relative to its folder, with slashes', () => {
    expect(pathInPlan('/farm/job/frames', '/farm/job')).toBe('frames');
    expect(pathInPlan('/farm/data', '/farm/job')).toBe('../data');
    expect(pathInPlan('/farm/job', '/farm/job')).toBe('.');
  });
});
