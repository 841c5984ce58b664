/**
 * @module
 * Times contenders by turns in one run, so that whatever else the machine does meets all of them alike.
 */
import { cpus } from 'node:os';
import { getBackend } from '@tensorflow/tfjs';

/** One way of doing the work. It must wait for its own result. */
export type Contender = () => void;

/** Median milliseconds of each contender over `rounds` turns, after `warmUp` turns that do not count. */
export function alternate<Name extends string>(
  contenders: Record<Name, Contender>,
  { rounds = 7, warmUp = 2 } = {},
): Record<Name, number> {
  const names = Object.keys(contenders) as Name[];
  const times = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = -warmUp; round < rounds; round++) {
    for (const name of names) {
      const start = performance.now();
      contenders[name]();
      if (round >= 0) times.get(name)?.push(performance.now() - start);
    }
  }
  return Object.fromEntries([...times].map(([name, list]) => [name, median(list)])) as Record<Name, number>;
}

/** One line that says what was measured on. */
export function describeMachine(): string {
  const cores = cpus();
  return `${cores[0]?.model.trim() ?? 'unknown processor'}, ${cores.length} cores; Node ${process.version}; backend ${getBackend()}, 1 thread`;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
