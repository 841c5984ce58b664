/**
 * @module
 * Layers of tfjs-layers by fused operations. A layer is hooked by its class, so that models that were built before, or are
 * loaded from a file, take part. What a layer is made of, saves and loads stays as it is. Where the backend does not have
 * the kernels, and for what they do not know, the layer's own method is called.
 */
import {
  conv2d,
  matMul,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tidy,
} from '@tensorflow/tfjs-core';
import type { Activation } from '../operations/activation.js';
import { isTapeOn } from '../operations/differentiable.js';
import { canActivate, fusedActivation, fusedBiasActivation } from '../operations/fused-activation.js';
import { canConvolve, fusedConvolution } from '../operations/fused-convolution.js';
import { fuseStockGradients } from '../operations/stock-gradients.js';
import { ACTIVATION_HOOKS, fusedForm } from './layer-activations.js';
import { type ClassHooks, type RegisteredClass, whenRegistered, wrapMethod } from './layer-classes.js';

/** What is read of a layer. Layers of users' own may have other values under these names. */
interface Layer {
  readonly kernel?: LayerVariable | null;
  readonly bias?: LayerVariable | null;
  readonly activation?: object | null;
  readonly strides?: unknown;
  readonly padding?: unknown;
  readonly dataFormat?: unknown;
  readonly dilationRate?: unknown;
}

interface LayerVariable {
  read(): Tensor;
}

type Call = (this: Layer, inputs: Tensor | Tensor[], options: unknown) => Tensor | Tensor[];

const LAYER_HOOKS: ClassHooks = {
  Conv2D: fuseConvolution,
  Dense: fuseDense,
  Conv2DTranspose: fuseBias,
  DepthwiseConv2D: fuseBias,
  SeparableConv2D: fuseBias,
};

let isFused = false;

/**
 * Makes TensorFlow.js's layers and gradients take the fused kernels of whichever backend is current, where it has them. A
 * second call changes nothing but for gradients that were registered since the first.
 */
export function fuseLayers(): void {
  fuseStockGradients();
  if (isFused) return;
  isFused = true;
  whenRegistered({ ...ACTIVATION_HOOKS, ...LAYER_HOOKS });
}

/** Convolution, bias and activation as one operation. */
function fuseConvolution(registered: RegisteredClass): void {
  wrapMethod<Call>(registered, 'call', (own) => {
    return function (this: Layer, inputs: Tensor | Tensor[], options: unknown) {
      const [x, ...others] = [inputs].flat();
      const filter = this.kernel?.read();
      const bias = this.bias?.read();
      const [strides, dilation] = [pairOf(this.strides), pairOf(this.dilationRate)];
      const { padding } = this;
      const isKnown =
        strides !== undefined &&
        dilation !== undefined &&
        (padding === 'same' || padding === 'valid') &&
        this.dataFormat === 'channelsLast';
      if (!isKnown || !x || !filter || others.length > 0 || !canConvolve(x, filter, bias)) {
        return own.call(this, inputs, options);
      }
      const activation = activationOf(this);
      if (!activation) return own.call(this, inputs, options);
      const [image, weights, sums] = [x as Tensor4D, filter as Tensor4D, bias as Tensor1D | undefined];
      if (dilation.every((rate) => rate === 1)) {
        return fusedConvolution(image, weights, sums, { strides, pad: padding }, activation);
      }
      if (!isTapeOn()) return own.call(this, inputs, options);
      // TensorFlow.js refuses the gradient of a dilated convolution that it has fused, but not that of a plain one.
      return tidy(() => {
        const y = conv2d(image, weights, [...strides], padding, 'NHWC', [...dilation]);
        return sums ? fusedBiasActivation(y, sums, activation) : fusedActivation(y, activation);
      });
    };
  });
}

/** A product of matrices, and its bias and activation as one operation. */
function fuseDense(registered: RegisteredClass): void {
  wrapMethod<Call>(registered, 'call', (own) => {
    return function (this: Layer, inputs: Tensor | Tensor[], options: unknown) {
      const [x, ...others] = [inputs].flat();
      const [kernel, bias] = [this.kernel?.read(), this.bias?.read()];
      const isKnown = isTapeOn() && x?.rank === 2 && x.dtype === 'float32' && others.length === 0;
      if (!isKnown || !kernel || !bias || !canActivate(kernel, bias)) return own.call(this, inputs, options);
      const activation = activationOf(this);
      if (!activation || ('callHook' in this && this.callHook)) return own.call(this, inputs, options);
      return tidy(() => fusedBiasActivation(matMul(x as Tensor2D, kernel as Tensor2D), bias, activation));
    };
  });
}

/** The layer's own sums, and their bias and activation as one operation. */
function fuseBias(registered: RegisteredClass): void {
  wrapMethod<Call>(registered, 'call', (own) => {
    return function (this: Layer, inputs: Tensor | Tensor[], options: unknown) {
      const bias = this.bias?.read();
      const isKnown = isTapeOn() && this.dataFormat === 'channelsLast' && bias !== undefined;
      const activation = isKnown && canActivate(bias) ? activationOf(this) : undefined;
      if (!activation || !bias) return own.call(this, inputs, options);
      const withoutBias: Layer = Object.create(this, {
        bias: { value: null },
        useBias: { value: false },
        activation: { value: null },
      });
      return tidy(() => {
        const [sums] = [own.call(withoutBias, inputs, options)].flat() as [Tensor];
        return fusedBiasActivation(sums, bias, activation);
      });
    };
  });
}

/** A layer without an activation computes its sums. */
function activationOf({ activation }: Layer): Activation | undefined {
  return activation ? fusedForm(activation) : { activation: 'linear', alpha: 0 };
}

function pairOf(value: unknown): readonly [number, number] | undefined {
  const [first, second = first] = [value].flat() as readonly unknown[];
  return typeof first === 'number' && typeof second === 'number' ? [first, second] : undefined;
}
