import { setBackend } from '@tensorflow/tfjs';
import { beforeAll, describe } from 'vitest';
import { suiteOnBackend } from '../../../../test/support/backends.js';
import { fusedConv2dTests } from '../../../../test/support/fused-conv2d-tests.js';
import { registerKernels } from '../../src/kernels/register-kernels.js';

await suiteOnBackend('fusedConv2d', 'tensorflow', (name) => {
  describe(name, () => {
    beforeAll(async () => {
      await setBackend('tensorflow');
      registerKernels('cpu');
    });
    fusedConv2dTests();
  });
});
