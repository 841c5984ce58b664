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

/** Median milliseconds of each contender over `rounds` turns, after `warmUp` turns that do not count, by a clock. */
export function alternate<Name extends string>(
  contenders: Record<Name, Contender>,
  { rounds = 7, warmUp = 2, clock = () => performance.now() } = {},
): Record<Name, number> {
  const names = Object.keys(contenders) as Name[];
  const times = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = -warmUp; round < rounds; round++) {
    for (const name of names) {
      const start = clock();
      contenders[name]();
      if (round >= 0) times.get(name)?.push(clock() - start);
    }
  }
  return Object.fromEntries([...times].map(([name, list]) => [name, median(list)])) as Record<Name, number>;
}

export function median(values: readonly number[]): number {
  return at(
    values.toSorted((a, b) => a - b),
    Math.floor(values.length / 2),
  );
}
