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
  /** The comparison that is shown. The view closes its bitmaps. */
  #shown: Comparison | undefined;
  /** Counts the comparisons, so that a late answer does not overwrite a newer one. */
  #asked = 0;

  constructor(root: HTMLElement, engine: RemoteEngine, bar: InstrumentBar) {
    this.#engine = engine;
    this.#bar = bar;
    this.#root = root;
    fill(
      root,
      html`<section aria-labelledby="compare-title"><h2 id="compare-title">Compare two pictures</h2>
<p>Drop, choose or paste two pictures, or begin with a pair:</p>
<div class="chips" role="group" aria-label="Pairs to begin with">${PAIRS.map(
        ({ id, name }) => html`<button type="button" class="button" data-pair="${id}">${name}</button>`,
      )}</div>
<div class="compare"><div data-slot="image"></div><div data-slot="reference"></div>
<div class="card result"><p class="status" role="status" data-status>Starting …</p>
<div class="error" role="alert" data-trouble hidden></div><div data-numbers></div></div></div>
<div data-heat></div></section>`,
    );
    this.#status = find(root, '[data-status]', HTMLElement);
    this.#trouble = find(root, '[data-trouble]', HTMLElement);
    this.#result = find(root, '[data-numbers]', HTMLElement);
    const onPicture = () => void this.#compare(false);
    this.#image = new PictureSlot(find(root, '[data-slot=image]', HTMLElement), {
      title: 'Image',
      onPicture,
    });
    this.#reference = new PictureSlot(find(root, '[data-slot=reference]', HTMLElement), {
      title: 'Reference',
      onPicture,
    });
    find(root, '.chips', HTMLElement).addEventListener('click', ({ target }) => {
      const id = target instanceof HTMLElement ? target.dataset['pair'] : undefined;
      if (id !== undefined) void this.#openPair(id);
    });
    bar.onChange(() => void (this.#image.picture ? this.#compare(false) : this.#openPair(PAIRS[0]?.id)));
  }

  /** Takes pasted or dropped files. Two fill both slots; one goes to the slot with the focus, or to the image. */
  take([first, second]: readonly File[]): void {
    if (first && second) this.#reference.hold(second, second.name);
    const hasFocus = find(this.#root, '[data-slot=reference]', HTMLElement).contains(document.activeElement);
    const slot = hasFocus && !second ? this.#reference : this.#image;
    if (first) slot.take(first, first.name);
  }

  async #openPair(id: string | undefined): Promise<void> {
    const pair = PAIRS.find((each) => each.id === id);
    if (!pair) return;
    const [image, reference] = await Promise.all(
      [pair.image, pair.reference].map(async (url) => (await fetch(url)).blob()),
    );
    if (!image || !reference) return;
    this.#image.hold(image, pair.name);
    this.#reference.hold(reference, 'As it was');
    await this.#compare(false);
  }

  async #compare(resize: boolean): Promise<void> {
    const [image, reference] = [this.#image.picture, this.#reference.picture];
    const { instrument } = this.#bar;
    if (!instrument) return;
    this.#trouble.hidden = true;
    if (!image || !reference) {
      this.#status.textContent = 'Add one more picture to compare.';
      return;
    }
    const asked = ++this.#asked;
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
      fill(
        this.#status,
        html`<span class="for-ears">Distance ${result.distance.toFixed(4)}. </span>${instrument.title} on ${instrument.backendTitle}, ${milliseconds} ms. ${result.notes.join(' ')}`,
      );
      this.#shown?.image.close();
      this.#shown?.reference.close();
      this.#shown = result;
      showResult(this.#result, find(this.#root, '[data-heat]', HTMLElement), result);
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
    this.#status.textContent = '';
    this.#trouble.textContent = reason;
    this.#trouble.hidden = false;
    fill(this.#result, html``);
    fill(find(this.#root, '[data-heat]', HTMLElement), html``);
  }
}
