/**
 * @module
 * One slider for each distortion, with its strength in words.
 */
import { at } from 'lpips-core';
import { html } from 'lpips-pictures/page';
import { fill, find } from '../dom.js';
import type { Control, Strengths } from '../worker/distort.js';

export class Sliders {
  readonly #controls: readonly Control[];
  readonly #inputs: ReadonlyMap<string, HTMLInputElement>;
  #active: Control;

  /** @param onInput called at every move */
  constructor(form: HTMLFormElement, controls: readonly Control[], onInput: () => void) {
    const [first] = controls;
    if (!first) throw new RangeError('Sliders: expected at least one control');
    this.#controls = controls;
    this.#active = first;
    fill(
      find(form, '[data-sliders]', HTMLElement),
      html`${controls.map(
        ({
          id,
          name,
          labels,
        }) => html`<label class="slider"><span>${name}</span><span class="strength" aria-hidden="true">off</span>
<input type="range" id="slider-${id}" name="${id}" min="0" max="${labels.length - 1}" step="1" value="0" aria-valuetext="off"></label>`,
      )}`,
    );
    this.#inputs = new Map(controls.map(({ id }) => [id, find(form, `#slider-${id}`, HTMLInputElement)]));
    form.addEventListener('input', ({ target }) => {
      const moved = controls.find(({ id }) => this.#inputs.get(id) === target);
      if (!moved) return;
      this.#active = moved;
      this.#tell();
      onInput();
    });
    form.addEventListener('reset', (event) => {
      event.preventDefault();
      this.set({});
      onInput();
    });
    form.addEventListener('submit', (event) => event.preventDefault());
    this.#tell();
  }

  /** The slider that was moved last. */
  get active(): Control {
    return this.#active;
  }

  get strengths(): Strengths {
    return Object.fromEntries(this.#controls.map(({ id, step }) => [id, this.#placeOf(id) * step]));
  }

  /** Moves all sliders; those that are not named go to 0. */
  set(strengths: Strengths): void {
    for (const control of this.#controls) {
      const strength = strengths[control.id] ?? 0;
      this.#inputOf(control.id).value = String(Math.round(strength / control.step));
      if (strength !== 0) this.#active = control;
    }
    this.#tell();
  }

  #inputOf(id: string): HTMLInputElement {
    const input = this.#inputs.get(id);
    if (!input) throw new RangeError(`Sliders: no slider ${id}`);
    return input;
  }

  #placeOf(id: string): number {
    return this.#inputOf(id).valueAsNumber;
  }

  #tell(): void {
    for (const { id, labels } of this.#controls) {
      const input = this.#inputOf(id);
      const words = at(labels, input.valueAsNumber);
      input.setAttribute('aria-valuetext', words);
      input.parentElement?.classList.toggle('on', input.valueAsNumber > 0);
      input.parentElement?.querySelector('.strength')?.replaceChildren(words);
    }
  }
}
