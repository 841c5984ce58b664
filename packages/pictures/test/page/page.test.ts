import { describe, expect, it } from 'vitest';
import { quantile } from '../../src/node/encode-picture.js';
import { lineChart, slopeChart } from '../../src/page/charts.js';
import { heatColour } from '../../src/page/heat-colours.js';
import { html } from '../../src/page/html.js';

describe('html', () => {
  it('escapes text, keeps markup, joins lists, drops undefined', () => {
    const item = (text: string) => html`<li>${text}</li>`;
    const list = html`<ul title="${'"a" & \'b\''}">${['<1>', '2'].map(item)}${undefined}${3}</ul>`;
    expect(list.toString()).toBe(
      '<ul title="&quot;a&quot; &amp; &#39;b&#39;"><li>&lt;1&gt;</li><li>2</li>3</ul>',
    );
  });
});

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
    expect(Math.abs((labels[0] ?? 0) - (labels[1] ?? 0))).toBeGreaterThanOrEqual(15);
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

describe('pictures', () => {
  it('the heat map runs from near black to pale yellow and clips', () => {
    expect(Math.max(...heatColour(0))).toBeLessThan(0.02);
    expect(Math.min(...heatColour(1).slice(0, 2))).toBeGreaterThan(0.95);
    expect(heatColour(7)).toEqual(heatColour(1));
    expect(heatColour(-1)).toEqual(heatColour(0));
  });

  it('quantile finds the value below which a share of the samples lies', () => {
    const samples = Float32Array.from({ length: 7000 }, (_, index) => index);
    expect(quantile([samples], 0.5)).toBeCloseTo(3500, -1);
  });
});
