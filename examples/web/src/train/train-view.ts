/**
 * @module
 * Two autoencoders learn from the same seed, one by squared error and one by L1 + LPIPS.
 */
import { PHOTOGRAPHS } from 'virtual:samples';
import { proxy } from 'comlink';
import { at } from 'lpips-core';
import { html, type Line, lineChart } from 'lpips-pictures/page';
import { fill, find, reasonOf, show } from '../dom.js';
import { type RemoteTrainer, startTrainer } from '../engine.js';
import type { InstrumentBar } from '../instrument-bar.js';
import type { BackendName } from '../worker/backends.js';
import type { LossName, Progress } from '../worker/trainer.js';
import { saveFile } from './save-file.js';

const HELD = ['coffee', 'chelsea'];
/** With this seed the held-out patches show both photographs, near and far. */
const SEED = 7;

/** A model, by the loss that it learns by. */
interface Side {
  readonly loss: LossName;
  readonly name: string;
  readonly tone: 'other' | 'lpips';
}
const SIDES: readonly Side[] = [
  { loss: 'mse', name: 'MSE', tone: 'other' },
  { loss: 'lpips', name: 'L1 + LPIPS', tone: 'lpips' },
];
type Facts = Omit<Progress, 'picture'>;

export class TrainView {
  readonly #root: HTMLElement;
  readonly #bar: InstrumentBar;
  readonly #go: HTMLButtonElement;
  readonly #again: HTMLButtonElement;
  readonly #status: HTMLElement;
  readonly #error: HTMLElement;
  #trainer: RemoteTrainer | undefined;
  #isOpen = false;
  /** What the training is prepared for, or will soon be. */
  #prepared: { readonly backend: BackendName; readonly done: Promise<void> } | undefined;
  #isRunning = false;
  #history = new Map<LossName, Facts[]>();

  constructor(root: HTMLElement, bar: InstrumentBar) {
    this.#root = root;
    this.#bar = bar;
    fill(
      root,
      html`<section aria-labelledby="train-title"><h2 id="train-title" class="for-ears">Train an autoencoder</h2>
<p>An autoencoder squeezes patches of photographs into a sixteenth of their numbers and rebuilds them. Both models begin with the same
weights and see the same patches; only their losses differ. Below they rebuild patches that neither has learned from.</p>
<div class="controls"><button type="button" class="button primary" data-go>Start</button>
<button type="button" class="button" data-again disabled>Begin anew</button>
<p class="status" role="status" data-status>Nothing is trained yet.</p><p class="status" data-step></p></div>
<p class="error" role="alert" data-error hidden></p>
<div class="sides"><div class="side"><h3>Originals</h3>
<canvas data-originals role="img" aria-label="Six patches as they are"></canvas>
<p class="note soft">lite, which measures LPIPS here, also teaches the right side, so it is no neutral judge. Trust your eyes, and PSNR.</p></div>${SIDES.map(
        ({ loss, name, tone }) =>
          html`<div class="side" data-side="${loss}"><h3 class="tone-${tone}">Learns by ${name}</h3>
<canvas data-rebuilt role="img" aria-label="The six patches as rebuilt by the model that learns by ${name}"></canvas>
<dl class="facts"><div><dt>Loss</dt><dd data-loss>–</dd></div><div><dt>LPIPS</dt><dd data-lpips>–</dd></div>
<div><dt>PSNR</dt><dd data-psnr>–</dd></div><div><dt>A step</dt><dd data-step-ms>–</dd></div></dl>
<div data-loss-chart></div><button type="button" class="button" data-save disabled>Download this model</button></div>`,
      )}</div>
<div class="charts"><div data-chart="lpips"></div><div data-chart="psnr"></div></div></section>`,
    );
    this.#go = find(root, '[data-go]', HTMLButtonElement);
    this.#again = find(root, '[data-again]', HTMLButtonElement);
    this.#status = find(root, '[data-status]', HTMLElement);
    this.#error = find(root, '[data-error]', HTMLElement);
    this.#go.addEventListener('click', () => void (this.#isRunning ? this.#stop() : this.#train()));
    this.#again.addEventListener('click', () => void this.#beginAnew());
    for (const { loss } of SIDES) {
      find(root, `[data-side=${loss}] [data-save]`, HTMLElement).addEventListener(
        'click',
        () => void this.#save(loss),
      );
    }
  }

