import { expect, it } from 'vitest';
import { describeOnBackends } from '../../../../test/support/backend.js';
import { backendTraits } from '../../src/operations/backend-traits.js';
import { probeBackend } from '../../src/operations/probe-backend.js';

describeOnBackends('what is known of a backend', ['cpu', 'wasm'], () => {
  it('is what a probe finds there', () => {
    const { routesToFirstMaximum } = backendTraits();
    expect({ routesToFirstMaximum }).toEqual(probeBackend());
  });
});
