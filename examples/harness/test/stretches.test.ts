import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { WeightMap } from 'lpips-core';
import { describe, expect, it } from 'vitest';
import { tempDir } from '../../../test/support/temp-dir.js';
import { resumeTraining, type TrainingPlan, trainInStretches } from '../src/stretches.js';

const plan = async (values: Partial<TrainingPlan> = {}): Promise<TrainingPlan> => ({
  program: 'example',
  path: join(await tempDir(), 'checkpoint.safetensors'),
  asked: { steps: 7 },
  steps: 7,
  stretch: 3,
  resume: true,
  ...values,
});
const stateOf = (step: number): WeightMap => new Map([['w', { shape: [1], data: Float32Array.of(step) }]]);
const weightOf = (state: WeightMap | undefined) => state?.get('w')?.data[0];

/** Trains and notes the steps between which each stretch lies, and the weight that it begins with. */
async function train(asked: TrainingPlan) {
  const stretches: (number | undefined)[][] = [];
  const start = await resumeTraining(asked, { step: 0 });
  const end = await trainInStretches(asked, start, async ({ state, standing }, last) => {
    stretches.push([standing.step, last, weightOf(state)]);
    return { state: stateOf(last), standing: { step: last } };
  });
  return { stretches, end };
}

describe('a training in stretches', () => {
  it('7 steps in stretches of 3: the last stretch is shorter, each begins with the state of the one before', async () => {
    const { stretches, end } = await train(await plan());
    expect(stretches).toEqual([
      [0, 3, undefined],
      [3, 6, 3],
      [6, 7, 6],
    ]);
    expect([end.standing, weightOf(end.state)]).toEqual([{ step: 7 }, 7]);
  });

  it('goes on from its checkpoint, and not without resume', async () => {
    const asked = await plan();
    const broken = new Error('stopped');
    const start = await resumeTraining(asked, { step: 0 });
    const stopped = trainInStretches(asked, start, async ({ standing }, last) => {
      if (standing.step > 0) throw broken;
      return { state: stateOf(last), standing: { step: last } };
    });
    await expect(stopped).rejects.toBe(broken);
    const { stretches } = await train(asked);
    expect(stretches).toEqual([
      [3, 6, 3],
      [6, 7, 6],
    ]);
    expect((await train(asked)).stretches).toEqual([]); // it has ended
    expect((await train({ ...asked, resume: false })).stretches).toHaveLength(3);
  });

  it('refuses the checkpoint of a training that was asked something else', async () => {
    const asked = await plan();
    await train(asked);
    await expect(train({ ...asked, asked: { steps: 8 } })).rejects.toThrow(
      `example: expected a checkpoint of {"steps":8} for ${asked.path}, got one of {"steps":7}. ` +
        'Leave out --resume to begin anew, or name another --out.',
    );
  });

  it('writes one file', async () => {
    const asked = await plan();
    await train(asked);
    expect((await stat(asked.path)).isFile()).toBe(true);
  });
});
