import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { suiteOnBackend } from '../../../test/support/backends.js';
import { leaveOut } from '../../../test/support/leave-out.js';
import { BINDING_REVISION } from '../src/install/compile-binding.js';
import { readRecord } from '../src/install/install-record.js';
import { backendFolder } from '../src/native-folder.js';

const PROCESS = fileURLToPath(new URL('./support/start-in-worker.mjs', import.meta.url));
const ENTRY = new URL('../dist/index.js', import.meta.url).href;

/** What a fresh process prints, without the variables that TensorFlow reads. */
async function start(
  thread: 'main' | 'worker',
  ...level: string[]
): Promise<{ stdout: string; stderr: string }> {
  const { TF_CPP_MIN_LOG_LEVEL: _, TF_ENABLE_ONEDNN_OPTS: __, ...env } = process.env;
  return await promisify(execFile)(process.execPath, [PROCESS, ENTRY, thread, ...level], { env });
}

await suiteOnBackend('the start of the native backend', 'tensorflow', async (name) => {
  describe(name, () => {
    it('leaves no tensor in the books', async () => {
      const { stdout } = await start('main');
      expect(JSON.parse(stdout)).toEqual({ numTensors: 0, numBytes: 0 });
    });
  });

  const title = `${name}: in a worker thread`;
  const installed = await readRecord(backendFolder('cpu'));
  if (installed?.binding === BINDING_REVISION) {
    describe(title, () => {
      it('greets no more than in the main one, since the settings reach the library', async () => {
        const { stdout, stderr } = await start('worker');
        expect(JSON.parse(stdout)).toEqual({ numTensors: 0, numBytes: 0 });
        expect(stderr).not.toMatch(/cpu_feature_guard|oneDNN/);
      });

      it('greets where the environment of the worker says so', async () => {
        const { stderr } = await start('worker', '0');
        expect(stderr).toContain('cpu_feature_guard');
      });
    });
  } else {
    const reason = `the installed binding has revision ${String(installed?.binding)}`;
    const isRequired = process.env['LPIPS_NATIVE'] === 'required';
    leaveOut(title, { reason, isRequired, need: `needs revision ${BINDING_REVISION}` });
  }
});
