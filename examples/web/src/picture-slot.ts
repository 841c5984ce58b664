/**
 * @module
 * A place for a picture that is dropped, chosen or pasted, or for one of the page's photographs. It shows the picture, and
 * says in words why it cannot take a file.
 */
import { PHOTOGRAPHS } from 'virtual:samples';
import { html } from 'lpips-pictures/page';
import { fill, find, reasonOf } from './dom.js';
import { isWeightsFile } from './weights-files.js';

/** The title of a slot, and what is called with its picture. */
export interface SlotOptions {
  readonly title: string;
  readonly onPicture: (picture: Blob) => void;
}

export class PictureSlot {
  readonly #onPicture: (picture: Blob) => void;
  readonly #root: HTMLElement;
  readonly #image: HTMLImageElement;
  readonly #name: HTMLElement;
  readonly #error: HTMLElement;
  #picture: Blob | undefined;

  constructor(root: HTMLElement, { title, onPicture }: SlotOptions) {
    this.#onPicture = onPicture;
    this.#root = root;
    fill(
      root,
      html`<div class="slot"><h3>${title}</h3>
<label class="drop"><input type="file" accept="image/*" aria-label="${title}: choose a file">
<img alt="" hidden><span class="hint">Drop a picture, or click to choose one</span></label>
<p class="slot-name soft" data-name></p>
<p class="error" role="alert" data-error hidden></p>
<div class="samples" role="group" aria-label="${title}: photographs of this page">${PHOTOGRAPHS.map(
        ({ id, title: name, url }) =>
          html`<button type="button" data-sample="${id}" title="${name}" aria-label="${name}"><img src="${url}" alt="" width="40" height="40" loading="lazy"></button>`,
      )}<button type="button" class="paste" data-paste>Paste</button></div></div>`,
    );
    this.#image = find(root, '.drop img', HTMLImageElement);
    this.#name = find(root, '[data-name]', HTMLElement);
    this.#error = find(root, '[data-error]', HTMLElement);
    const input = find(root, 'input', HTMLInputElement);
    input.addEventListener('change', () => {
      const [file] = input.files ?? [];
      if (file) this.take(file, file.name);
      input.value = '';
    });
    const drop = find(root, '.drop', HTMLElement);
    const mark = (isOver: boolean) => drop.classList.toggle('over', isOver);
    drop.addEventListener('dragover', (event) => {
      event.preventDefault();
      mark(true);
    });
    drop.addEventListener('dragleave', () => mark(false));
    drop.addEventListener('drop', (event) => {
      mark(false);
      const [file] = event.dataTransfer?.files ?? [];
      if (file && isWeightsFile(file)) return; // the page takes it
      event.preventDefault();
      if (file) this.take(file, file.name);
      else this.fail('That is not a file. Save the picture first, then drop the file.');
    });
    find(root, '.samples', HTMLElement).addEventListener('click', (event) => {
      const button = event.target instanceof Element ? event.target.closest('button') : null;
      const sample = PHOTOGRAPHS.find(({ id }) => id === button?.dataset['sample']);
      if (sample) void this.open(sample.url, `${sample.author}, ${sample.title}`);
    });
    find(root, '[data-paste]', HTMLElement).addEventListener('click', () => void this.#paste());
  }

  get picture(): Blob | undefined {
    return this.#picture;
  }

  /** Holds a picture and calls `onPicture`. */
  take(picture: Blob, name: string): void {
    this.hold(picture, name);
    this.#onPicture(picture);
  }

  /** Holds a picture without calling `onPicture`. */
  hold(picture: Blob, name: string): void {
    this.#picture = picture;
    this.#error.hidden = true;
    URL.revokeObjectURL(this.#image.src);
    this.#image.src = URL.createObjectURL(picture);
    this.#image.alt = name;
    this.#image.hidden = false;
    this.#root.querySelector('.slot')?.classList.add('filled');
    this.#name.textContent = name;
  }

  /** Takes a picture from an address. */
  async open(url: string, name: string): Promise<void> {
    this.take(await (await fetch(url)).blob(), name);
  }

  /** Says why the picture is not taken, and hides it. */
  fail(reason: string): void {
    this.#error.textContent = reason;
    this.#error.hidden = false;
    this.#image.hidden = true;
    this.#root.querySelector('.slot')?.classList.remove('filled');
  }

  async #paste(): Promise<void> {
    try {
      for (const item of await navigator.clipboard.read()) {
        const type = item.types.find((each) => each.startsWith('image/'));
        if (type !== undefined) return this.take(await item.getType(type), 'Pasted picture');
      }
      this.fail('There is no picture on the clipboard. Copy one first.');
    } catch (error) {
      this.fail(`The browser did not hand over the clipboard (${reasonOf(error)}). Press Ctrl+V instead.`);
    }
  }
}
