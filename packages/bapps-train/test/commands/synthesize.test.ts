import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type SynthesisManifest, scanTriplets } from 'bapps-train';
import { beforeEach, describe, expect, it } from 'vitest';
import { tempDir } from '../../../../test/support/temp-dir.js';
import { paintPhotographs } from '../support/paint-photographs.js';
import { bapps } from '../support/run-bapps.js';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

let folder = '';
let photos = '';
let out = '';
beforeEach(async () => {
  folder = await tempDir();
  photos = join(folder, 'photos');
  out = join(folder, 'data');
  await mkdir(photos);
  await paintPhotographs(photos, 4);
});

/** Small sets, unless `more` says otherwise: an option may stand there once. */
const line = (...more: string[]) => {
  const defaults = { '--net': 'lite', '--backend': 'wasm', '--train': '2', '--val': '1', '--jnd': '1' };
  const own = Object.entries(defaults).filter(([name]) => !more.includes(name));
  return ['synthesize', photos, out, ...own.flat(), ...more];
};

describe('bapps synthesize', () => {
  it('says what it made and by whose eyes', async () => {
    const result = await bapps(...line('--families', 'traditional', '--seed', '5', '--noise', '0.2'));
    expect(result).toEqual({
      code: 0,
      out: expect.stringMatching(
        new RegExp(
          `^${out}  traditional: 2 triplets to learn from, 1 held out, 1 pairs\n` +
            'observers see by lite \\S+ on wasm, noise 0\\.2\nphotographs: 3 to learn from, 1 held out\n$',
        ),
      ) as string,
      error: '',
    });
    expect(
      (await scanTriplets(out, 'train')).map(({ distortion, items }) => [distortion, items.length]),
    ).toEqual([['traditional', 2]]);
  });

  it('--json prints the manifest and nothing else', async () => {
    const { out: text } = await bapps(...line('--families', 'traditional', '--json', '--threshold', '0.25'));
    const printed = JSON.parse(text) as SynthesisManifest & { backend: string };
    const written = JSON.parse(await readFile(join(out, 'synthesis.json'), 'utf8')) as SynthesisManifest;
    expect(printed).toEqual({ out, backend: 'wasm', ...written });
    expect([written.observers.threshold, written.tool]).toEqual([0.25, 'bapps-train 0.1.0']);
  });

  it.each([
    ['--train two', 'bapps: expected a whole number from 0 up for --train, got "two".'],
    ['--networks 0', 'bapps: expected a whole number from 1 up for --networks, got "0".'],
    ['--noise -1', 'bapps: expected a number from 0 up for --noise, got "-1".'],
    ['--held-out 2', 'bapps: expected a number from 0 to 1 for --held-out, got "2".'],
    ['--families cnn,superres', 'bapps: expected one of traditional, cnn for --families, got "superres".'],
    ['--net resnet', 'bapps: expected one of lite, alex, squeeze, vgg for --net, got "resnet".'],
  ])('%s is wrong usage', async (options, message) => {
    expect(await bapps(...line(...options.split(' ')))).toEqual({ code: 2, out: '', error: `${message}\n` });
    expect(existsSync(out)).toBe(false);
  });

  it('fails in one sentence where there are no photographs', async () => {
    const {
      code,
      out: text,
      error,
    } = await bapps('synthesize', folder, out, '--net', 'lite', '--backend', 'wasm');
    expect([code, text, error]).toEqual([
      1,
      '',
      `synthesize: expected at least two photographs for ${folder}, got none for train.\n`,
    ]);
  });

  it('killed in the middle, it leaves no data set, and makes the whole one when it is run again; until then it is alone', async () => {
    const child = spawn(process.execPath, [CLI, ...line('--train', '5000', '--families', 'traditional')], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    while (!existsSync(join(folder, '.data.part', '2afc'))) await sleep(50);
    expect((await bapps(...line('--families', 'traditional'))).error).toMatch(
      new RegExp(
        `^synthesize: cannot write .*data: another run writes there \\(process ${child.pid} on .*\\n$`,
      ),
    );
    child.kill('SIGKILL');
    await once(child, 'close');
    expect((await readdir(folder)).filter((name) => !name.startsWith('.'))).toEqual(['photos']);
    const { code } = await bapps(...line('--families', 'traditional'));
    expect(code).toBe(0);
    expect((await readdir(folder)).sort()).toEqual(['data', 'photos']);
  });
});
