/**
 * @module
 * SqueezeNet 1.1 (Iandola et al. 2016) as in torchvision. Taps: relu1, then the fire modules that LPIPS names.
 */
import { type Backbone, conv, fire, pool, tap } from './backbone.js';

export const squeezenet: Backbone = {
  net: 'squeeze',
  scalingLayer: true,
  operations: [
    tap(conv('features.0', 3, 64, { stride: 2, padding: 0 })),
    pool({ size: 3, ceil: true }),
    fire('features.3', 64, 16, 64),
    tap(fire('features.4', 128, 16, 64)),
    pool({ size: 3, ceil: true }),
    fire('features.6', 128, 32, 128),
    tap(fire('features.7', 256, 32, 128)),
    pool({ size: 3, ceil: true }),
    tap(fire('features.9', 256, 48, 192)),
    tap(fire('features.10', 384, 48, 192)),
    tap(fire('features.11', 384, 64, 256)),
    tap(fire('features.12', 512, 64, 256)),
  ],
};
