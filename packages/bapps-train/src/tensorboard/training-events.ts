/**
 * @module
 * A training run as TensorBoard shows it: what each epoch reached, single steps in between, and the recipe as a table. The
 * horizontal axis counts steps.
 */
import type { StepResult } from '../training/run-training.js';
import { type Epoch, meanScore, type TrainingLog } from '../training/training-log.js';
import type { EventWriter } from './event-writer.js';

/** Writes the curves of a run. */
export class TrainingEvents {
  readonly #writer: EventWriter;
  readonly #everySteps: number;
  /** Steps taken, of the epochs before this run too. */
  #step = 0;

  /** @param everySteps steps between two of which the loss is written */
  constructor(writer: EventWriter, everySteps: number) {
    this.#writer = writer;
    this.#everySteps = everySteps;
  }

  /** @param step number of the step, from 1 */
  step(step: number, { loss, agreement }: Pick<StepResult, 'loss' | 'agreement'>): void {
    this.#step = step;
    if (step % this.#everySteps === 0)
      this.#writer.scalars(step, { 'batch/loss': loss, 'batch/2AFC': agreement });
  }

  /** After the last step of an epoch. */
  epoch({ learningRate, loss, trainScore, clamped, heldOut, heldOutLoss }: Epoch): void {
    const hasHeld = Object.keys(heldOut).length > 0;
    this.#writer.scalars(this.#step, {
      'loss/train': loss,
      ...(heldOutLoss !== undefined && { 'loss/held_out': heldOutLoss }),
      '2AFC/train': trainScore,
      ...(hasHeld && { '2AFC/held_out': meanScore(heldOut) }),
      ...scoresByTag('held_out', heldOut),
      'recipe/learning_rate': learningRate,
      'recipe/clamped_weights': clamped,
    });
  }

  /** What the run was asked to do, and the scores of the weights that it kept, on triplets that chose nothing. */
  end({ net, calibration, mode, seed, triplets, keptEpoch, test, settings = {}, steps }: TrainingLog): void {
    const facts = {
      net: `${net} ${calibration}`,
      mode,
      seed,
      triplets,
      ...settings,
      'epoch kept': keptEpoch,
    };
    const rows = Object.entries(facts).map(([name, value]) => `| ${cell(name)} | ${cell(`${value}`)} |\n`);
    this.#writer.text('recipe', `| setting | value |\n|---|---|\n${rows.join('')}`);
    if (test) this.#writer.scalars(steps, { '2AFC/test': meanScore(test), ...scoresByTag('test', test) });
  }

  /** Closes the file. */
  close(): void {
    this.#writer.close();
  }
}

function scoresByTag(part: string, scores: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(scores).map(([distortion, score]) => [`2AFC_${part}/${distortion}`, score]),
  );
}

/** A line break or a bar would end the cell of a Markdown table. */
function cell(text: string): string {
  return text.replaceAll(/[\r\n]+/g, ' ').replaceAll('|', '\\|');
}
