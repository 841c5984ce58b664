/**
 * `bapps extract` by a plan: the files are those of one run.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { paintDataSet } from '../support/painted-data-set.js';
import { builtBapps } from '../support/run-bapps.js';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

let folder = '';
const at = (...names: string[]) => join(folder, ...names);
const extract = (out: string, ...more: string[]) => [
  'extract',
  at('data'),
  '--net',
  'lite',
  '--backend',
  'wasm',
  '--size',
  '16',
  '--out',
  at(out),
  ...more,
];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bapps-planned-'));
  await paintDataSet(at('data'), { triplets: { blur: 3, light: 2 }, pairs: { blur: 4 }, size: 20 });
});
afterAll(() => rm(folder, { recursive: true }));

async function bytesIn(path: string): Promise<Map<string, string>> {
  const names = (await readdir(path)).sort();
  return new Map(
    await Promise.all(
      names.map(
        async (name): Promise<[string, string]> => [name, await readFile(join(path, name), 'base64')],
      ),
    ),
  );
}

/** What a run says that passes images through the network. */
const SCALED =
  'bapps: images of another size, such as 20x20, are scaled to 16x16, as by the official loader.\n';

it('bapps extract --plan: parts and an array task, merged, have the bytes of one run, and say as it does that images were scaled', async () => {
  expect(await builtBapps(...extract('whole'))).toMatchObject({ code: 0, error: SCALED });
  const plan = at('plan.json');
  expect(await builtBapps(...extract('parts', '--plan', plan))).toEqual({
    code: 0,
    out: `${plan}  shards 0-2, with 23 images\n`,
    error: '',
  });
  expect(await builtBapps(...extract('parts', '--plan', plan, '--shards', '2'))).toEqual({
    code: 0,
    out: 'shards 2 of 3: 8 images made, 0 were there\n',
    error: SCALED,
  });
  const early = await builtBapps(...extract('parts', '--plan', plan, '--merge'));
  expect(early).toMatchObject({ code: 1 });
  expect(early.error).toContain('2 of 3 shards are not there: 0 2afc-val-blur-00000.safetensors (missing)');
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    [CLI, ...extract('parts', '--plan', plan, '--tasks', '1')],
    { env: { ...process.env, JOB_COMPLETION_INDEX: '0' } },
  );
  expect([stdout, stderr]).toEqual(['shards 0-2 of 3: 15 images made, 8 were there\n', SCALED]);
  const merged = await builtBapps(...extract('parts', '--plan', plan, '--merge'));
  expect(merged.out).toContain(`${at('parts')}  lite 0.3 on wasm: 23 images in sealed shards\n`);
  expect(await bytesIn(at('parts'))).toEqual(await bytesIn(at('whole')));
});
