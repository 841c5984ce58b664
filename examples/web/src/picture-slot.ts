/**
 * @module
 * A place for a picture that is dropped, chosen or pasted, or for one of the page's photographs. It shows the picture once it
 * is known to be one, and says in words why it cannot take a file.
 */
import { PHOTOGRAPHS } from 'virtual:samples';
import { html } from 'lpips-pictures/page';
import { fill, find, reasonOf } from './dom.js';
import { isWeightsFile } from './weights-files.js';

/** The title of a slot, and who opens its pictures. */
export interface SlotOptions {
  readonly title: string;
  /** Opens a picture before it is shown. An error says why it is refused. */
  readonly open: (picture: Blob) => Promise<unknown>;
  /** Called once the slot has changed: it holds another picture, or none, since one was refused. */
  readonly onChange: () => void;
  /** Takes several files that are dropped on the slot at once. */
  readonly onMany: (files: readonly File[]) => void;
}

export class PictureSlot {
  readonly #options: SlotOptions;
  readonly #root: HTMLElement;
  readonly #image: HTMLImageElement;
  readonly #name: HTMLElement;
  readonly #error: HTMLElement;
  #picture: Blob | undefined;
  /** Counts the pictures that were brought, so that a slow one does not replace a newer one. */
  #brought = 0;

  constructor(root: HTMLElement, options: SlotOptions) {
    this.#options = options;
    this.#root = root;
    const { title } = options;
    fill(
      root,
      html`<div class="slot"><div class="slot-title"><h3>${title}</h3><button type="button" class="paste" data-paste>Paste</button></div>
<label class="drop"><input type="file" accept="image/*" aria-label="${title}: choose a file">
<img alt="" hidden><span class="hint">Drop a picture, or click to choose one</span></label>
<p class="slot-name soft" data-name></p>
<p class="error" role="alert" data-error hidden></p>
<div class="samples" role="group" aria-label="${title}: photographs of this page">${PHOTOGRAPHS.map(
        ({ id, caption, url }) =>
          html`<button type="button" data-sample="${id}" title="${caption}" aria-label="${caption}"><img src="${url}" alt="" width="40" height="40"></button>`,
      )}</div></div>`,
    );
    this.#image = find(root, '.drop img', HTMLImageElement);
    this.#name = find(root, '[data-name]', HTMLElement);
    this.#error = find(root, '[data-error]', HTMLElement);
    const input = find(root, 'input', HTMLInputElement);
    input.addEventListener('change', () => {
      const [file] = input.files ?? [];
      if (file) void this.take(file, file.name);
      input.value = '';
    });
    this.#listenToDrops(find(root, '.drop', HTMLElement));
    find(root, '.samples', HTMLElement).addEventListener('click', (event) => {
      const button = event.target instanceof Element ? event.target.closest('button') : null;
      const sample = PHOTOGRAPHS.find(({ id }) => id === button?.dataset['sample']);
      if (sample) void this.fetch(sample.url, sample.caption);
    });
    find(root, '[data-paste]', HTMLElement).addEventListener('click', () => void this.#paste());
  }

  /** Undefined where none was brought, or the last one was refused. */
  get picture(): Blob | undefined {
    return this.#picture;
  }

  /** Brings a picture and calls `onChange`. */
  async take(picture: Blob, name: string): Promise<void> {
    if (await this.hold(picture, name)) this.#options.onChange();
  }

  /** Brings a picture without calling `onChange`. Returns false where a newer one was brought meanwhile. */
  async hold(picture: Blob, name: string): Promise<boolean> {
    const brought = ++this.#brought;
    try {
      await this.#options.open(picture);
    } catch (error) {
      if (brought === this.#brought) this.#refuse(reasonOf(error));
      return brought === this.#brought;
    }
    if (brought !== this.#brought) return false;
    this.#picture = picture;
    this.#error.hidden = true;
    URL.revokeObjectURL(this.#image.src);
    this.#image.src = URL.createObjectURL(picture);
    this.#image.alt = name;
    this.#image.hidden = false;
    this.#root.querySelector('.slot')?.classList.add('filled');
    this.#name.textContent = name;
    return true;
  }

  /** Takes a picture from an address. */
  async fetch(url: string, name: string): Promise<void> {
    await this.take(await (await fetch(url)).blob(), name);
  }

  /** Says why nothing new is taken. What the slot holds stays. */
  tell(reason: string): void {
    this.#error.textContent = reason;
    this.#error.hidden = false;
  }

  /** Says why a picture is not taken, and holds none. */
  #refuse(reason: string): void {
    this.tell(reason);
    this.#picture = undefined;
    this.#image.hidden = true;
    this.#image.removeAttribute('src');
    this.#name.textContent = '';
    this.#root.querySelector('.slot')?.classList.remove('filled');
  }

  #listenToDrops(drop: HTMLElement): void {
    const mark = (isOver: boolean) => drop.classList.toggle('over', isOver);
    drop.addEventListener('dragover', (event) => {
      event.preventDefault();
      mark(true);
    });
    drop.addEventListener('dragleave', () => mark(false));
    drop.addEventListener('drop', (event) => {
      mark(false);
      const files = [...(event.dataTransfer?.files ?? [])];
      if (files.some(isWeightsFile)) return; // the page takes them
      event.preventDefault();
      const [file] = files;
      if (!file) this.tell('That is not a file. Save the picture first, then drop the file.');
      else if (files.length > 1) this.#options.onMany(files);
      else void this.take(file, file.name);
    });
  }

  async #paste(): Promise<void> {
    try {
      for (const item of await navigator.clipboard.read()) {
        const type = item.types.find((each) => each.startsWith('image/'));
        if (type !== undefined) return await this.take(await item.getType(type), 'Pasted picture');
      }
      this.tell('There is no picture on the clipboard. Copy one first.');
    } catch (error) {
      this.tell(`The browser did not hand over the clipboard (${reasonOf(error)}). Press Ctrl+V instead.`);
    }
  }
}
