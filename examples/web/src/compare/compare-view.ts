/**
 * @module
 * Two pictures side by side, their distance, and a heat map of it.
 */
import { PAIRS } from 'virtual:samples';
import { proxy } from 'comlink';
import { html } from 'lpips-pictures/page';
import { fill, find, reasonOf } from '../dom.js';
import type { RemoteEngine } from '../engine.js';
import type { InstrumentBar } from '../instrument-bar.js';
import { PictureSlot } from '../picture-slot.js';
import type { Comparison, DifferentSizes } from '../worker/compare.js';
import { clearHeat, showHeat } from './heat.js';
import { showResult } from './result.js';

export class CompareView {
  readonly #engine: RemoteEngine;
  readonly #bar: InstrumentBar;
  readonly #root: HTMLElement;
  readonly #image: PictureSlot;
  readonly #reference: PictureSlot;
  readonly #status: HTMLElement;
  readonly #trouble: HTMLElement;
  readonly #result: HTMLElement;
  readonly #heat: HTMLElement;
  /** The comparison that is shown. The view closes its bitmaps. */
  #shown: Comparison | undefined;
  /** Counts the comparisons, so that a late answer does not overwrite a newer one. */
  #asked = 0;
  /** What became of the files that were brought last, until the next are brought. */
  #note = '';
  /** Whether something was brought, or the first pair opened. */
  #hasBegun = false;

