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
import type { LossName, Progress } from '../worker/trainer.js';
import { saveFile } from './save-file.js';

const HELD = ['boats', 'acanthus'];
/** With this seed the held-out patches show both photographs, near and far. */
const SEED = 7;
const SIDES: readonly { readonly loss: LossName; readonly name: string; readonly tone: 'other' | 'lpips' }[] =
  [
    { loss: 'mse', name: 'MSE', tone: 'other' },
    { loss: 'lpips', name: 'L1 + LPIPS', tone: 'lpips' },
  ];

export class TrainView {
  readonly #root: HTMLElement;
  readonly #bar: InstrumentBar;
  readonly #go: HTMLButtonElement;
  readonly #again: HTMLButtonElement;
  readonly #status: HTMLElement;
  readonly #error: HTMLElement;
  #trainer: RemoteTrainer | undefined;
  #isPrepared = false;
  #isRunning = false;
  #history = new Map<LossName, Omit<Progress, 'picture'>[]>();

  constructor(root: HTMLElement, bar: InstrumentBar) {
    this.#root = root;
    this.#bar = bar;
    fill(
      root,
      html`<section aria-labelledby="train-title"><h2 id="train-title">Train an autoencoder</h2>
<p>It squeezes patches of photographs into a sixteenth of their numbers and rebuilds them. Both models begin with the same
weights and see the same patches; only their losses differ. Below they rebuild patches that neither has learned from.</p>
<div class="controls"><button type="button" class="button primary" data-go>Start</button>
<button type="button" class="button" data-again disabled>Begin anew</button>
<p class="status" role="status" data-status>Nothing is trained yet.</p><p class="status" data-step></p></div>
<p class="error" role="alert" data-error hidden></p>
<div class="sides"><div class="side"><h3>Originals</h3>
<canvas data-originals role="img" aria-label="Six patches as they are"></canvas>
<p class="note soft">Here lite measures LPIPS and also teaches the right side, so it is no neutral judge. The autoencoder
example of this project has a judge that taught neither.</p></div>${SIDES.map(
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

  /** Called when the tab is shown. Starts the worker, so that the button answers at once. */
  open(): void {
    this.#trainer ??= startTrainer((reason) => this.#end(reason));
  }

  async #train(): Promise<void> {
    this.open();
    const trainer = this.#trainer;
    if (!trainer) return;
    this.#error.hidden = true;
    this.#setRunning(true);
    try {
      if (!this.#isPrepared) await this.#prepare(trainer);
      this.#status.textContent = `Training on ${this.#bar.instrument?.backendTitle ?? 'WebAssembly'}.`;
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

  async #prepare(trainer: RemoteTrainer): Promise<void> {
    this.#status.textContent = 'Cutting patches …';
    const blobsOf = (isHeld: boolean) =>
      Promise.all(
        PHOTOGRAPHS.filter(({ id }) => HELD.includes(id) === isHeld).map(async ({ url }) =>
          (await fetch(url)).blob(),
        ),
      );
    const originals = await trainer.prepare({
      backend: this.#bar.instrument?.backend ?? 'wasm',
      seed: SEED,
      learn: await blobsOf(false),
      held: await blobsOf(true),
    });
    show(find(this.#root, '[data-originals]', HTMLCanvasElement), originals);
    this.#history = new Map(SIDES.map(({ loss }) => [loss, []]));
    this.#isPrepared = true;
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
    this.#isPrepared = false;
    await this.#train();
  }

  #setRunning(isRunning: boolean): void {
    this.#isRunning = isRunning;
    this.#go.textContent = isRunning ? 'Stop' : this.#isPrepared ? 'Go on' : 'Start';
    this.#again.disabled = !this.#isPrepared;
    for (const button of this.#root.querySelectorAll<HTMLButtonElement>('[data-save]')) {
      button.disabled = !this.#isPrepared;
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
    if (history.length > 1) this.#draw(loss, side);
  }

  #historyOf(loss: LossName): Omit<Progress, 'picture'>[] {
    const history = this.#history.get(loss);
    if (!history) throw new RangeError(`TrainView: no history of ${loss}`);
    return history;
  }

  #draw(loss: LossName, side: HTMLElement): void {
    const line = (of: LossName, key: 'value' | 'lpips' | 'psnr'): Line => {
      const { name, tone } = at(
        SIDES,
        SIDES.findIndex((each) => each.loss === of),
      );
      return { name, tone, points: this.#historyOf(of).map((facts) => [facts.step, facts[key]] as const) };
    };
    const format = (value: number) => String(Number(value.toFixed(3)));
    fill(
      find(side, '[data-loss-chart]', HTMLElement),
      lineChart([line(loss, 'value')], {
        title: '',
        xName: 'steps',
        format,
        label: `Loss of the model that learns by ${line(loss, 'value').name}`,
        size: 'small',
      }),
    );
    if (loss !== SIDES.at(-1)?.loss) return;
    for (const [key, title] of [
      ['lpips', 'LPIPS of the rebuilt patches, lower is closer'],
      ['psnr', 'PSNR of the rebuilt patches in dB, higher is closer'],
    ] as const) {
      fill(
        find(this.#root, `[data-chart=${key}]`, HTMLElement),
        lineChart(
          SIDES.map((each) => line(each.loss, key)),
          { title, xName: 'steps', format, label: title },
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
