/**
 * @module
 * A backbone is data: a table of operations, some of them taps, that one function walks. Reading a table in order
 * gives the network; the weight names are torchvision's.
 */
import { concatChannels } from '../operations/concat-channels.js';
import { type ConvGeometry, type ConvReluWeights, convRelu } from '../operations/conv-relu.js';
import { maxPool, type PoolGeometry } from '../operations/max-pool.js';
import type { Images } from '../operations/stack.js';

/** Networks whose features LPIPS compares. */
export type NetName = 'lite' | 'alex' | 'squeeze' | 'vgg';

/** A convolution with bias and relu; its weights are `<name>.weight` and `<name>.bias`. */
export interface ConvRelu extends ConvGeometry {
  operation: 'convRelu';
  name: string;
}

/** SqueezeNet's module: a 1x1 convolution, then a 1x1 and a 3x3 convolution of its result side by side. */
interface Fire {
  operation: 'fire';
  squeeze: ConvRelu;
  expand1x1: ConvRelu;
  expand3x3: ConvRelu;
}

interface MaxPool extends PoolGeometry {
  operation: 'maxPool';
}

/** One row of a backbone's table. `isTap` marks those whose activations are compared. */
export type Operation = (ConvRelu | Fire | MaxPool) & { isTap?: true };

/** A network as data. */
export interface Backbone {
  net: NetName;
  /** Whether LPIPS 0.1's scaling layer stands before it. */
  scalingLayer: boolean;
  operations: readonly Operation[];
}

/** A backbone and the weights of its convolutions, by their names. */
export interface Network {
  readonly backbone: Backbone;
  readonly convolutions: ReadonlyMap<string, ConvReluWeights>;
}

/** The weights of a convolution. */
export function weightsOf(convolutions: Network['convolutions'], { name }: ConvRelu): ConvReluWeights {
  const found = convolutions.get(name);
  if (!found) throw new Error(`weightsOf: no weights for ${name}`);
  return found;
}

/** A row for a convolution of `kernel` x `kernel`, by default 3x3 that keeps the size. */
export function conv(
  name: string,
  channelsIn: number,
  out: number,
  {
    kernel = 3,
    stride = 1,
    padding = (kernel - 1) / 2,
  }: Partial<Pick<ConvGeometry, 'kernel' | 'stride' | 'padding'>> = {},
): ConvRelu {
  return { operation: 'convRelu', name, in: channelsIn, out, kernel, stride, padding };
}

/** A row for max pooling, by default 2x2 windows that do not overlap. */
export function pool({ size = 2, stride = 2, ceil = false } = {}): MaxPool {
  return { operation: 'maxPool', size, stride, ceil };
}

/** A row for a fire module that gives `2 * expand` channels. */
export function fire(name: string, channelsIn: number, squeeze: number, expand: number): Fire {
  return {
    operation: 'fire',
    squeeze: conv(`${name}.squeeze`, channelsIn, squeeze, { kernel: 1 }),
    expand1x1: conv(`${name}.expand1x1`, squeeze, expand, { kernel: 1 }),
    expand3x3: conv(`${name}.expand3x3`, squeeze, expand),
  };
}

/** The row, marked as a tap. */
export function tap<Row extends Operation>(row: Row): Row & { isTap: true } {
  return { ...row, isTap: true };
}

/** Every convolution of a backbone, in the order of its table. */
export function convolutions({ operations }: Backbone): ConvRelu[] {
  return operations.flatMap((row) => {
    if (row.operation === 'fire') return [row.squeeze, row.expand1x1, row.expand3x3];
    return row.operation === 'convRelu' ? [row] : [];
  });
}

/** Channels of each tap, in order. */
export function tapChannels({ operations }: Backbone): number[] {
  return operations
    .filter((row) => row.isTap)
    .map((row) => {
      if (row.operation === 'fire') return row.expand1x1.out + row.expand3x3.out;
      return row.operation === 'convRelu' ? row.out : 0;
    });
}

/** How a row looks along one axis at what is before it: windows of `size` every `stride` pixels, over zeros at the edges. */
export interface WindowGeometry {
  readonly size: number;
  readonly stride: number;
  /** Zeros before the first pixel and after the last. */
  readonly padding: number;
  /** Whether a last window that is not full counts. */
  readonly ceil: boolean;
}

/** The window of a row. A fire module looks as far as its widest convolution. */
export function windowOf(row: Operation): WindowGeometry {
  if (row.operation === 'maxPool') return { size: row.size, stride: row.stride, padding: 0, ceil: row.ceil };
  const { kernel, stride, padding } = row.operation === 'fire' ? row.expand3x3 : row;
  return { size: kernel, stride, padding, ceil: false };
}

/** Heights of the taps of an image of this height, or widths of its width; those of the taps that it does not reach are left out. */
export function tapSizes({ operations }: Backbone, size: number): number[] {
  const sizes: number[] = [];
  let side = size;
  for (const row of operations) {
    const { size: window, stride, padding, ceil } = windowOf(row);
    side = (ceil ? Math.ceil : Math.floor)((side + 2 * padding - window) / stride) + 1;
    if (side < 1) break;
    if (row.isTap) sizes.push(side);
  }
  return sizes;
}

/** Least height and width of an image that reaches the last tap. */
export function smallestSize(backbone: Backbone): number {
  const taps = tapChannels(backbone).length;
  let size = 1;
  while (tapSizes(backbone, size).length < taps) size++;
  return size;
}

/**
 * Walks a backbone and yields the activations of each tap. An activation is disposed as soon as the next one is
 * made (what a gradient needs is kept by the tape), so take what you want of it before asking for the next.
 *
 * @param images float32 `[batch, height, width, 3]` after the scaling layer, or several such batches; not disposed
 */
export function* taps<X extends Images>(
  { operations }: Backbone,
  weights: ReadonlyMap<string, ConvReluWeights>,
  images: X,
): Generator<X> {
  const apply = (row: ConvRelu, x: X): X => convRelu(x, weightsOf(weights, row));
  let activation = images;
  for (const row of operations) {
    const previous = activation;
    if (row.operation === 'convRelu') activation = apply(row, previous);
    else if (row.operation === 'maxPool') activation = maxPool(previous, row);
    else {
      const squeezed = apply(row.squeeze, previous);
      const [narrow, wide] = [apply(row.expand1x1, squeezed), apply(row.expand3x3, squeezed)];
      activation = concatChannels(narrow, wide);
      for (const used of [squeezed, narrow, wide]) used.dispose();
    }
    if (previous !== images) previous.dispose();
    if (row.isTap) yield activation;
  }
  activation.dispose();
}
