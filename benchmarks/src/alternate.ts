/**
 * @module
 * Times contenders by turns in one run, so that other load on the machine slows all of them alike.
 */
import { at } from 'lpips-core';

/** One way to do the work. It must wait for its own result. */
export type Contender = () => void;

/** Milliseconds that all threads of this process have computed. */
export function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Milliseconds of a contender, one for each turn. */
export type Times<Name extends string = string> = Record<Name, readonly number[]>;

/** Milliseconds of each contender in each of `rounds` turns, after `warmUp` turns that do not count, by a clock. */
export function alternate<Name extends string>(
  contenders: Record<Name, Contender>,
  { rounds = 7, warmUp = 2, clock = () => performance.now() } = {},
): Times<Name> {
  const names = Object.keys(contenders) as Name[];
  const times = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, number[]>;
  for (let round = -warmUp; round < rounds; round++) {
    for (const name of names) {
      const start = clock();
      contenders[name]();
      if (round >= 0) times[name].push(clock() - start);
    }
  }
  return times;
}

/** The median of each contender. */
export function mediansOf<Name extends string>(times: Times<Name>): Record<Name, number> {
  const entries = Object.entries<readonly number[]>(times);
  return Object.fromEntries(entries.map(([name, list]) => [name, median(list)])) as Record<Name, number>;
}

export function median(values: readonly number[]): number {
  return at(
    values.toSorted((a, b) => a - b),
    Math.floor(values.length / 2),
  );
}
