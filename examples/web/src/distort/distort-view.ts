/**
 * @module
 * A photograph, sliders that distort it, and three measures that follow them.
 */
import { MARGIN, PHOTOGRAPHS } from 'virtual:samples';
import { proxy } from 'comlink';
import { html } from 'lpips-pictures/page';
import { fill, find, reasonOf, show } from '../dom.js';
import type { RemoteEngine } from '../engine.js';
import type { InstrumentBar } from '../instrument-bar.js';
import { PictureSlot } from '../picture-slot.js';
import type { Control, Measures, Strengths } from '../worker/distort.js';
import { CONTRADICTIONS } from './contradictions.js';
import { showDuel } from './duel.js';
import { MEASURE_NAMES, MEASURES, MeasureCards } from './measure-cards.js';
import { Sliders } from './sliders.js';

/** Number of points of a curve, without the one at 0. */
const POINTS = 12;
/** How long the sliders must rest before the curves are drawn again. */
const REST_MS = 250;
const FIRST = 'pavilion';

export class DistortView {
  readonly #engine: RemoteEngine;
  readonly #bar: InstrumentBar;
  readonly #root: HTMLElement;
  readonly #slot: PictureSlot;
  readonly #cards: MeasureCards;
  readonly #status: HTMLElement;
  readonly #error: HTMLElement;
  #sliders: Sliders | undefined;
  #isOpen = false;
  #hasPhotograph = false;
  /** The latest strengths, where the worker has not yet taken them. */
  #waiting: Strengths | undefined;
  #isBusy = false;
  #rest: ReturnType<typeof setTimeout> | undefined;