  /** Called when the tab is shown. Shows the originals, and the button then answers at once. */
  open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#bar.onChange(() => {
      if (this.#isRunning) return;
      this.#prepare().catch((error: unknown) => this.#end(reasonOf(error)));
    });
  }

  /** Says that pictures are not taken here. */
  refuse(): void {
    this.#fail('This tab learns from the photographs of the page. The other tabs take pictures of yours.');
  }

  async #train(): Promise<void> {
    this.#error.hidden = true;
    this.#setRunning(true);
    try {
      this.#status.textContent = 'Starting …';
      const trainer = await this.#prepare();
      this.#status.textContent = 'Training …';
      await trainer.go(proxy(async (progress) => this.#show(progress)));
    } catch (error) {
      this.#end(reasonOf(error));
    }
  }

  #fail(reason: string): void {
    this.#error.textContent = reason;
    this.#error.hidden = false;
  }

  /** Ends the training and says why. */
  #end(reason: string): void {
    this.#fail(reason);
    this.#status.textContent = '';
    this.#setRunning(false);
  }

  /** Prepares the training for the backend that is chosen, unless it has begun, and shows the originals. */
  async #prepare(): Promise<RemoteTrainer> {
    this.#trainer ??= startTrainer((reason) => this.#end(reason));
    const backend = this.#bar.instrument?.backend ?? 'wasm';
    if (this.#prepared?.backend !== backend && !this.#hasBegun) {
      this.#prepared = { backend, done: this.#cutPatches(this.#trainer, backend) };
    }
    try {
      await this.#prepared?.done;
    } catch (error) {
      this.#prepared = undefined; // another try begins anew
      throw error;
    }
    return this.#trainer;
  }

  /** Whether a step has been reported. */
  get #hasBegun(): boolean {
    return [...this.#history.values()].some((facts) => facts.length > 0);
  }

  async #cutPatches(trainer: RemoteTrainer, backend: BackendName): Promise<void> {
    const blobsOf = (isHeld: boolean) =>
      Promise.all(
        PHOTOGRAPHS.filter(({ id }) => HELD.includes(id) === isHeld).map(async ({ url }) =>
          (await fetch(url)).blob(),
        ),
      );
    const originals = await trainer.prepare({
      backend,
      seed: SEED,
      learn: await blobsOf(false),
      held: await blobsOf(true),
    });
    show(find(this.#root, '[data-originals]', HTMLCanvasElement), originals);
    this.#history = new Map(SIDES.map(({ loss }) => [loss, []]));
  }

  async #stop(): Promise<void> {
    this.#go.disabled = true;
    const step = (await this.#trainer?.stop()) ?? 0;
    this.#go.disabled = false;
    this.#setRunning(false);
    this.#status.textContent = `Stopped after step ${step}.`;
    find(this.#root, '[data-step]', HTMLElement).textContent = '';
  }

  async #beginAnew(): Promise<void> {
    if (this.#isRunning) await this.#stop();
    this.#history = new Map();
    this.#prepared = undefined;
    await this.#train();
  }

  #setRunning(isRunning: boolean): void {
    this.#isRunning = isRunning;
    const hasBegun = this.#hasBegun;
    this.#go.textContent = isRunning ? 'Stop' : hasBegun ? 'Go on' : 'Start';
    this.#again.disabled = !hasBegun;
    for (const button of this.#root.querySelectorAll<HTMLButtonElement>('[data-save]')) {
      button.disabled = !hasBegun;
    }
  }

  #show({ picture, ...facts }: Progress): void {
    const { loss, step, value, lpips, psnr, stepMs } = facts;
    const side = find(this.#root, `[data-side=${loss}]`, HTMLElement);
    show(find(side, '[data-rebuilt]', HTMLCanvasElement), picture);
    const history = this.#historyOf(loss);
    history.push(facts);
    const tell = (name: string, words: string) => {
      find(side, `[data-${name}]`, HTMLElement).textContent = words;
    };
    tell('loss', value.toFixed(4));
    tell('lpips', lpips.toFixed(4));
    tell('psnr', `${psnr.toFixed(1)} dB`);
    tell('step-ms', `${Math.round(stepMs)} ms`);
    find(this.#root, '[data-step]', HTMLElement).textContent = `Step ${step}`;
    this.#setRunning(this.#isRunning);
    if (history.length > 1 && loss === SIDES.at(-1)?.loss) this.#draw();
  }

  #historyOf(loss: LossName): Facts[] {
    const history = this.#history.get(loss);
    if (!history) throw new RangeError(`TrainView: no history of ${loss}`);
    return history;
  }

  /** Draws the curves of both models. Their losses differ in kind, so each is drawn as a share of where it began. */
  #draw(): void {
    const last = this.#historyOf(at(SIDES, 0).loss).at(-1)?.step ?? 1;
    const lineOf = ({ loss, name, tone }: Side, read: (facts: Facts) => number): Line => ({
      name,
      tone,
      points: this.#historyOf(loss).map((facts) => [facts.step, read(facts)] as const),
    });
    const losses = SIDES.map((side) => {
      const first = this.#historyOf(side.loss)[0]?.value ?? 1;
      return lineOf(side, ({ value }) => (100 * value) / first);
    });
    const most = Math.max(...losses.flatMap(({ points }) => points.map(([, share]) => share)));
    for (const [index, { loss, name }] of SIDES.entries()) {
      fill(
        find(this.#root, `[data-side=${loss}] [data-loss-chart]`, HTMLElement),
        lineChart([at(losses, index)], {
          title: '',
          xName: 'steps; loss in % of the first',
          label: `Loss of the model that learns by ${name}, in per cent of the first`,
          size: 'small',
          xMost: last,
          yRange: [0, most],
        }),
      );
    }
    for (const [key, title] of [
      ['lpips', 'LPIPS of the rebuilt patches, lower is closer'],
      ['psnr', 'PSNR of the rebuilt patches in dB, higher is closer'],
    ] as const) {
      fill(
        find(this.#root, `[data-chart=${key}]`, HTMLElement),
        lineChart(
          SIDES.map((side) => lineOf(side, (facts) => facts[key])),
          { title, xName: 'steps', label: title, xMost: last },
        ),
      );
    }
  }

  async #save(loss: LossName): Promise<void> {
    try {
      const name = `autoencoder-${loss}`;
      const files = await this.#trainer?.save(loss, name);
      if (!files) return;
      saveFile(`${name}.json`, new Blob([files.json], { type: 'application/json' }));
      saveFile(`${name}.weights.bin`, new Blob([files.weights]));
    } catch (error) {
      this.#fail(reasonOf(error));
    }
  }
}
