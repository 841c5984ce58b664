/**
 * @module
 * Exposes a worker to the page. An error loses its class on the way, so an LpipsError is replaced by one whose message is
 * written for people: without the name of the function that threw it.
 */
import { expose } from 'comlink';
import { LpipsError } from 'lpips-core';

type Methods<T> = { [Name in keyof T]: (...args: never[]) => unknown };

/** Exposes the methods of an object. */
export function exposePlainly<T extends Methods<T>>(worker: T): void {
  const plain = Object.entries<(...args: never[]) => unknown>(worker).map(([name, method]) => [
    name,
    async (...args: never[]): Promise<unknown> => {
      try {
        return await method(...args);
      } catch (error) {
        throw error instanceof LpipsError ? new Error(error.plainMessage) : error;
      }
    },
  ]);
  expose(Object.fromEntries(plain));
}
