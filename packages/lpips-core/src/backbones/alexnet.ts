/**
 * @module
 * AlexNet (Krizhevsky 2014, "one weird trick") as in torchvision, convolutions only. Taps: every relu.
 */
import { type Backbone, conv, pool, tap } from './backbone.js';

export const alexnet: Backbone = {
  net: 'alex',
  scalingLayer: true,
  operations: [
    tap(conv('features.0', 3, 64, { kernel: 11, stride: 4, padding: 2 })),
    pool({ size: 3 }),
    tap(conv('features.3', 64, 192, { kernel: 5 })),
    pool({ size: 3 }),
    tap(conv('features.6', 192, 384)),
    tap(conv('features.8', 384, 256)),
    tap(conv('features.10', 256, 256)),
  ],
};
