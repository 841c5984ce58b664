import { expect, it } from 'vitest';
import { cannot, invalid } from '../src/errors.js';
import { printable, printableMessage } from '../src/printable.js';

it('shows what would move the cursor, end a line or turn the direction of writing', () => {
  expect(printable('a\x1b[2Kb\nc\rd\x00e\x9bf\u2028g\u202eh')).toBe(
    'a\\x1b[2Kb\\x0ac\\x0dd\\x00e\\x9bf\\u2028g\\u202eh',
  );
  expect(printable('half of a pair: \ud800.')).toBe('half of a pair: \\ud800.');
});

it('leaves names of all languages as they are', () => {
  const names = 'é e\u0301 日本語 עברית 👩\u200d🔬 a b';
  expect(printable(names)).toBe(names);
});

it('leaves out the middle of a message that is longer than a screen', () => {
  const message = printableMessage(`start ${'x'.repeat(100_000)} end`);
  expect(message).toHaveLength(1603);
  expect(message).toMatch(/^start x+ … x+ end$/);
});

it('errors have no control characters and are no longer than a screen', () => {
  const name = `\x1b[31m\n${'long'.repeat(1000)}`;
  for (const { message } of [invalid('f', 'a', name, 'b', 'Do.'), cannot('f', 'read', name, 'Do.')]) {
    expect(message).toContain('\\x1b[31m\\x0along');
    expect(message.length).toBeLessThan(80 * 24);
    expect(message.endsWith('. Do.')).toBe(true);
  }
});
