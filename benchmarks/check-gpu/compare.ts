/**
 * @module
 * How far a device is from WASM on the same workload, and whether that is rounding.
 */
import { at } from 'lpips-core';
import { relativeDifference } from '../src/relative-difference.js';
import type { Measured } from './measure.js';

/** Largest relative errors (L2) that count as rounding: devices add in an order of their own. */
const DISTANCE = 1e-4;
/** A single unit on the other side of its relu makes up to 3e-3. */
const GRADIENT = 5e-3;
/** Such units also change what a training learns. */
const LOSS = 1e-3;

/** A case on the device, beside WASM. */
interface ComparedCase {
  readonly title: string;
  readonly distanceError: number;
  readonly gradientError: number;
  readonly forwardMs: number;
  readonly gradientMs: number;
  readonly wasm: { readonly forwardMs: number; readonly gradientMs: number };
}

/** The device beside WASM. */
export interface Compared {
  readonly ok: boolean;
  readonly cases: readonly ComparedCase[];
  readonly training: {
    readonly title: string;
    readonly losses: readonly number[];
    readonly lossError: number;
    readonly stepMs: number;
    readonly wasmStepMs: number;
  };
}

/** Compares what a device computed with what WASM computed from the same workload. NaN is an error of any size. */
export function compareWith(wasm: Measured, device: Measured): Compared {
  const cases = device.cases.map(
    ({ title, distance, gradient, forwardMs, gradientMs }, index): ComparedCase => {
      const expected = at(wasm.cases, index);
      return {
        title,
        distanceError: relativeDifference(distance, expected.distance),
        gradientError: relativeDifference(gradient, expected.gradient),
        forwardMs,
        gradientMs,
        wasm: { forwardMs: expected.forwardMs, gradientMs: expected.gradientMs },
      };
    },
  );
  const { title, losses, stepMs } = device.training;
  const lossError = relativeDifference(losses, wasm.training.losses);
  const isRounding = cases.every((row) => row.distanceError <= DISTANCE && row.gradientError <= GRADIENT);
  const training = { title, losses, lossError, stepMs, wasmStepMs: wasm.training.stepMs };
  return { ok: isRounding && lossError <= LOSS, cases, training };
}
