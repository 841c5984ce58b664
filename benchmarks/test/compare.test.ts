import { describe, expect, it } from 'vitest';
import { compareWith } from '../check-gpu/compare.js';
import type { Measured } from '../check-gpu/measure.js';

/** What a backend gives, times aside, whose values are scaled as told. */
function measured({ distance = 1, gradient = 1, loss = 1, ms = 1 } = {}): Measured {
  return {
    cases: [
      {
        title: 'lite, 1x32x32',
        distance: Float32Array.of(0.5 * distance),
        gradient: Float32Array.of(gradient, -2 * gradient),
        forwardMs: ms,
        gradientMs: 2 * ms,
      },
    ],
    training: { title: 'a training step', losses: [2, 1.5 * loss], stepMs: 3 * ms },
  };
}

describe('a GPU beside WASM', () => {
  it('is sound where it differs by rounding, and both times are told', () => {
    const { ok, cases, training } = compareWith(measured({ ms: 10 }), measured({ distance: 1 + 1e-6 }));
    expect(ok).toBe(true);
    expect(cases).toMatchObject([{ forwardMs: 1, gradientMs: 2, wasm: { forwardMs: 10, gradientMs: 20 } }]);
    expect(training).toMatchObject({ stepMs: 3, wasmStepMs: 30, lossError: 0 });
  });

  it.each([
    { distance: 1.001 },
    { gradient: 1.01 },
    { loss: 1.01 },
    { distance: 0 },
    { gradient: Number.NaN },
    { loss: Number.NaN },
  ])('is not sound where values are off: %j', (scaled) => {
    expect(compareWith(measured(), measured(scaled)).ok).toBe(false);
  });
});
