import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { isConfirmed } from '../../src/commands/agree-on-needs.js';

/** What is decided where somebody types this at a terminal, and what he sees. */
async function typed(text: string): Promise<{ isYes: boolean; shown: string }> {
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined });
  const output = Object.assign(new PassThrough(), { isTTY: true, columns: 80 });
  let shown = '';
  output.on('data', (chunk: Buffer) => {
    shown += chunk.toString();
    if (shown.includes('Go on?') && !input.writableEnded) input.end(text);
  });
  return { isYes: await isConfirmed(input, output), shown };
}

describe('the question whether to go on', () => {
  it.each([
    ['y\n', true],
    ['Yes\r', true],
    ['n\n', false],
    ['yesterday\n', false],
    ['\n', false],
    ['\x03', false], // Ctrl-C
    ['\x04', false], // Ctrl-D
    ['', false], // the input ends
  ])('takes %j as %s', async (text, isYes) => {
    const { isYes: decided, shown } = await typed(text);
    expect(decided).toBe(isYes);
    expect(shown).toContain('Go on? [y/N] ');
  });
});
