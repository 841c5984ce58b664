/**
 * The losses in a captured step: to the last bit what they are in the step as it is.
 */
import { readFile } from 'node:fs/promises';
import {
  initializers,
  layers,
  mean,
  reshape,
  type Scalar,
  sequential,
  type Tensor,
  type Tensor4D,
  tidy,
  train,
  valueAndGrad,
} from '@tensorflow/tfjs';
import { Lpips, liteWeightsUrl, parseSafetensors } from 'lpips-core';
import { selectBackend } from 'lpips-node';
import { captureStep } from 'tfjs-fused-training';
import { beforeAll, describe, expect, it } from 'vitest';
import { suiteOnBackend } from '../../../test/support/backends.js';
import { type ReconstructionLossOptions, reconstructionLoss, videoLpipsLoss } from '../src/index.js';
import { seededImages } from './support/wasm.js';

const STEPS = 30;

for (const backend of ['tensorflow', 'wasm'] as const) {
  await suiteOnBackend('losses in a captured step', backend, (name) => {
    describe(name, () => {
      let lpips: Lpips;
      beforeAll(async () => {
        await selectBackend(backend);
        lpips = Lpips.fromWeights(parseSafetensors(await readFile(liteWeightsUrl)).weights, { net: 'lite' });
      });

      /** Losses of a training, and how many of its steps ran as one operation. */
      function trained(options: Partial<ReconstructionLossOptions>, isCaptured: boolean) {
        const model = sequential({
          layers: [
            layers.conv2d({
              filters: 3,
              kernelSize: 3,
              padding: 'same',
              inputShape: [32, 32, 3],
              kernelInitializer: initializers.glorotNormal({ seed: 1 }),
            }),
          ],
        });
        const optimizer = train.adam(0.01);
        const lossOf = reconstructionLoss({ lpips, ...options });
        const step = (batch: Tensor4D) =>
          optimizer.minimize(() => mean(lossOf(batch, model.apply(batch) as Tensor4D)), true) as Scalar;
        const captured = captureStep(step, {
          onWarning: (message) => {
            throw new Error(message);
          },
        });
        const losses = Array.from({ length: STEPS }, (_, i) => {
          const cost = (isCaptured ? captured : step)(seededImages(2, 32, i));
          return cost.dataSync()[0];
        });
        captured.dispose();
        return { losses, replays: captured.replays };
      }

      it.each<[string, Partial<ReconstructionLossOptions>]>([
        ['L1 + LPIPS', {}],
        ['squared error + LPIPS', { pixel: 'l2' }],
        ['L1 + LPIPS in tiles', { tiles: { side: 16 } }],
        ['a random offset of up to 7 pixels at each step', { randomShift: 7 }],
        ['a random offset of up to 1 pixel at each step', { randomShift: 1, seed: 5 }],
      ])('%s', (_, options) => {
        const captured = trained(options, true);
        expect(captured.losses).toEqual(trained(options, false).losses);
        expect(captured.replays).toBeGreaterThan(STEPS / 2);
      });

      it('LPIPS of two frames of a clip, drawn at each step', () => {
        const clips = (seed: number) => reshape(seededImages(8, 16, seed), [2, 4, 16, 16, 3]);
        const losses = [true, false].map((isCaptured) => {
          const lossOf = videoLpipsLoss(lpips, { frames: 2, seed: 3 });
          const slopeOf = (target: Tensor, rebuilt: Tensor) =>
            valueAndGrad((x: Tensor) => mean(lossOf(target, x)))(rebuilt).grad;
          const step = captureStep(slopeOf);
          const slopes = Array.from({ length: STEPS }, (_, i) => {
            const pair = [clips(2 * i), clips(2 * i + 1)] as const;
            return (isCaptured ? step(...pair) : tidy(() => slopeOf(...pair))).dataSync();
          });
          expect(step.replays).toBeGreaterThan(isCaptured ? STEPS / 2 : -1);
          step.dispose();
          return slopes;
        });
        expect(losses[0]).toEqual(losses[1]);
      });
    });
  });
}
