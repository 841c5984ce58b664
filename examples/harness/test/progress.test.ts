import { describe, expect, it } from 'vitest';
import { testTerminal } from '../../../test/support/test-terminal.js';
import { tellParts } from '../src/progress.js';

describe('tellParts', () => {
  it('names each part once, as it begins', () => {
    const { terminal, outcome } = testTerminal();
    const parts = tellParts(terminal);
    parts.update('reading', 1, 3);
    parts.update('reading', 3, 3);
    const onDrawn = parts.begin('drawing', 2);
    onDrawn();
    onDrawn();
    parts.end();
    expect(outcome()).toEqual({ out: 'reading\ndrawing\n', error: '' });
  });

  it('without any part ends quietly', () => {
    const { terminal, outcome } = testTerminal();
    tellParts(terminal).end();
    expect(outcome()).toEqual({ out: '', error: '' });
  });
});
