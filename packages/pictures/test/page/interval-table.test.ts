import { describe, expect, it } from 'vitest';
import { intervalTable } from '../../src/page/interval-table.js';

describe('intervalTable', () => {
  const table = intervalTable(
    [
      {
        name: 'cnn',
        detail: '5 triplets',
        rows: [{ name: 'a <b>', tone: 'lpips', value: 0.7, low: 0.6, high: 0.8 }],
        marks: [{ name: 'human', kind: 'solid', value: 0.75 }],
      },
    ],
    {
      caption: 'shares',
      ticks: [0.5, 0.75, 1],
      format: (value) => `${100 * value} %`,
      formatHalf: (half) => `±${half.toFixed(2)}`,
    },
  ).toString();

  it('places dots, whiskers and marks between the first and the last tick', () => {
    expect(table).toContain('<circle cx="40.00%"');
    expect(table).toContain('x1="20.00%" x2="60.00%"');
    expect(table.match(/class="mark solid" x1="50.00%"/g)).toHaveLength(2); // through the row and its own
    expect(table).toContain('<span style="left:0.00%">50 %</span>');
  });

  it('says every value in words', () => {
    expect(table).toContain('70 % <span>±0.10</span>');
    expect(table).toContain('<th scope="row">a &lt;b&gt;</th>');
    expect(table).toMatch(/<th scope="row">human<\/th>.*75 % /s);
  });
});
