/**
 * @module
 * Many pictures, and the nearest of the one that is chosen.
 */
import { PAIRS, PHOTOGRAPHS } from 'virtual:samples';
import { html } from 'lpips-pictures/page';
import { fill, find, reasonOf } from '../dom.js';
import type { RemoteEngine } from '../engine.js';
import type { InstrumentBar } from '../instrument-bar.js';
import type { Neighbours } from '../worker/collection.js';

/** A picture that is searched. */
interface Shown {
  readonly id: number;
  readonly name: string;
  /** Its address within the page. */
  readonly url: string;
}

/** Neighbours that are shown. */
const COUNT = 6;
/** Files whose faults are told. Of a folder of other files, one line for each would fill the page. */
const MOST_NAMED = 5;

export class NearestView {
  readonly #engine: RemoteEngine;
  readonly #bar: InstrumentBar;
  readonly #status: HTMLElement;
  readonly #trouble: HTMLElement;
  readonly #found: HTMLElement;
  readonly #collection: HTMLElement;
  readonly #pictures: Shown[] = [];
  #chosen: number | undefined;
  #isOpen = false;
  /** Counts the searches, so that a late answer does not overwrite a newer one. */
  #asked = 0;

  constructor(root: HTMLElement, engine: RemoteEngine, bar: InstrumentBar) {
    this.#engine = engine;
    this.#bar = bar;
    fill(
      root,
      html`<section aria-labelledby="nearest-title"><h2 id="nearest-title">Find the nearest pictures</h2>
<p>Drop or choose pictures, as many as you like. Then choose one to see which of the others look most like it.</p>
<label class="button many">Add pictures<input type="file" accept="image/*" multiple data-files></label>
<p class="status" role="status" data-status></p>
<div class="error" role="alert" data-trouble hidden></div>
<div class="collection" role="group" aria-label="Pictures" data-collection></div>
<div data-found></div></section>`,
    );
    this.#status = find(root, '[data-status]', HTMLElement);
    this.#trouble = find(root, '[data-trouble]', HTMLElement);
    this.#found = find(root, '[data-found]', HTMLElement);
    const input = find(root, '[data-files]', HTMLInputElement);
    input.addEventListener('change', () => {
      this.take([...(input.files ?? [])]);
      input.value = '';
    });
    this.#collection = find(root, '[data-collection]', HTMLElement);
    this.#collection.addEventListener('click', ({ target }) => {
      const button = target instanceof Element ? target.closest('button') : null;
      const id = button?.dataset['id'];
      if (id !== undefined) void this.#choose(Number(id));
    });
    bar.onChange(() => {
      if (this.#chosen !== undefined) void this.#choose(this.#chosen);
    });
  }

  /** Begins with the pictures of this page. */
  open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    void this.#begin();
  }

  /** Takes pasted or dropped files. */
  take(files: readonly File[]): void {
    void this.#add(files.map((file) => ({ blob: file, name: file.name })));
  }

  async #begin(): Promise<void> {
    const samples = [
      ...PHOTOGRAPHS.map(({ url, caption }) => ({ url, name: caption })),
      ...PAIRS.map(({ image, name }) => ({ url: image, name })),
    ];
    const blobs = await Promise.all(samples.map(async ({ url }) => (await fetch(url)).blob()));
    await this.#add(samples.flatMap(({ name }, i) => (blobs[i] ? [{ blob: blobs[i], name }] : [])));
  }

  async #add(files: readonly { readonly blob: Blob; readonly name: string }[]): Promise<void> {
    this.#trouble.hidden = true;
    const refused: string[] = [];
    let last: number | undefined;
    for (const [place, { blob, name }] of files.entries()) {
      this.#status.textContent = `Reading picture ${place + 1} of ${files.length} …`;
      try {
        last = await this.#engine.addToCollection(blob);
        this.#append({ id: last, name, url: URL.createObjectURL(blob) });
      } catch (error) {
        refused.push(`${name}: ${reasonOf(error)}`);
      }
    }
    this.#status.textContent = '';
    if (refused.length > 0) this.#fail(describeRefused(refused));
    if (last !== undefined) await this.#choose(files.length === 1 ? last : (this.#chosen ?? last));
  }

  async #choose(id: number): Promise<void> {
    this.#chosen = id;
    this.#mark(id);
    if (this.#pictures.length < 2) {
      this.#status.textContent = 'Add one more picture.';
      return;
    }
    if (!this.#bar.instrument) return;
    const asked = ++this.#asked;
    this.#status.textContent = 'Searching …';
    try {
      const found = await this.#engine.nearest(id, COUNT);
      if (asked !== this.#asked) return;
      this.#show(found);
    } catch (error) {
      if (asked === this.#asked) this.#fail(reasonOf(error));
    }
  }

  /** Shows one more picture as soon as it is read. */
  #append(picture: Shown): void {
    this.#pictures.push(picture);
    const { id, name, url } = picture;
    const button = html`<button type="button" data-id="${id}" title="${name}" aria-label="${name}" aria-pressed="false"><img src="${url}" alt="" width="72" height="72" decoding="async"></button>`;
    this.#collection.insertAdjacentHTML('beforeend', button.toString());
  }

  /** The buttons stay, so that the one that has the focus keeps it, and hundreds of pictures are not decoded again. */
  #mark(chosen: number): void {
    for (const button of this.#collection.querySelectorAll('button')) {
      button.ariaPressed = String(button.dataset['id'] === String(chosen));
    }
  }

  #show({ hits, proven, examined, others, milliseconds }: Neighbours): void {
    const verdict = proven ? 'Proven: no other is nearer.' : 'One that was not computed may be nearer.';
    this.#status.textContent = `${verdict} Distances by ${this.#bar.instrument?.title ?? ''}.`;
    this.#bar.report(
      `The last search compared pictures of 64 × 64 pixels. It computed ${examined} of ${others} distances in ${Math.round(milliseconds)} ms.`,
    );
    const pictureOf = (id: number) => this.#pictures.find((picture) => picture.id === id);
    fill(
      this.#found,
      html`<ol class="neighbours">${hits.map(({ id, distance }) => {
        const { name = '', url = '' } = pictureOf(id) ?? {};
        return html`<li><img src="${url}" alt=""><b data-neighbour-distance>${distance.toFixed(4)}</b><span class="soft">${name}</span></li>`;
      })}</ol>`,
    );
  }

  #fail(reason: string): void {
    this.#status.textContent = '';
    this.#trouble.textContent = reason;
    this.#trouble.hidden = false;
  }
}

function describeRefused(reasons: readonly string[]): string {
  const more = reasons.length - MOST_NAMED;
  const named = reasons.slice(0, MOST_NAMED).join(' ');
  return more > 0 ? `${named} And ${more} more ${more === 1 ? 'file' : 'files'} cannot be read.` : named;
}
