/**
 * `bapps distill` by a plan: the teacher's labels, in parts and by way of a queue, are those of one run.
 */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadLpips, selectBackend } from 'lpips-node';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { suiteWithRedis } from '../../../../test/support/redis.js';
import { makePictures, makeTargets } from '../../src/distill/make-shards.js';
import { readPhotographs } from '../../src/distill/read-photographs.js';
import { recipeShards, tripletsOf } from '../../src/distill/recipe-triplets.js';
import { TripletCache } from '../../src/distill/triplet-cache.js';
import { paintPhotographs } from '../support/paint-photographs.js';
import { builtBapps } from '../support/run-bapps.js';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
/** More than a shard has. */
const TRIPLETS = 252;
const SEED = 5;

let folder = '';
const at = (...names: string[]) => join(folder, ...names);
const distill = (...more: string[]) => [
  'distill',
  at('photos'),
  '--teacher',
  'lite',
  '--backend',
  'wasm',
  '--seed',
  `${SEED}`,
  '--workers',
  '1',
  '--references',
  `${TRIPLETS}`,
  '--out',
  at('lite.safetensors'),
  '--plan',
  at('plan.json'),
  ...more,
];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bapps-labels-'));
  await mkdir(at('photos'));
  await paintPhotographs(at('photos'), 2);
});
afterAll(() => rm(folder, { recursive: true }));

it('bapps distill --plan writes the shards of labels, makes one, and says what is missing', async () => {
  expect(await builtBapps(...distill())).toMatchObject({
    code: 0,
    out: `${at('plan.json')}  shards 0-1, with ${TRIPLETS} triplets\n`,
  });
  expect(await builtBapps(...distill('--shards', '1'))).toMatchObject({
    code: 0,
    out: 'shards 1 of 2: 2 triplets made, 0 were there\n',
  });
  const early = await builtBapps(...distill('--merge'));
  expect(early.error).toContain('1 of 2 shards are not there: 0 labels-00000.safetensors (missing)');
});

it('bapps distill refuses a plan with --evaluate, and one of other photographs', async () => {
  const measured = ['distill', at('photos'), '--evaluate', at('lite.safetensors'), '--plan', at('p.json')];
  expect(await builtBapps(...measured)).toMatchObject({
    code: 2,
    error: 'bapps: cannot measure by a plan: --plan is given with --evaluate. Leave one of them out.\n',
  });

  await paintPhotographs(at('photos'), 3);
  const changed = await builtBapps(...distill('--shards', '0'));
  expect(changed).toMatchObject({ code: 1 });
  expect(changed.error).toContain(
    'expected the photographs that the plan was made from for photos, got others',
  );
  await rm(at('photos'), { recursive: true });
  await mkdir(at('photos'));
  await paintPhotographs(at('photos'), 2);
});

suiteWithRedis('bapps distill --queue', (redis) => {
  it('has bapps work make the rest, and leaves pictures and labels where training reads them', async () => {
    const { url } = redis();
    const worker = spawn(process.execPath, [CLI, 'work', url, '--offline', '--workers', '1'], {
      stdio: 'ignore',
    });
    try {
      const queued = await builtBapps(...distill('--queue', url));
      expect(queued).toMatchObject({ code: 0 });
      expect(queued.out).toMatch(
        /lite\.safetensors-work {2}252 triplets with their distances by lite 0\.\d\n$/,
      );
    } finally {
      worker.kill('SIGKILL');
    }
    await selectBackend('wasm');
    const teacher = await loadLpips({ net: 'lite' });
    const { photographs, digest } = await readPhotographs(at('photos'));
    await mkdir(at('one'));
    const cache = await TripletCache.open(at('one'), await tripletsOf(digest, SEED, TRIPLETS, teacher));
    const shards = recipeShards(TRIPLETS);
    await makePictures(cache, shards, { photographs, seed: SEED, mixture: 'training' }, { workers: 0 });
    await makeTargets(cache, shards, teacher);
    teacher.dispose();
    const names = [
      'triplets.json',
      ...[0, 1].flatMap((n) => [`recipe-0000${n}.pictures`, `recipe-0000${n}.targets`]),
    ];
    for (const name of names) {
      const [made, alone] = [
        await readFile(at('lite.safetensors-work', name)),
        await readFile(at('one', name)),
      ];
      expect(made.equals(alone), name).toBe(true);
    }
  });
});
