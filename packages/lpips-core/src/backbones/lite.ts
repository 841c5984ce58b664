/**
 * @module
 * `lite`, this project's own small network, trained to agree with LPIPS-Alex. It is not a published LPIPS: see
 * MODEL_CARD.md. Taps: every relu. No scaling layer.
 */
import { type Backbone, conv, pool, tap } from './backbone.js';

export const lite: Backbone = {
  net: 'lite',
  scalingLayer: false,
  operations: [
    tap(conv('features.0', 3, 16)),
    pool(),
    tap(conv('features.3', 16, 32)),
    pool(),
    tap(conv('features.6', 32, 64)),
    pool(),
    tap(conv('features.9', 64, 96)),
    tap(conv('features.11', 96, 128)),
  ],
};
