/**
 * @module
 * The activations of tfjs-layers' layers. A class is taken for an activation that the kernels know once both have given
 * the same for a few numbers: a user may register a class of another function under the same name.
 */
import { type Tensor, tensor1d, tidy } from '@tensorflow/tfjs-core';
import { ACTIVATIONS, type Activation, type ActivationName } from '../operations/activation.js';
import { canActivate, fusedActivation } from '../operations/fused-activation.js';
import { type ClassHooks, type RegisteredClass, wrapMethod } from './layer-classes.js';

type Apply = (this: object, x: Tensor, ...options: never[]) => Tensor;

interface KnownClass {
  readonly activation: Activation;
  /** The class's own method. */
  readonly apply: Apply;
  /** Undefined until it was tried. */
  agrees?: boolean;
}

const known = new WeakMap<object, KnownClass>();

/** Hooks for the classes of activations. Those of one operation of TensorFlow.js's are fast as they are. */
export const ACTIVATION_HOOKS: ClassHooks = Object.fromEntries(
  ACTIVATIONS.map((name) => [name, (registered: RegisteredClass) => takeActivation(registered, name)]),
);

const COMPOSED: readonly ActivationName[] = ['swish', 'relu6'];

function takeActivation(registered: RegisteredClass, name: ActivationName): void {
  const own: unknown = Reflect.get(registered.prototype, 'apply');
  if (typeof own !== 'function') return;
  known.set(registered, { activation: { activation: name, alpha: 0 }, apply: own as Apply });
  if (!COMPOSED.includes(name)) return;
  wrapMethod<Apply>(registered, 'apply', (apply) => {
    return function (this: object, x: Tensor, ...options: never[]): Tensor {
      const activation = options.length === 0 && canActivate(x) ? fusedForm(this) : undefined;
      return activation ? fusedActivation(x, activation) : apply.call(this, x, ...options);
    };
  });
}

/** What the kernels know of an object of a class of tfjs-layers, or undefined. To be called where they are there. */
export function fusedForm(activation: object): Activation | undefined {
  const found = known.get(activation.constructor);
  if (!found) return undefined;
  found.agrees ??= agrees(found, activation);
  return found.agrees ? found.activation : undefined;
}

/** Two float32 evaluations of these functions differ by about 1e-6. */
const LARGEST_DIFFERENCE = 1e-5;

function agrees({ activation, apply }: KnownClass, object: object): boolean {
  return tidy(() => {
    const x = tensor1d([-7, -2.5, -0.3, 0, 0.4, 1.7, 5.5, 8]);
    const expected = apply.call(object, x).dataSync();
    return fusedActivation(x, activation)
      .dataSync()
      .every((y, i) => Math.abs(y - (expected[i] ?? Number.NaN)) <= LARGEST_DIFFERENCE);
  });
}
