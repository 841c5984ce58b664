import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { leaveOut } from '../../../../test/support/leave-out.js';
import { tempDir } from '../../../../test/support/temp-dir.js';
import { compileOwnSources, nativeLayout } from '../../src/install/compile-binding.js';
import { runTool } from '../../src/install/run-tool.js';
import { backendFolder } from '../../src/native-folder.js';
import { NATIVE_PACKAGES } from '../../src/native-platform.js';

const { include } = nativeLayout(backendFolder('cpu'), NATIVE_PACKAGES.cpu);
const title = 'our C++ compiles without a warning';
/** g++ finds with its optimiser what is used before it is set, and needs not all of it. Clang warns before it makes any code. */
const FLAGS: Readonly<Record<string, readonly string[]>> = { 'g++': ['-O1'], 'clang++': ['-fsyntax-only'] };

if (existsSync(include)) {
  const compilers: string[] = [];
  for (const compiler of Object.keys(FLAGS)) {
    if ((await runTool(compiler, ['--version']))?.code === 0) compilers.push(compiler);
  }
  describe(title, () => {
    it('there is a compiler', () => expect(compilers).not.toEqual([]));

    it.each(compilers)('by %s', async (compiler) => {
      await compileOwnSources({ include }, compiler, await tempDir(), [
        '-Werror',
        ...(FLAGS[compiler] ?? []),
      ]);
    });
  });
} else {
  const isRequired = process.env['LPIPS_NATIVE'] === 'required';
  const reason = `there are no headers of TensorFlow in ${include}`;
  leaveOut(title, { reason, isRequired, need: "needs the installed backend's headers" });
}
