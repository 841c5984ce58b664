/**
 * @module
 * The heads among the weights of a network: what their state-dict names begin with, and how many weights each has; and the
 * other 1x1 convolutions.
 */
import { type NetName, type WeightMap, weightShapes } from 'lpips-core';
import { backboneOf, tapChannels } from 'lpips-core/equation';

/** Whether a weight of this state-dict name is a head: `lin0.model.1.weight`. */
export function isHeadName(name: string): boolean {
  return /^lin\d+\./.test(name);
}

/** The heads among some weights, in their order. */
export function headsAmong(weights: WeightMap): WeightMap {
  return new Map([...weights].filter(([name]) => isHeadName(name)));
}

/** The kernels of all 1x1 convolutions among some weights: heads, and those of the trunk, which SqueezeNet alone has. */
export function oneByOneAmong(weights: WeightMap): WeightMap {
  return new Map([...weights].filter(([, { shape }]) => isOneByOne(shape)));
}

/** Whether the trunk of a net has 1x1 convolutions. */
export function hasOneByOneTrunk(net: NetName): boolean {
  return [...weightShapes(net)].some(([name, shape]) => !isHeadName(name) && isOneByOne(shape));
}

function isOneByOne(shape: readonly number[]): boolean {
  return shape.length === 4 && shape[2] === 1 && shape[3] === 1; // [out, in, height, width]
}

/** Channels of each tap of a net, which are the weights of each head. */
export function channelsOfTaps(net: NetName): number[] {
  return tapChannels(backboneOf('channelsOfTaps', net));
}
