/**
 * The `lpips-conformance` command, and the script that runs the suite on packages of Python as far as it needs none of them.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { describeWithShared } from '../../../test/support/shared-data.js';
import { tempDir, writeInto } from '../../../test/support/temp-dir.js';
import { testTerminal } from '../../../test/support/test-terminal.js';
import { main } from '../src/commands/main.js';

const SCRIPT = fileURLToPath(new URL('../python/run.py', import.meta.url));

async function run(...args: readonly string[]) {
  const { terminal, outcome } = testTerminal();
  const code = await main(args, terminal);
  return { code, ...outcome() };
}

describe('lpips-conformance', () => {
  it('says with --help what it does and how it ends', async () => {
    const { code, out, error } = await run('--help');
    expect([code, error]).toEqual([0, '']);
    for (const flag of ['--weights', '--net', '--backend', '--json', 'Exit codes: 0 all passes']) {
      expect(out).toContain(flag);
    }
  });

  it.each([
    [['--net', 'resnet'], 'expected one of alex, squeeze, vgg for --net, got "resnet".'],
    [['--backend', 'gpu'], 'expected one of auto, tensorflow, webgpu, wasm, cpu for --backend, got "gpu".'],
    [['--weights', ''], 'expected a folder for --weights, got "".'],
    [['--nets', 'alex'], "Unknown option '--nets'"],
  ])('%j is wrong usage', async (args, message) => {
    const { code, out, error } = await run(...args);
    expect([code, out]).toEqual([2, '']);
    expect(error.startsWith(`lpips-conformance: ${message}`), error).toBe(true);
    expect(error.trimEnd().split('\n')).toHaveLength(1);
  });

  it('fails in one sentence where a net has no weights, and downloads none', async () => {
    const folder = await tempDir();
    const { code, error } = await run('--weights', folder, '--net', 'alex', '--backend', 'wasm');
    expect(code).toBe(1);
    expect(error).toMatch(/^lpips-conformance: .+\n$/);
    expect(error).toContain(folder);
  });
});

describeWithShared('lpips-conformance with official weights', ['weights'], (path) => {
  it('tells every verdict of a net as one JSON object', async () => {
    const line = ['--weights', path('weights'), '--net', 'squeeze', '--backend', 'wasm', '--json'];
    const { code, out, error } = await run(...line);
    expect([code, error]).toEqual([0, '']);
    const { program, backend, verdicts } = JSON.parse(out) as {
      program: string;
      backend: string;
      verdicts: { name: string; outcome: string }[];
    };
    expect([program, backend]).toEqual(['lpips-core', 'wasm']);
    const answers = verdicts.filter(({ name }) => name.startsWith('squeeze '));
    expect(answers).toHaveLength(20);
    expect(verdicts.filter(({ outcome }) => outcome === 'fails')).toEqual([]);
  });
});

describe('python/run.py', () => {
  const python = (...args: readonly string[]) =>
    new Promise<{ code: unknown; error: string }>((resolve) => {
      execFile('python3', ['-B', SCRIPT, ...args], (fault, _, error) => {
        resolve({ code: fault?.code ?? 0, error: error.trimEnd().split('\n').at(-1) ?? '' });
      });
    });

  it('refuses packages, nets and folders that it does not know, before any package is imported', async () => {
    const nowhere = join(await tempDir(), 'none');
    expect(await python('--package', 'numpy', '--weights', '.')).toMatchObject({
      code: 2,
      error: expect.stringContaining("invalid choice: 'numpy'") as string,
    });
    expect(await python('--package', 'lpips', '--weights', '.', '--net', 'resnet')).toMatchObject({
      code: 2,
      error: expect.stringContaining("invalid choice: 'resnet'") as string,
    });
    expect(await python('--package', 'lpips', '--weights', nowhere)).toEqual({
      code: 2,
      error: `run.py: error: expected a folder for --weights, got ${nowhere}`,
    });
    const folder = await tempDir();
    await writeInto(folder, 'alexnet-owt-7be5be79.features.safetensors', '');
    await writeInto(folder, 'v0.1/alex.pth', '');
    expect(await python('--package', 'lpips', '--weights', folder, '--net', 'alex')).toEqual({
      code: 2,
      error:
        'run.py: error: expected v0.0/alex.pth or lpips/v0.0/alex.pth or weights/v0.0/alex.pth in ' +
        `${folder}, got none. 'lpips weights fetch' brings it.`,
    });
  });
});
