/**
 * @module
 * Functions of TensorFlow, by commands of our build of the binding (cpp/binding-commands.cc): its operations are made by a
 * function of ours, which takes some names for commands.
 */
import type { Attribute } from '../kernels/tensorflow-operation.js';

/** Makes the compiler send the binding's operations through cpp/binding-commands.cc. */
export const COMMANDS_DEFINE = '-DTFE_NewOp=new_op_or_command';

/** What tfjs-node's backend calls its binding with. Tensors are numbers that the binding gives out, none of them twice. */
export interface Binding {
  executeOp(
    name: string,
    attributes: readonly Attribute[],
    inputs: readonly number[],
    outputs: number,
  ): BindingTensor[];
  createTensor(shape: readonly number[], type: number, values: unknown): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): unknown;
  runSavedModel(...given: unknown[]): unknown;
}

/** A tensor of the binding; its type by TensorFlow's number. */
export interface BindingTensor {
  readonly id: number;
  readonly shape: number[];
  readonly dtype: number;
}

/**
 * TensorFlow's definition of an operation.
 *
 * @returns the bytes of an OpDef
 * @throws Error where TensorFlow has no such operation, or the binding no such command
 */
export function operationDefinition(binding: Binding, operation: string): Uint8Array {
  const [made] = binding.executeOp(`LpipsDefinition:${operation}`, [], [], 1);
  const values = made && binding.tensorDataSync(made.id);
  if (made) binding.deleteTensor(made.id);
  if (!(values instanceof Int32Array)) throw new Error(`the binding gives no definition of ${operation}`);
  const [length = 0] = values;
  return new Uint8Array(values.buffer, values.byteOffset + Int32Array.BYTES_PER_ELEMENT, length);
}

/** Adds a function, by the bytes of its FunctionDef. */
export function addFunction(binding: Binding, definition: Uint8Array): void {
  binding.executeOp(`LpipsAddFunction:${Buffer.from(definition).toString('hex')}`, [], [], 0);
}

/** Removes a function, with the memory that its operations keep. */
export function removeFunction(binding: Binding, name: string): void {
  binding.executeOp(`LpipsRemoveFunction:${name}`, [], [], 0);
}

/** Runs a function. Its operations run one after the other, as they do without it. */
export function callFunction(
  binding: Binding,
  name: string,
  inputs: readonly number[],
  outputs: number,
): BindingTensor[] {
  return binding.executeOp(`LpipsCallFunction:${name}`, IN_ORDER, inputs, outputs);
}

/** TensorFlow's executor for a single thread. Each operation still uses every core. */
const IN_ORDER: readonly Attribute[] = [
  { name: 'executor_type', type: 0, value: 'SINGLE_THREADED_EXECUTOR' },
];
