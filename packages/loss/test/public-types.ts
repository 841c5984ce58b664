/**
 * What TypeScript takes, gives and refuses of this package. It is compiled here, and by `test/packed-packages.test.ts` against the
 * declarations that users get. None of it is run.
 */
import {
  mean,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor4D,
  type Variable,
} from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { expectTypeOf } from 'expect-type';
import {
  type AdversarialKind,
  adaptiveWeight,
  adversarialWeight,
  cacheTargets,
  type DiagonalGaussian,
  discriminatorLoss,
  generatorLoss,
  lpipsLoss,
  type PixelLoss,
  patchDiscriminator,
  reconstructionLoss,
  type SampleLoss,
  type TargetCache,
  vaeLoss,
  videoLpipsLoss,
} from 'lpips-loss';

type Lpips = Parameters<typeof lpipsLoss>[0];

expectTypeOf<SampleLoss>().toEqualTypeOf<(yTrue: Tensor, yPred: Tensor) => Tensor1D>();
expectTypeOf<PixelLoss>().toEqualTypeOf<'l1' | 'l2' | 'charbonnier'>();
expectTypeOf<AdversarialKind>().toEqualTypeOf<'hinge' | 'vanilla' | 'non-saturating'>();

export function makesLosses(lpips: Lpips, targets: Tensor4D, model: LayersModel): void {
  const cache = cacheTargets(lpips, targets, { batchSize: 8, range: [0, 1] });
  expectTypeOf(cache).toEqualTypeOf<TargetCache>();
  const loss = lpipsLoss(lpips, { targets: cache, range: [0, 1], seed: 3 });
  expectTypeOf(loss).toEqualTypeOf<SampleLoss>();
  model.compile({ optimizer: 'adam', loss, metrics: [lpipsLoss(lpips)] });
  expectTypeOf(reconstructionLoss({ lpips, pixel: 'l2', pixelWeight: 2 })).toEqualTypeOf<SampleLoss>();
  expectTypeOf(videoLpipsLoss(lpips, { frames: 2 })).toEqualTypeOf<SampleLoss>();
  // @ts-expect-error: a loss needs the metric
  lpipsLoss({ range: [0, 1] });
  // @ts-expect-error: there is no such range
  lpipsLoss(lpips, { range: [0, 2] });
  // @ts-expect-error: the metric is not optional
  reconstructionLoss({ pixel: 'l1' });
  // @ts-expect-error: there is no such pixel loss
  reconstructionLoss({ lpips, pixel: 'huber' });
  // @ts-expect-error: a mask is for single images
  videoLpipsLoss(lpips, { mask: targets });
}

export function trainsAgainst(fake: Tensor, code: DiagonalGaussian, layer: Variable, lpips: Lpips): void {
  expectTypeOf(generatorLoss('hinge', fake)).toEqualTypeOf<Tensor1D>();
  expectTypeOf(discriminatorLoss('vanilla', fake, fake)).toEqualTypeOf<Tensor1D>();
  expectTypeOf(patchDiscriminator({ inputShape: [64, 64, 3], depth: 2 })).toEqualTypeOf<LayersModel>();
  expectTypeOf(adversarialWeight(10)).toEqualTypeOf<number>();
  const term = (): Scalar => mean(generatorLoss('hinge', fake));
  expectTypeOf(adaptiveWeight(term, term, layer)).toEqualTypeOf<Scalar>();
  expectTypeOf(vaeLoss({ lpips, klWeight: 1e-6 })(fake, fake, code, 3)).toEqualTypeOf<Tensor1D>();
  // @ts-expect-error: there is no such adversarial loss
  generatorLoss('wasserstein', fake);
  // @ts-expect-error: a discriminator compares two
  discriminatorLoss('hinge', fake);
  // @ts-expect-error: height, width and channels
  patchDiscriminator({ inputShape: [64, 64] });
  // @ts-expect-error: the code is not optional
  vaeLoss({ lpips })(fake, fake);
}
