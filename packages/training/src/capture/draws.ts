/**
 * @module
 * Random whole numbers that JavaScript draws anew at each step, such as the offset of a crop. They reach the backend in tensors
 * that TensorFlow.js makes of them, also in gradients. Which tensors of a recording these are shows where two recordings are
 * compared: those that held each time what was drawn.
 */

import { checkFunctions } from '../errors.js';
import { type Draw, type RecordedDraw, stepUnderWay } from './recorded-step.js';
import type { RecordedConstant } from './step-recorder.js';

/**
 * Draws numbers. A captured step draws them for each of its runs, in the order in which the step draws them.
 *
 * @param draw the same object each time
 * @throws TrainingError unless it is an object with both functions
 */
export function drawNumbers(draw: Draw): readonly number[] {
  checkFunctions('drawNumbers', 'draw', draw, ['draw', 'tensorsOf']);
  const drawn = draw.draw();
  stepUnderWay()?.draws.push({ draw, drawn });
  return drawn;
}

/** A constant of a recording that holds what was drawn. */
export interface DrawnConstant {
  readonly constant: number;
  readonly shape: readonly number[];
  /** Which draw of the step, and which of its tensors. */
  readonly draw: number;
  readonly tensor: number;
}

/** What a step drew, and its constants. */
interface DrawingStep {
  readonly draws: readonly RecordedDraw[];
  readonly recording: { readonly constants: readonly RecordedConstant[] };
}

/**
 * The constants that held what was drawn, in two recordings of one step.
 *
 * @returns undefined where it cannot be told: a number or a tensor was drawn twice, or a constant held what two draws gave
 */
export function drawnConstants(before: DrawingStep, now: DrawingStep): DrawnConstant[] | undefined {
  const found: DrawnConstant[] = [];
  for (const [index, { draw, drawn }] of now.draws.entries()) {
    const drawnBefore = before.draws[index]?.drawn ?? [];
    if (drawn.some((number, i) => number === drawnBefore[i])) return undefined;
    const tensorsBefore = draw.tensorsOf(drawnBefore);
    for (const [tensor, values] of draw.tensorsOf(drawn).entries()) {
      const isDrawnTwice = values.every((value, i) => value === tensorsBefore[tensor]?.[i]);
      if (isDrawnTwice) return undefined;
      for (const [constant, { shape, values: given }] of now.recording.constants.entries()) {
        const givenBefore = before.recording.constants[constant]?.values;
        if (!holds(given, values) || !holds(givenBefore, tensorsBefore[tensor] ?? [])) continue;
        if (found.some((other) => other.constant === constant)) return undefined;
        found.push({ constant, shape, draw: index, tensor });
      }
    }
  }
  return found;
}

function holds(given: RecordedConstant['values'] | undefined, values: readonly number[]): boolean {
  return (
    given instanceof Int32Array &&
    given.length === values.length &&
    given.every((value, i) => value === values[i])
  );
}
