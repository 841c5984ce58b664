/**
 * @module
 * Where the threads of our operations run. Linux at times leaves one on the core of its caller, beside an idle core.
 */
import { execFile, execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { suiteOnBackend } from '../../../test/support/backends.js';

const PROCESS = fileURLToPath(new URL('support/leave-core.mjs', import.meta.url));
const ENTRY = new URL('../dist/index.js', import.meta.url).href;

await suiteOnBackend('threads of operations', 'tensorflow', (name) => {
  describe.skipIf(availableParallelism() < 2 || !hasTaskset())(name, () => {
    it('leave the core of their caller, and use the others that the process may use', async () => {
      const { stdout } = await promisify(execFile)(process.execPath, [PROCESS, ENTRY]);
      const { core, before, after } = JSON.parse(stdout) as Record<'before' | 'after', string[]> & {
        core: string;
      };
      const others = after.filter((cores) => !before.includes(cores));
      expect(before.filter((cores) => cores === core).length).toBeGreaterThan(1);
      expect(others.length).toBeGreaterThan(0);
      for (const cores of others) expect(cores.split(/[-,]/)).not.toContain(core);
    });
  });
});

/** Whether the tool of Linux is there that puts threads on cores. */
function hasTaskset(): boolean {
  try {
    execFileSync('taskset', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
