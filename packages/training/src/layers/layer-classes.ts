/**
 * @module
 * The classes of `@tensorflow/tfjs-layers`, where it is loaded. Every copy of it registers its classes with tfjs-core for
 * loading models, so that they are found there without an import.
 */
import { serialization } from '@tensorflow/tfjs-core';

/** What is read of a class that tfjs-layers registers. */
export interface RegisteredClass {
  readonly className: string;
  readonly prototype: object;
}

/** What is done to a class, by the name under which it is registered. */
export type ClassHooks = Readonly<Record<string, (registered: RegisteredClass) => void>>;

/** Calls the hook of each class that is registered, and of each that will be. */
export function whenRegistered(hooks: ClassHooks): void {
  const { SerializationMap } = serialization;
  for (const [registered] of Object.values(SerializationMap.getMap().classNameMap)) hook(registered, hooks);
  const register = SerializationMap.register.bind(SerializationMap);
  SerializationMap.register = <T extends serialization.Serializable>(
    registered: serialization.SerializableConstructor<T>,
  ) => {
    register(registered);
    hook(registered, hooks);
  };
}

function hook(registered: object, hooks: ClassHooks): void {
  if (!isClass(registered)) return;
  if (Object.hasOwn(hooks, registered.className)) hooks[registered.className]?.(registered);
}

function isClass(registered: object): registered is RegisteredClass {
  return 'className' in registered && 'prototype' in registered;
}

type Method = (this: object, ...args: never[]) => unknown;

const FUSED = Symbol.for('tfjs-fused-training');

/**
 * Puts a method in front of the class's own, which it is given. A method that this package, or another copy of it, has put
 * there before stays.
 */
export function wrapMethod<Own extends Method>(
  registered: RegisteredClass,
  name: string,
  wrap: (own: Own) => Own,
): void {
  const { prototype } = registered;
  const own: unknown = Reflect.get(prototype, name);
  if (typeof own !== 'function' || FUSED in own) return;
  const wrapped = Object.assign(wrap(own as Own), { [FUSED]: true });
  Object.defineProperty(prototype, name, { value: wrapped, writable: true, configurable: true });
}
