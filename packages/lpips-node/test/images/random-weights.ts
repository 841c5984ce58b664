/**
 * @module
 * Seeded weights of the right shapes for a net. They replace the published ones where memory or time is measured, which do
 * not depend on the values.
 */
import { at, type NetName, type Weight, type WeightMap } from 'lpips-core';

type Convolution = readonly [name: string, channelsIn: number, out: number, kernel: number];

const CONVOLUTIONS: Readonly<Record<NetName, readonly Convolution[]>> = {
  lite: chain([0, 3, 6, 9, 11], [3, 16, 32, 64, 96, 128], [3, 3, 3, 3, 3]),
  alex: chain([0, 3, 6, 8, 10], [3, 64, 192, 384, 256, 256], [11, 5, 3, 3, 3]),
  vgg: chain(
    [0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28],
    [3, 64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512],
    Array.from({ length: 13 }, () => 3),
  ),
  squeeze: [
    ['features.0', 3, 64, 3],
    ...fire(3, 64, 16, 64),
    ...fire(4, 128, 16, 64),
    ...fire(6, 128, 32, 128),
    ...fire(7, 256, 32, 128),
    ...fire(9, 256, 48, 192),
    ...fire(10, 384, 48, 192),
    ...fire(11, 384, 64, 256),
    ...fire(12, 512, 64, 256),
  ],
};

const TAP_CHANNELS: Readonly<Record<NetName, readonly number[]>> = {
  lite: [16, 32, 64, 96, 128],
  alex: [64, 192, 384, 256, 256],
  vgg: [64, 128, 256, 512, 512],
  squeeze: [64, 128, 256, 384, 384, 512, 512],
};

/** Weights of a net: convolutions as He et al. initialise them, heads of 0.1. */
export function randomWeights(net: NetName): WeightMap {
  let seed = 1;
  const next = () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 31 - 1;
  };
  const weights = new Map<string, Weight>();
  for (const [name, channelsIn, out, kernel] of CONVOLUTIONS[net]) {
    const fanIn = channelsIn * kernel * kernel;
    const bound = Math.sqrt(6 / fanIn);
    const data = new Float32Array(out * fanIn);
    for (let i = 0; i < data.length; i++) data[i] = next() * bound;
    weights.set(`${name}.weight`, { shape: [out, channelsIn, kernel, kernel], data });
    weights.set(`${name}.bias`, { shape: [out], data: new Float32Array(out) });
  }
  for (const [index, channels] of TAP_CHANNELS[net].entries()) {
    const data = new Float32Array(channels).fill(0.1);
    weights.set(`lin${index}.model.1.weight`, { shape: [1, channels, 1, 1], data });
  }
  return weights;
}

function chain(
  places: readonly number[],
  channels: readonly number[],
  kernels: readonly number[],
): Convolution[] {
  return places.map((place, index) => [
    `features.${place}`,
    at(channels, index),
    at(channels, index + 1),
    at(kernels, index),
  ]);
}

function fire(place: number, channelsIn: number, squeeze: number, expand: number): Convolution[] {
  return [
    [`features.${place}.squeeze`, channelsIn, squeeze, 1],
    [`features.${place}.expand1x1`, squeeze, expand, 1],
    [`features.${place}.expand3x3`, squeeze, expand, 3],
  ];
}
