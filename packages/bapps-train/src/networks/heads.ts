/**
 * @module
 * The heads among the weights of a network: what their state-dict names begin with, and how many weights each has.
 */
import type { NetName, WeightMap } from 'lpips-core';
import { backboneOf, tapChannels } from 'lpips-core/equation';

/** Whether a weight of this state-dict name is a head: `lin0.model.1.weight`. */
export function isHeadName(name: string): boolean {
  return /^lin\d+\./.test(name);
}

/** The heads among some weights, in their order. */
export function headsAmong(weights: WeightMap): WeightMap {
  return new Map([...weights].filter(([name]) => isHeadName(name)));
}

/** Channels of each tap of a net, which are the weights of each head. */
export function channelsOfTaps(net: NetName): number[] {
  return tapChannels(backboneOf('channelsOfTaps', net));
}
