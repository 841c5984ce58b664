/**
 * @module
 * How it is measured: which net on which backend, with the weights that visitors bring. It stands folded below the views.
 * Every view that measures is told of changes. What a visitor must know stands in the notice above the views: that nothing
 * can be measured, or that this device computes wrongly.
 */
import { html } from 'lpips-pictures/page';
import { SCALE_SOURCE } from './compare/scale.js';
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
  readonly #root: HTMLDetailsElement;
  readonly #nets: HTMLSelectElement;
  readonly #backends: HTMLSelectElement;
  readonly #notice: HTMLElement;
  readonly #status: HTMLElement;
  readonly #error: HTMLElement;
  readonly #listeners: ((instrument: Instrument) => void)[] = [];
  #instrument: Instrument | undefined;

  /**
   * @param root the `details` element to fill
   * @param notice where it says what a visitor must know
   */
  constructor(root: HTMLDetailsElement, notice: HTMLElement, engine: RemoteEngine) {
    this.#engine = engine;
    this.#root = root;
    this.#notice = notice;
    fill(
      find(root, '#instrument', HTMLElement),
      html`<form class="instrument" aria-label="What measures">
<label>Net <select data-net disabled></select></label>
<label>Computes on <select data-backend disabled></select></label>
<label class="button file">Add official weights<input type="file" data-weights multiple accept="${WEIGHTS_ENDINGS}"></label>
<p class="status" role="status" data-status>Starting …</p>
<p class="error" role="alert" data-error hidden></p>
<p class="soft note report" data-note></p><p class="soft note report" data-report></p>
<p class="soft note report">Values of one net, one version and one picture size can be compared, others cannot. The scale of known changes is the
median over ${SCALE_SOURCE.photographs} photographs of this page, ${SCALE_SOURCE.side} × ${SCALE_SOURCE.side} pixels each. A detail level is a
layer of the net whose features are compared, a tap: the first sees edges, the last whole objects.</p></form>`,
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

  /** Unfolds, and scrolls into view. */
  open(): void {
    this.#root.open = true;
    this.#root.scrollIntoView({ block: 'nearest' });
  }

  /** Says something about the last measurement. */
  report(words: string): void {
    find(this.#root, '[data-report]', HTMLElement).textContent = words;
  }

  /** Takes weights files and chooses the net that they complete. */
  async addWeights(files: readonly File[]): Promise<void> {
    let completed: string | undefined;
    this.open();
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
    this.#status.textContent = 'Starting …';
    for (const select of [this.#nets, this.#backends]) select.disabled = true;
    try {
      this.#instrument = await this.#engine.choose(net, backend);
    } catch (error) {
      this.fail(reasonOf(error));
    }
    for (const select of [this.#nets, this.#backends]) select.disabled = false;
    const instrument = this.#instrument;
    if (!instrument) return;
    this.#warn(instrument.warning);
    this.#nets.value = instrument.net;
    this.#backends.value = instrument.backend;
    this.#status.textContent = `Measuring with ${instrument.title} on ${instrument.backendTitle}.`;
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

  /** Shows an error: where it was caused, or above the views where nothing can be measured any more. */
  fail(reason: string, isFatal = this.#instrument === undefined): void {
    if (isFatal) {
      this.#warn(reason);
      return;
    }
    this.#error.textContent = reason;
    this.#error.hidden = false;
    this.#status.textContent = '';
  }

  #warn(reason: string | undefined): void {
    fill(this.#notice, reason === undefined ? html`` : html`<p class="error">${reason}</p>`);
  }
}
