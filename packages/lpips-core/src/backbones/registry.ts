/**
 * @module
 * The backbones by name.
 */
import { kindOf } from '../check-options.js';
import { invalid } from '../errors.js';
import { alexnet } from './alexnet.js';
import type { Backbone, NetName } from './backbone.js';
import { lite } from './lite.js';
import { squeezenet } from './squeezenet.js';
import { vgg16 } from './vgg16.js';

const BACKBONES: Readonly<Record<NetName, Backbone>> = {
  lite,
  alex: alexnet,
  squeeze: squeezenet,
  vgg: vgg16,
};

/** Names of all networks. */
export const NET_NAMES = ['lite', 'alex', 'squeeze', 'vgg'] as const satisfies NetName[];

/** @throws LpipsError if there is no such network */
export function backboneOf(where: string, net: NetName): Backbone {
  if (!Object.hasOwn(BACKBONES, net)) {
    throw invalid(where, `one of ${NET_NAMES.join(', ')}`, 'net', kindOf(net));
  }
  return BACKBONES[net];
}
