/**
 * @module
 * Which net measures on which backend, with the weights that visitors bring. Every view that measures is told of changes.
 */
import { html } from 'lpips-pictures/page';
import { fill, find, reasonOf } from './dom.js';
import type { RemoteEngine } from './engine.js';
import { WEIGHTS_ENDINGS } from './weights-files.js';
import type { BackendName, BackendOffer } from './worker/backends.js';
import type { Instrument } from './worker/engine.js';

const NET_NAMES = ['lite', 'alex', 'squeeze', 'vgg'] as const;
const LITE = `lite is this project’s own small network, made to agree with LPIPS-AlexNet. Its values are not published
LPIPS numbers; add the official weights for those.`;

export class InstrumentBar {
  readonly #engine: RemoteEngine;
  readonly #root: HTMLElement;
  readonly #nets: HTMLSelectElement;
  readonly #backends: HTMLSelectElement;
  readonly #status: HTMLElement;
  readonly #error: HTMLElement;
  readonly #listeners: ((instrument: Instrument) => void)[] = [];
  #instrument: Instrument | undefined;

  constructor(root: HTMLElement, engine: RemoteEngine) {
    this.#engine = engine;
    this.#root = root;
    fill(
      root,
      html`<form class="instrument" aria-label="What measures">
<label>Net <select data-net disabled></select></label>
<label>Computes on <select data-backend disabled></select></label>
<label class="button file">Add official weights<input type="file" data-weights multiple accept="${WEIGHTS_ENDINGS}"></label>
<p class="status" role="status" data-status>Starting …</p>
<p class="error" role="alert" data-error hidden></p>
<p class="soft note" data-note></p></form>`,
    );
    this.#nets = find(root, '[data-net]', HTMLSelectElement);
    this.#backends = find(root, '[data-backend]', HTMLSelectElement);
    this.#status = find(root, '[data-status]', HTMLElement);
    this.#error = find(root, '[data-error]', HTMLElement);
    const files = find(root, '[data-weights]', HTMLInputElement);
    find(root, 'form', HTMLFormElement).addEventListener('submit', (event) => event.preventDefault());
    for (const select of [this.#nets, this.#backends]) {
      select.addEventListener('change', () => void this.#choose());
    }
    files.addEventListener('change', () => {
      void this.addWeights([...(files.files ?? [])]);
      files.value = '';
    });
    root.addEventListener('dragover', (event) => event.preventDefault());
    root.addEventListener('drop', (event) => {
      event.preventDefault();
      void this.addWeights([...(event.dataTransfer?.files ?? [])]);
    });
  }

  /** The net and backend that measure now. */
  get instrument(): Instrument | undefined {
    return this.#instrument;
  }

  /** Calls the listener at every change, and at once where a net has been chosen already. */
  onChange(listener: (instrument: Instrument) => void): void {
    this.#listeners.push(listener);
    if (this.#instrument) listener(this.#instrument);
  }

  /** Chooses lite on WebAssembly, which every browser has. */
  async start(): Promise<void> {
    this.#showBackends(await this.#engine.listBackends());
    await this.#showNets();
    await this.#choose();
  }

  /** Takes weights files and chooses the net that they complete. */
  async addWeights(files: readonly File[]): Promise<void> {
    let completed: string | undefined;
    this.#error.hidden = true;
    for (const file of files) {
      this.#status.textContent = `Reading ${file.name} …`;
      try {
        const { net, message } = await this.#engine.addWeights(file);
        this.#status.textContent = message;
        completed = net ?? completed;
      } catch (error) {
        this.fail(reasonOf(error));
      }
    }
    await this.#showNets();
    if (completed === undefined) return;
    this.#nets.value = completed;
    await this.#choose();
  }

  async #choose(): Promise<void> {
    const net = NET_NAMES.find((name) => name === this.#nets.value) ?? 'lite';
    const backend = this.#backends.value as BackendName;
    this.#error.hidden = true;
    this.#status.textContent = 'Starting and checking the arithmetic …';
    for (const select of [this.#nets, this.#backends]) select.disabled = true;
    try {
      this.#instrument = await this.#engine.choose(net, backend);
    } catch (error) {
      this.fail(reasonOf(error));
    }
    for (const select of [this.#nets, this.#backends]) select.disabled = false;
    const instrument = this.#instrument;
    if (!instrument) return;
    this.#nets.value = instrument.net;
    this.#backends.value = instrument.backend;
    this.#status.textContent = `Measuring with ${instrument.title} on ${instrument.backendTitle}. ${instrument.verdict}`;
    find(this.#root, '[data-note]', HTMLElement).textContent = instrument.net === 'lite' ? LITE : '';
    for (const listener of this.#listeners) listener(instrument);
  }

  async #showNets(): Promise<void> {
    const chosen = this.#nets.value;
    const nets = await this.#engine.listNets();
    fill(this.#nets, html`${nets.map(({ net, title }) => html`<option value="${net}">${title}</option>`)}`);
    if (nets.some(({ net }) => net === chosen)) this.#nets.value = chosen;
  }

  #showBackends(offers: readonly BackendOffer[]): void {
    fill(
      this.#backends,
      html`${offers.map(({ name, title, reason }) =>
        reason === undefined
          ? html`<option value="${name}">${title}</option>`
          : html`<option value="${name}" disabled>${title}: ${reason}</option>`,
      )}`,
    );
  }

  /** Shows an error. */
  fail(reason: string): void {
    this.#error.textContent = reason;
    this.#error.hidden = false;
    this.#status.textContent = '';
  }
}
