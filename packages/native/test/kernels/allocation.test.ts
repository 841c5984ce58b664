import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { suiteOnBackend } from '../../../../test/support/backends.js';

const PROCESS = fileURLToPath(new URL('../support/convolve-beyond-memory.mjs', import.meta.url));
const ENTRY = new URL('../../dist/index.js', import.meta.url).href;
/** In kilobytes: more than Node.js and TensorFlow reserve, and less than the result takes. */
const MOST_MEMORY = 100e6;

await suiteOnBackend('a kernel without memory', 'tensorflow', (name) => {
  describe(name, () => {
    it('fails its call and leaves the process alive: x=[1,4096,4096,1] f=[1,1,1,4096]', async () => {
      const command = `ulimit -v ${MOST_MEMORY} && exec "$0" "$@"`;
      const args = ['-c', command, process.execPath, PROCESS, ENTRY];
      const { stdout } = await promisify(execFile)('/bin/sh', args);
      const { message, small } = JSON.parse(stdout) as { message: string; small: number };
      expect(message).toContain(`cannot allocate ${4096 ** 3 * 4} bytes for a result`);
      expect(small).toBe(1);
    });
  });
});
