/**
 * @module
 * Processor time, for tests that bound how long something may take. Time on the clock grows with all that runs beside a
 * test, such as the other test files.
 */
import { cpuUsage } from 'node:process';

/** Milliseconds that all threads of this process have computed since `start`, which `process.cpuUsage()` gave. */
export function cpuMsSince(start: NodeJS.CpuUsage): number {
  const { user, system } = cpuUsage(start);
  return (user + system) / 1000;
}
