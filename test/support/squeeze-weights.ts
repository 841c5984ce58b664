/**
 * @module
 * Weights in the shapes of SqueezeNet 1.1, the smallest official net, with numbers of no meaning, and files of them
 * as their publishers would offer them. So the whole way from a server to the metric runs without official weights.
 */
import { createHash } from 'node:crypto';
import type { Weight, WeightMap } from 'lpips-core';
import type { OfficialFile } from 'lpips-node';
import { type Format, fileOf, floatStorage, stateDict, tensor } from './pytorch-bytes.js';

/** Name, channels in, squeezed, expanded, as in torchvision. */
const FIRES: readonly [string, number, number, number][] = [
  ['features.3', 64, 16, 64],
  ['features.4', 128, 16, 64],
  ['features.6', 128, 32, 128],
  ['features.7', 256, 32, 128],
  ['features.9', 256, 48, 192],
  ['features.10', 384, 48, 192],
  ['features.11', 384, 64, 256],
  ['features.12', 512, 64, 256],
];
const TAP_CHANNELS = [64, 128, 256, 384, 384, 512, 512];

/** `features.*`, small numbers of both signs. */
export function squeezeBackbone(): WeightMap {
  const shapes: [string, number[]][] = [conv('features.0', 3, 64, 3)].flat();
  for (const [name, channelsIn, squeezed, expanded] of FIRES) {
    shapes.push(
      ...conv(`${name}.squeeze`, channelsIn, squeezed, 1),
      ...conv(`${name}.expand1x1`, squeezed, expanded, 1),
      ...conv(`${name}.expand3x3`, squeezed, expanded, 3),
    );
  }
  return fill(shapes, (i) => (((i * 7919) % 1000) - 500) / 5000);
}

/** `lin*`, none negative. */
export function squeezeHeads(): WeightMap {
  const shapes = TAP_CHANNELS.map((channels, i): [string, number[]] => [
    `lin${i}.model.1.weight`,
    [1, channels, 1, 1],
  ]);
  return fill(shapes, (i) => (i % 10) / 10);
}

/** A state dict in one of PyTorch's formats. */
export function pytorchFileOf(weights: WeightMap, format: Format = 'pytorch-zip'): Uint8Array {
  const storages = [...weights.values()].map(({ data }, i) => floatStorage(`${i}`, data));
  const tensors = [...weights].map(([name, { shape }], i): [string, Uint8Array] => {
    const storage = storages[i];
    if (!storage) throw new RangeError('no storage');
    return [name, tensor(storage, format, shape)];
  });
  return fileOf(format, stateDict(tensors), storages);
}

/** An entry for the catalogue, with the digest of `bytes`. */
export function catalogued(
  file: Pick<OfficialFile, 'net' | 'part' | 'path' | 'version'>,
  bytes: Uint8Array,
  baseUrl = 'http://127.0.0.1:1',
): OfficialFile {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const digits = file.part === 'backbone' ? sha256.slice(0, 8) : sha256;
  const url = `${baseUrl}/${file.path}`;
  return { ...file, url, sha256: digits, bytes: bytes.length, licence: 'none' };
}

function conv(name: string, channelsIn: number, out: number, kernel: number): [string, number[]][] {
  return [
    [`${name}.weight`, [out, channelsIn, kernel, kernel]],
    [`${name}.bias`, [out]],
  ];
}

function fill(shapes: readonly [string, number[]][], value: (index: number) => number): WeightMap {
  return new Map(
    shapes.map(([name, shape]): [string, Weight] => {
      const size = shape.reduce((product, side) => product * side, 1);
      return [name, { shape, data: Float32Array.from({ length: size }, (_, i) => value(i)) }];
    }),
  );
}
