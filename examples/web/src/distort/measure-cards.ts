/**
 * @module
 * A card for each measure: its value, and its curve along one slider.
 */
import { at } from 'lpips-core';
import { html, lineChart, type Tone } from 'lpips-pictures/page';
import { fill, find } from '../dom.js';
import type { Control, Measures } from '../worker/distort.js';

type MeasureName = keyof Measures;

interface Measure {
  readonly name: string;
  readonly tone: Tone;
  readonly hint: string;
  readonly tell: (value: number) => string;
}

/** Charts show an infinite PSNR, that of identical pictures, at this value. */
const MOST_DB = 60;

export const MEASURES: Readonly<Record<MeasureName, Measure>> = {
  lpips: {
    name: 'LPIPS',
    tone: 'lpips',
    hint: 'from 0, lower is closer',
    tell: (value) => value.toFixed(4),
  },
  psnr: {
    name: 'PSNR',
    tone: 'other',
    hint: 'in dB, higher is closer',
    tell: (value) => (Number.isFinite(value) ? `${value.toFixed(1)} dB` : 'infinite'),
  },
  ssim: {
    name: 'SSIM',
    tone: 'third',
    hint: 'up to 1, higher is closer',
    tell: (value) => value.toFixed(3),
  },
};

export const MEASURE_NAMES = ['lpips', 'psnr', 'ssim'] as const satisfies readonly MeasureName[];

export class MeasureCards {
  readonly #root: HTMLElement;
  #points: readonly (readonly [value: number, measures: Measures])[] = [];
  #mark = 0;

  constructor(root: HTMLElement) {
    this.#root = root;
    fill(
      root,
      html`${MEASURE_NAMES.map((id) => {
        const { name, hint, tone } = MEASURES[id];
        return html`<div class="card measure"><h3 class="tone-${tone}">${name} <span class="soft">${hint}</span></h3>
<p class="figure"><b data-value="${id}">–</b></p><div data-chart="${id}"></div></div>`;
      })}`,
    );
  }

  show(measures: Measures): void {
    for (const id of MEASURE_NAMES) {
      find(this.#root, `[data-value=${id}]`, HTMLElement).textContent = MEASURES[id].tell(measures[id]);
    }
  }

  /** Shows no values and no curves. */
  clear(): void {
    this.#points = [];
    for (const id of MEASURE_NAMES) {
      find(this.#root, `[data-value=${id}]`, HTMLElement).textContent = '–';
      find(this.#root, `[data-chart=${id}]`, HTMLElement).replaceChildren();
    }
  }

  /** Begins curves along a slider that stands at `mark`. */
  begin(mark: number): void {
    this.#points = [];
    this.#mark = mark;
  }

  addPoint(control: Control, value: number, measures: Measures): void {
    this.#points = [...this.#points, [value, measures]];
    if (this.#points.length < 2) return;
    for (const id of MEASURE_NAMES) {
      const { name, tone } = MEASURES[id];
      const points = this.#points.map(
        ([x, all]) => [x / control.step, Math.min(all[id], id === 'psnr' ? MOST_DB : 1e3)] as const,
      );
      const shortLabel = (place: number) => shorten(at(control.labels, Math.round(place)));
      fill(
        find(this.#root, `[data-chart=${id}]`, HTMLElement),
        lineChart([{ name, tone, points }], {
          title: '',
          xName: control.name,
          formatX: shortLabel,
          label: `${name} along the slider ${control.name}`,
          size: 'small',
          xMost: control.labels.length - 1,
          mark: this.#mark / control.step,
        }),
      );
    }
  }
}

/** The number in a label, which is short enough for an axis. */
function shorten(label: string): string {
  return /[−\d][\d.]*(?: ?(?:px|%|°))?/.exec(label)?.[0] ?? label;
}