  constructor(root: HTMLElement, engine: RemoteEngine, bar: InstrumentBar) {
    this.#engine = engine;
    this.#bar = bar;
    this.#root = root;
    fill(
      root,
      html`<section aria-labelledby="distort-title"><h2 id="distort-title" class="for-ears">Distort a photograph</h2>
<div class="chips" role="group" aria-label="Cases where the measures contradict each other"><span>Move the sliders, or see the measures disagree:</span>${CONTRADICTIONS.map(
        ({ id, name }) => html`<button type="button" class="button" data-case="${id}">${name}</button>`,
      )}</div>
<div data-duel></div>
<div class="distort"><div class="stage"><div class="original" data-slot></div>
<div class="followed"><figure class="distorted"><figcaption><strong>Distorted</strong></figcaption><canvas data-picture role="img" aria-label="The photograph, distorted"></canvas></figure>
<div class="cards" data-cards></div></div></div>
<form class="card sliders" aria-label="Distortions"><div data-sliders></div>
<button type="reset" class="button">All off</button>
<p class="status" role="status" data-status></p><p class="error" role="alert" data-error hidden></p></form></div></section>`,
    );
    this.#status = find(root, '[data-status]', HTMLElement);
    this.#error = find(root, '[data-error]', HTMLElement);
    this.#cards = new MeasureCards(find(root, '[data-cards]', HTMLElement));
    this.#slot = new PictureSlot(find(root, '[data-slot]', HTMLElement), {
      title: 'Original',
      open: (picture) => this.#open(picture),
      onChange: () => this.#changed(),
      onMany: (files) => this.take(files),
    });
    find(root, '.chips', HTMLElement).addEventListener('click', ({ target }) => {
      const id = target instanceof HTMLElement ? target.dataset['case'] : undefined;
      if (id !== undefined) void this.#showCase(id);
    });
    bar.onChange(() => this.#begin());
  }

  /** Called when the tab is shown. */
  open(): void {
    this.#isOpen = true;
    this.#begin();
  }

  /** Takes a dropped or pasted file. */
  take([file, ...others]: readonly File[]): void {
    if (!file) return;
    void this.#slot.take(file, file.name).then(() => {
      if (others.length === 0) return;
      this.#slot.tell(
        `One photograph is distorted at a time. Left out: ${others.map(({ name }) => name).join(', ')}.`,
      );
    });
  }

  #begin(): void {
    if (!this.#isOpen || !this.#bar.instrument) return;
    if (this.#hasPhotograph) this.#ask();
    else void this.#start();
  }

  async #start(): Promise<void> {
    const controls = await this.#engine.listControls();
    if (this.#sliders) return;
    this.#sliders = new Sliders(
      find(this.#root, 'form', HTMLFormElement),
      controls as readonly Control[],
      () => this.#ask(),
    );
    const first = PHOTOGRAPHS.find(({ id }) => id === FIRST);
    if (first) await this.#slot.fetch(first.url, first.caption);
  }

  async #open(picture: Blob): Promise<void> {
    const original = await this.#engine.openPhotograph(picture, MARGIN);
    original.close();
  }

  /** Measures the photograph of the slot, or shows nothing where there is none. */
  #changed(): void {
    this.#error.hidden = true;
    fill(find(this.#root, '[data-duel]', HTMLElement), html``);
    this.#hasPhotograph = this.#slot.picture !== undefined;
    if (this.#hasPhotograph) {
      this.#ask();
      return;
    }
    this.#waiting = undefined;
    clearTimeout(this.#rest);
    this.#status.textContent = '';
    this.#cards.clear();
    find(this.#root, '[data-picture]', HTMLCanvasElement).width = 0;
  }

  /** Measures the picture under the sliders' strengths. While the worker is busy, only the latest strengths wait. */
  #ask(): void {
    if (!this.#hasPhotograph) return;
    this.#waiting = this.#sliders?.strengths ?? {};
    clearTimeout(this.#rest);
    if (!this.#isBusy) void this.#work();
  }

  async #work(): Promise<void> {
    this.#isBusy = true;
    try {
      while (this.#waiting) {
        const strengths = this.#waiting;
        this.#waiting = undefined;
        clearTimeout(this.#rest);
        const started = performance.now();
        const { picture, ...measures } = await this.#engine.distort(strengths);
        if (!this.#hasPhotograph) return;
        show(find(this.#root, '[data-picture]', HTMLCanvasElement), picture);
        this.#cards.show(measures);
        const milliseconds = performance.now() - started;
        this.#rest = setTimeout(() => this.#settle(measures, milliseconds), REST_MS);
      }
      this.#error.hidden = true;
    } catch (error) {
      this.#error.textContent = reasonOf(error);
      this.#error.hidden = false;
    } finally {
      this.#isBusy = false;
    }
  }

  /** Says the numbers in words and draws the curves, once the sliders rest. */
  #settle(measures: Measures, milliseconds: number): void {
    const told = MEASURE_NAMES.map((id) => `${MEASURES[id].name} ${MEASURES[id].tell(measures[id])}`);
    fill(
      this.#status,
      html`<span class="for-ears">${told.join(', ')}. </span>LPIPS by ${this.#bar.instrument?.title}.`,
    );
    this.#bar.report(`The last three measures took ${Math.round(milliseconds)} ms.`);
    void this.#drawCurves();
  }

  /** Draws each measure along the slider that was moved last; the other sliders stay where they are. */
  async #drawCurves(): Promise<void> {
    const sliders = this.#sliders;
    if (!sliders) return;
    const { active, strengths } = sliders;
    this.#cards.begin(strengths[active.id] ?? 0); // a missing strength is 0
    const steps = Math.round(active.most / active.step);
    const count = Math.min(POINTS, steps);
    const values = Array.from(
      { length: count + 1 },
      (_, index) => Math.round((index * steps) / count) * active.step,
    );
    await this.#engine.sweep(
      strengths,
      active.id,
      values,
      proxy((value, measures) => {
        if (this.#hasPhotograph) this.#cards.addPoint(active, value, measures);
      }),
    );
  }

  async #showCase(id: string): Promise<void> {
    const chosen = CONTRADICTIONS.find((each) => each.id === id);
    if (!chosen || !this.#hasPhotograph) return;
    const [first, second] = chosen.copies;
    const [a, b] = await Promise.all([
      this.#engine.distort(first.strengths),
      this.#engine.distort(second.strengths),
    ]);
    showDuel(find(this.#root, '[data-duel]', HTMLElement), [
      { name: first.name, ...a },
      { name: second.name, ...b },
    ]);
    this.#sliders?.set(second.strengths);
    this.#ask();
  }
}
