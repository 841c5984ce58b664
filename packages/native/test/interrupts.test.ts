import { afterEach, expect, it, vi } from 'vitest';
import { endBySignal } from '../src/interrupts.js';

afterEach(() => {
  vi.restoreAllMocks();
});

it('a signal that listeners held back ends the process as it would have', () => {
  const kill = vi.spyOn(process, 'kill').mockReturnValue(true);
  endBySignal('SIGTERM');
  expect(kill.mock.calls).toEqual([[process.pid, 'SIGTERM']]);
});

it('where a signal cannot be sent, as SIGHUP on Windows, the exit code is that of a shell', () => {
  vi.spyOn(process, 'kill').mockImplementation(() => {
    throw Object.assign(new Error('kill ENOSYS'), { code: 'ENOSYS' });
  });
  const exit = vi.spyOn(process, 'exit').mockReturnValue(undefined as never);
  endBySignal('SIGHUP');
  expect(exit.mock.calls).toEqual([[129]]);
});

it('refuses what ends no process', () => {
  expect(() => endBySignal('SIGCHLD')).toThrow(
    'endBySignal: expected one of SIGINT, SIGTERM, SIGHUP for signal, got "SIGCHLD".',
  );
});
