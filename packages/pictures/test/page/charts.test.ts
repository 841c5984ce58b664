import { at } from 'lpips-core';
import { describe, expect, it } from 'vitest';
import { lineChart, slopeChart } from '../../src/page/charts.js';

describe('slopeChart', () => {
  it('draws one line a row and marks those that move far', () => {
    const rows = [
      { name: 'still', left: 1, right: 1, leftValue: '30', rightValue: '0.1' },
      { name: 'up', left: 6, right: 2, leftValue: '20', rightValue: '0.2' },
      { name: 'down', left: 2, right: 6, leftValue: '29', rightValue: '0.6' },
    ];
    const svg = slopeChart({ left: 'PSNR', right: 'LPIPS' }, rows, 'three rows').toString();
    expect(svg.match(/class="slope (\w+)"/g)).toEqual([
      'class="slope steady"',
      'class="slope closer"',
      'class="slope further"',
    ]);
    expect(svg).toContain('aria-label="three rows"');
  });
});

describe('lineChart', () => {
  it('draws finite points and keeps the labels of equal ends apart', () => {
    const ends = [0, 1].map((name) => ({
      name: `line${name}`,
      tone: 'other' as const,
      points: [
        [0, 1],
        [10, 0],
      ] as const,
    }));
    const svg = lineChart(ends, { title: 't', xName: 'step', format: String, label: 'two lines' }).toString();
    expect(svg).not.toMatch(/NaN|Infinity/);
    const labels = [...svg.matchAll(/y="([\d.]+)">line\d/g)].map(([, y]) => Number(y));
    expect(labels).toHaveLength(2);
    expect(Math.abs(at(labels, 0) - at(labels, 1))).toBeGreaterThanOrEqual(15);
  });
});

describe('the numbers of lineChart’s axes', () => {
  const numbersOf = (high: number, yRange?: readonly [number, number]) => {
    const line = {
      name: 'l',
      tone: 'lpips',
      points: [
        [0, 0],
        [5, high],
      ],
    } as const;
    const options = { title: '', xName: 'step', label: 'a line', ...(yRange && { yRange }) };
    const svg = lineChart([line], options).toString();
    return {
      y: [...svg.matchAll(/text-anchor="end">([^<]*)</g)].map(([, text]) => text),
      x: [...svg.matchAll(/text-anchor="middle">([^<]*)</g)].map(([, text]) => text),
    };
  };

  it.each([
    [1, ['0.00', '0.25', '0.50', '0.75', '1.00']],
    [10, ['0.0', '2.5', '5.0', '7.5', '10.0']],
    [0.004, ['0.000', '0.001', '0.002', '0.003', '0.004']],
    [40, ['0', '10', '20', '30', '40']],
    [0, ['0.00', '0.25']],
  ])('have the decimals that their step needs: 0 to %d', (high, expected) => {
    expect(numbersOf(high).y.slice(0, expected.length)).toEqual(expected);
  });

  it('stand where they say: half of an odd number of steps is rounded', () => {
    expect(numbersOf(1).x).toEqual(['0', '3', '5', 'step']);
  });

  it('cover the range that another chart has', () => {
    expect(numbersOf(1, [0, 4]).y).toEqual(['0', '1', '2', '3', '4']);
  });
});

describe('lineChart, before all lines have points', () => {
  const options = { title: 't', xName: 'step', format: String, label: 'lines' };
  const begun = {
    name: 'begun',
    tone: 'lpips',
    points: [
      [0, 2],
      [1, 3],
    ],
  } as const;
  const waiting = { name: 'waiting', tone: 'other', points: [] } as const;

  it('leaves out a line without points', () => {
    const svg = lineChart([waiting, begun], options).toString();
    expect(svg).not.toContain('waiting');
    expect(svg).toBe(lineChart([begun], options).toString());
  });

  it('draws an empty scale from 0 to 1 without any line', () => {
    const svg = lineChart([waiting], options).toString();
    expect(svg).not.toMatch(/NaN|Infinity|polyline/);
    expect(svg).toContain('text-anchor="end">1</text>');
  });
});

describe('lineChart, small', () => {
  const chart = (points: readonly (readonly [number, number])[]) =>
    lineChart([{ name: 'flat', tone: 'lpips', points }], {
      title: '',
      xName: 'blur',
      format: String,
      formatX: (value) => `${value} px`,
      label: 'a line',
      size: 'small',
      xMost: 8,
      mark: 4,
    }).toString();

  it('marks a place halfway along an axis that goes on beyond the points, without names in it', () => {
    const svg = chart([
      [0, 1],
      [2, 3],
    ]);
    expect(svg).toContain('<text class="value" x="165"'); // (50 + 280) / 2
    expect(svg).toContain('class="mark" x1="165" x2="165"');
    expect(svg).toContain('>4 px</text>');
    expect(svg.match(/flat/g)).toHaveLength(1); // its title
  });

  it('draws a line that does not rise', () => {
    const svg = chart([
      [0, 60],
      [1, 60],
    ]);
    expect(svg).not.toMatch(/NaN|Infinity/);
  });
});