  constructor(root: HTMLElement, engine: RemoteEngine, bar: InstrumentBar) {
    this.#engine = engine;
    this.#bar = bar;
    this.#root = root;
    fill(
      root,
      html`<section aria-labelledby="compare-title"><h2 id="compare-title" class="for-ears">Compare two pictures</h2>
<div class="chips" role="group" aria-label="Pairs to begin with"><span>Drop, choose or paste two pictures, or try a pair:</span>${PAIRS.map(
        ({ id, name }) => html`<button type="button" class="button" data-pair="${id}">${name}</button>`,
      )}</div>
<div class="compare"><div class="pair-of-slots"><div data-slot="image"></div><div data-slot="reference"></div></div>
<div class="heat" data-heat></div>
<div class="card result"><h3>Distance</h3><p class="status" role="status" data-status>Starting …</p>
<div class="error" role="alert" data-trouble hidden></div><div data-numbers></div></div></div></section>`,
    );
    this.#status = find(root, '[data-status]', HTMLElement);
    this.#trouble = find(root, '[data-trouble]', HTMLElement);
    this.#result = find(root, '[data-numbers]', HTMLElement);
    this.#heat = find(root, '[data-heat]', HTMLElement);
    const slot = (name: string, title: string) =>
      new PictureSlot(find(root, `[data-slot=${name}]`, HTMLElement), {
        title,
        open: (picture) => {
          this.#asked++; // the answer for the pictures before would come too late
          this.#status.textContent = 'Reading …';
          return this.#engine.examine(picture);
        },
        onChange: () => {
          this.#hasBegun = true;
          this.#note = '';
          void this.#compare(false);
        },
        onMany: (files) => this.take(files),
      });
    this.#image = slot('image', 'Image');
    this.#reference = slot('reference', 'Reference');
    find(root, '.chips', HTMLElement).addEventListener('click', ({ target }) => {
      const id = target instanceof HTMLElement ? target.dataset['pair'] : undefined;
      if (id === undefined) return;
      this.#hasBegun = true;
      void this.#openPair(id);
    });
    bar.onChange(() => {
      if (this.#hasBegun) void this.#compare(false);
      else void this.#openPair(PAIRS[0]?.id);
      this.#hasBegun = true;
    });
  }

  /** Takes pasted or dropped files, and says where they went. Two fill both slots. */
  take(files: readonly File[]): void {
    this.#hasBegun = true;
    void this.#take(files);
  }

  async #take([first, second, ...others]: readonly File[]): Promise<void> {
    if (!first) return;
    if (second) {
      await Promise.all([this.#image.hold(first, first.name), this.#reference.hold(second, second.name)]);
      const left = others.length > 0 ? ` Left out: ${others.map(({ name }) => name).join(', ')}.` : '';
      this.#note = `The first file is the image, the second the reference.${left}`;
    } else {
      const hasFocus = find(this.#root, '[data-slot=reference]', HTMLElement).contains(
        document.activeElement,
      );
      const isFull = this.#image.picture !== undefined && this.#reference.picture !== undefined;
      const isReference = hasFocus || (this.#image.picture !== undefined && !isFull);
      const slot = isReference ? this.#reference : this.#image;
      if (!(await slot.hold(first, first.name))) return;
      const [name, other] = isReference ? ['reference', 'image'] : ['image', 'reference'];
      this.#note =
        isFull && slot.picture
          ? `The file is the new ${name}. Drop one on the ${other} to replace that.`
          : '';
    }
    await this.#compare(false);
  }

  async #openPair(id: string | undefined): Promise<void> {
    const pair = PAIRS.find((each) => each.id === id);
    if (!pair) return;
    const [image, reference] = await Promise.all(
      [pair.image, pair.reference].map(async (url) => (await fetch(url)).blob()),
    );
    if (!image || !reference) return;
    const held = await Promise.all([
      this.#image.hold(image, pair.name),
      this.#reference.hold(reference, 'As it was'),
    ]);
    this.#note = '';
    if (held.every(Boolean)) await this.#compare(false);
  }

  async #compare(resize: boolean): Promise<void> {
    const [image, reference] = [this.#image.picture, this.#reference.picture];
    const { instrument } = this.#bar;
    if (!instrument) return;
    this.#trouble.hidden = true;
    const asked = ++this.#asked;
    if (!image || !reference) {
      this.#clear(`Add ${image ? 'a reference' : 'an image'} to compare. ${this.#note}`);
      return;
    }
    this.#status.textContent = 'Comparing …';
    this.#root.setAttribute('aria-busy', 'true');
    try {
      const onTile = (done: number, total: number) => {
        if (asked === this.#asked) this.#status.textContent = `Comparing … tile ${done} of ${total}`;
      };
      const result = await this.#engine.compare(image, reference, { resize }, proxy(onTile));
      if (asked !== this.#asked) return;
      if ('sizes' in result) {
        this.#offerResize(result);
        return;
      }
      const milliseconds = Math.round(result.milliseconds);
      this.#bar.report(
        `The last comparison took ${milliseconds} ms${result.isFirst ? ', compiling for pictures of this size included' : ''}.`,
      );
      fill(
        this.#status,
        html`<span class="for-ears">Distance ${result.distance.toFixed(4)}. </span>${[...result.notes, this.#note].join(' ')}`,
      );
      this.#close();
      this.#shown = result;
      showResult(this.#result, result, instrument, () => this.#bar.open());
      showHeat(this.#heat, result);
    } catch (error) {
      if (asked === this.#asked) this.#fail(reasonOf(error));
    } finally {
      if (asked === this.#asked) this.#root.removeAttribute('aria-busy');
    }
  }

  #offerResize({ sizes: [image, reference] }: DifferentSizes): void {
    const told = (size: typeof image) => `${size.width} × ${size.height}`;
    this.#fail('');
    fill(
      this.#trouble,
      html`<p>The image is ${told(image)} pixels, the reference ${told(reference)}. LPIPS compares pictures of the same size.</p>
<button type="button" class="button">Scale the image to ${told(reference)}</button>`,
    );
    find(this.#trouble, 'button', HTMLElement).addEventListener('click', () => void this.#compare(true));
  }

  #fail(reason: string): void {
    this.#clear('');
    this.#trouble.textContent = reason;
    this.#trouble.hidden = false;
  }

  /** Shows no number and no heat map, and says why. */
  #clear(status: string): void {
    this.#status.textContent = status;
    this.#root.removeAttribute('aria-busy');
    fill(this.#result, html``);
    clearHeat(this.#heat);
    this.#close();
  }

  #close(): void {
    this.#shown?.image.close();
    this.#shown?.reference.close();
    this.#shown = undefined;
  }
}
