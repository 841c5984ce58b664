/**
 * What TypeScript takes, gives and refuses of this package. It is compiled here, and by `test/packed-packages.test.ts` against the
 * declarations that users get. None of it is run.
 */

import {
  distill,
  type Extraction,
  extract,
  jndTable,
  OFFICIAL_RECIPE,
  type PhotographFolder,
  parseNpy,
  type Recipe,
  type ScoreTable,
  type Split,
  type SynthesisManifest,
  synthesize,
  type Task,
  type TrainedRun,
  trainHeads,
  twoAfcScore,
  twoAfcTable,
} from 'bapps-train';
import { expectTypeOf } from 'expect-type';

type Lpips = Parameters<typeof extract>[0];

expectTypeOf<Split>().toEqualTypeOf<'train' | 'val' | 'test'>();
expectTypeOf<Task>().toEqualTypeOf<'2afc' | 'jnd'>();
expectTypeOf<Recipe['learningRate']>().toEqualTypeOf<number | 'auto'>();
expectTypeOf(OFFICIAL_RECIPE.learningRate).toEqualTypeOf<number>();

export async function calibrates(lpips: Lpips, photographs: PhotographFolder): Promise<void> {
  expectTypeOf(await extract(lpips, 'bapps', 'features', { size: 64 })).toEqualTypeOf<Extraction>();
  const recipe: Recipe = { ...OFFICIAL_RECIPE, learningRate: 'auto' };
  expectTypeOf(await trainHeads('features', 'run', { recipe, seed: 2 })).toEqualTypeOf<TrainedRun>();
  const made = await synthesize('photographs', 'bapps', lpips, { train: 100, val: 20 });
  expectTypeOf(made).toEqualTypeOf<SynthesisManifest>();
  expectTypeOf(await distill(photographs, lpips, { seed: 1, cacheDir: 'cache' })).toEqualTypeOf(
    lpips.weights,
  );
  // @ts-expect-error: where the features are written
  await extract(lpips, 'bapps');
  // @ts-expect-error: a learning rate is a number or "auto"
  await trainHeads('features', 'run', { recipe: { ...OFFICIAL_RECIPE, learningRate: 'fast' } });
  // @ts-expect-error: the seed is explicit
  await distill(photographs, lpips, { cacheDir: 'cache' });
  // @ts-expect-error: there is no such family
  await synthesize('photographs', 'bapps', lpips, { families: ['sepia'] });
}

export function scores(numbers: Float32Array): void {
  expectTypeOf(twoAfcScore({ d0: [0.1], d1: numbers, judge: [1] })).toEqualTypeOf<number>();
  expectTypeOf(twoAfcTable([])).toEqualTypeOf<ScoreTable>();
  expectTypeOf(jndTable([], { draws: 100, seed: 1 })).toEqualTypeOf<ScoreTable>();
  // @ts-expect-error: what people judged
  twoAfcScore({ d0: [0.1], d1: [0.2] });
  // @ts-expect-error: a path is not read here
  parseNpy('judge.npy');
}
