/**
 * @module
 * Who holds a tensor that a step takes from outside: an argument, a variable, or something that keeps the tensor itself. Two
 * variables may share their values for a while, and an argument may be a tensor that the step also has from elsewhere. So
 * everyone who holds it is remembered, until a later step shows that it was not him.
 */
import { type DataId, engine, type Tensor, Variable } from '@tensorflow/tfjs-core';

/** An argument by its number, a variable, or the data of a tensor that stays the same. */
export type Holder = number | Variable | DataId;

/** Everyone who holds a tensor now, by its data. */
export function holdersNow(tensors: readonly Tensor[]): (dataId: DataId) => Holder[] {
  const known = new Map<DataId, Holder[]>();
  const add = (dataId: DataId, holder: Holder) => known.set(dataId, [...(known.get(dataId) ?? []), holder]);
  for (const [index, { dataId }] of tensors.entries()) add(dataId, index);
  for (const variable of Object.values(engine().registeredVariables)) add(variable.dataId, variable);
  return (dataId) => [...(known.get(dataId) ?? []), dataId];
}

/**
 * What is another after any variable was made: how many variables there are, the newest of those with a name, and how many
 * have been given a number for a name, which stand before the others in the registry.
 */
export function variablesMade(): readonly [count: number, newest: Variable | undefined, numbered: unknown] {
  const variables = Object.values(engine().registeredVariables);
  return [variables.length, variables.at(-1), Reflect.get(engine().constructor, 'nextVariableId')];
}

/** Those who held the tensor both times. */
export function stillHolding(before: readonly Holder[], now: readonly Holder[]): Holder[] {
  return before.filter((holder) => now.includes(holder));
}

/** Which variables among them are trainable: `minimize` trains those, and a layer may be frozen between steps. */
export function trainableAmong(holders: readonly (readonly Holder[])[]): ReadonlyMap<Variable, boolean> {
  const variables = holders.flat().filter((holder) => holder instanceof Variable);
  return new Map(variables.map((variable) => [variable, variable.trainable]));
}

/** The data that all of them hold, or undefined where they do not hold the same, or it is gone. */
export function heldBy(holders: readonly Holder[], tensors: readonly Tensor[]): DataId | undefined {
  let held: DataId | undefined;
  for (const holder of holders) {
    const dataId = dataOf(holder, tensors);
    if (dataId === undefined || (held !== undefined && dataId !== held)) return undefined;
    held = dataId;
  }
  return held;
}

function dataOf(holder: Holder, tensors: readonly Tensor[]): DataId | undefined {
  if (holder instanceof Variable) return holder.isDisposed ? undefined : holder.dataId;
  if (typeof holder !== 'number') return engine().backend.refCount(holder) > 0 ? holder : undefined;
  const tensor = tensors[holder];
  return tensor?.isDisposed === false ? tensor.dataId : undefined;
}
