/**
 * @module
 * VGG16 (Simonyan & Zisserman 2015) as in torchvision, up to relu5_3. Taps: relu1_2, 2_2, 3_3, 4_3, 5_3.
 */
import { type Backbone, conv, pool, tap } from './backbone.js';

export const vgg16: Backbone = {
  net: 'vgg',
  scalingLayer: true,
  operations: [
    conv('features.0', 3, 64),
    tap(conv('features.2', 64, 64)),
    pool(),
    conv('features.5', 64, 128),
    tap(conv('features.7', 128, 128)),
    pool(),
    conv('features.10', 128, 256),
    conv('features.12', 256, 256),
    tap(conv('features.14', 256, 256)),
    pool(),
    conv('features.17', 256, 512),
    conv('features.19', 512, 512),
    tap(conv('features.21', 512, 512)),
    pool(),
    conv('features.24', 512, 512),
    conv('features.26', 512, 512),
    tap(conv('features.28', 512, 512)),
  ],
};
