/**
 * @module
 * A distillation as TensorBoard shows it: the loss of the recipe, of each round and of the last cycle, each from its first step on.
 */
import type { DistillProgress } from '../distill/distill.js';
import type { EventWriter } from './event-writer.js';

/** Steps between two whose loss is written. */
const EVERY = 20;

/** A function that writes what progress tells of the loss. @param rounds of the recipe */
export function writeLosses(writer: EventWriter, rounds: number): (progress: DistillProgress) => void {
  return ({ round, stage, done, total, loss }) => {
    if (stage !== 'training' || loss === undefined || (done % EVERY !== 0 && done !== total)) return;
    const part = round === 0 ? 'recipe' : round > rounds ? 'last_cycle' : `round_${round}`;
    writer.scalars(done, { [`loss/${part}`]: loss });
  };
}
