/**
 * `lpips index` of several folders and files, of index files, in parts by a plan and by way of a queue.
 */
import { spawn } from 'node:child_process';
import { copyFile, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openIndexFile } from 'lpips-search/node';
import { beforeEach, describe, expect, it } from 'vitest';
import { suiteWithRedis } from '../../../../test/support/redis.js';
import { tempDir } from '../../../../test/support/temp-dir.js';
import { noisyPng } from '../../../../test/support/test-terminal.js';
import { lpips } from '../support/run-lpips.js';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const LITE = ['--net', 'lite', '--offline', '--backend', 'wasm', '--size', '32'] as const;

let folder = '';
const at = (...names: string[]) => join(folder, ...names);
beforeEach(async () => {
  folder = await tempDir();
  process.env['LPIPS_CACHE'] = at('cache');
  for (const [number, name] of ['a', 'b'].entries()) {
    await mkdir(at(name));
    for (let seed = 1; seed <= 3; seed++)
      await noisyPng(at(name, `${seed}.png`), {
        noise: 40 * seed,
        seed: 10 * number + seed,
        width: 16,
        height: 16,
      });
  }
});

async function pathsIn(path: string): Promise<string[]> {
  const { index, close } = await openIndexFile(path);
  await close();
  return index.entries.map((entry) => entry.path);
}

const ALL = ['a/1.png', 'a/2.png', 'a/3.png', 'b/1.png', 'b/2.png', 'b/3.png'];

describe('lpips index', () => {
  it('takes folders and single files, each image once, also by names with spaces, line ends and letters of other scripts', async () => {
    const odd = 'ein Bild\nvon mir 写真.png';
    await copyFile(at('b', '2.png'), at(odd));
    await symlink(at('b', '3.png'), at('link.png'));
    const out = at('all.lpips');
    const { code, error } = await lpips(
      'index',
      at('a'),
      at('b', '1.png'),
      at(odd),
      at('a'),
      `${at('a')}/../a`,
      at('link.png'),
      '--out',
      out,
      ...LITE,
      '--quiet',
    );
    expect([code, error]).toEqual([0, '']);
    expect(await pathsIn(out)).toEqual([...ALL.slice(0, 4), odd, 'link.png']);
    const found = await lpips('search', at(odd), out, '--count', '1', '--offline');
    expect(found.out).toContain('ein Bild\\x0avon mir 写真.png');
    const none = await lpips('index', at('a'), at('none'), '--out', out, ...LITE);
    expect([none.code, none.error]).toEqual([
      1,
      `lpips index: cannot read ${at('none')}: there is no such file or folder. Check the path.\n`,
    ]);
  });

  it('does not note a folder as left out that is named beside the one around it', async () => {
    await mkdir(at('c'));
    await copyFile(at('a', '1.png'), at('c', '1.png'));
    await copyFile(at('a', '1.png'), at('0.png'));
    const out = at('all.lpips');
    const args = ['index', folder, `${at('a')}/`, at('b'), '--out', out, ...LITE] as const;
    const { code, error } = await lpips(...args);
    expect(code).toBe(0);
    expect(error).toContain(`${at('c')} is left out: folders inside are entered with --recursive`);
    expect(await pathsIn(out)).toEqual(['0.png', ...ALL]);
    await rm(out);
    await lpips(...args, '--plan', at('plan.json'));
    await lpips(...args, '--plan', at('plan.json'), '--shards', '0');
    const merged = await lpips(...args, '--plan', at('plan.json'), '--merge', '--json', '--quiet');
    expect(JSON.parse(merged.out)).toMatchObject({ images: 7, leftOut: [{ path: at('c') }] });
  });

  it.each([
    ['out', ['--out', 'second.lpips']],
    ['size', ['--size', '48']],
    ['cells', ['--cells', '3', '--cells', '4']],
    ['net', ['--net', 'vgg']],
    ['recursive', ['--recursive', '--recursive']],
  ])('refuses a repeated --%s', async (name, more) => {
    const repeated = await lpips('index', at('a'), '--out', at('all.lpips'), ...LITE, ...more);
    expect([repeated.code, repeated.error]).toEqual([
      2,
      `lpips: expected --${name} once, got it several times.\n`,
    ]);
    expect(await readdir(folder)).not.toContain('all.lpips');
  });

  it('joins index files, and keeps what the result had', async () => {
    for (const name of ['a', 'b']) await lpips('index', at(name), '--out', at(`${name}.lpips`), ...LITE);
    await writeFile(at('.all.lpips.0123456789ab.tmp'), 'of a join that was killed');
    const joined = await lpips('index', at('a.lpips'), at('b.lpips'), '--out', at('all.lpips'));
    expect(joined).toEqual({ code: 0, out: `6 images in ${at('all.lpips')}\n`, error: '' });
    expect(await pathsIn(at('all.lpips'))).toEqual(ALL);
    await lpips('index', at('a'), at('b'), '--out', at('once.lpips'), ...LITE);
    expect(await readFile(at('all.lpips'))).toEqual(await readFile(at('once.lpips')));
    const more = await lpips('index', at('b.lpips'), '--out', at('a.lpips'));
    expect(more.out).toBe(`6 images in ${at('a.lpips')}\n`);
    expect(more.error).toContain('had stays in it');
    const mixed = await lpips('index', at('b.lpips'), at('a'), '--out', at('c.lpips'));
    expect([mixed.code, mixed.error]).toEqual([
      2,
      'lpips: cannot join index files and index images at once. Index the images first.\n',
    ]);
    await lpips('index', at('b'), '--out', at('other.lpips'), ...LITE, '--cells', '3');
    const other = await lpips('index', at('a.lpips'), at('other.lpips'), '--out', at('c.lpips'));
    expect(other.error).toContain('expected an index with cells 2');
    expect((await readdir(folder)).filter((name) => /tmp|writer|c\.lpips/.test(name))).toEqual([]);
  });

  it('--prune takes out what is no longer there, but never everything', async () => {
    const out = at('all.lpips');
    await lpips('index', at('a'), at('b'), '--out', out, ...LITE);
    await rm(at('b', '2.png'));
    const pruned = await lpips('index', at('a'), '--out', out, ...LITE, '--prune', '--json', '--quiet');
    expect(JSON.parse(pruned.out)).toMatchObject({ kept: 3, images: 5, pruned: 1 });
    expect(await pathsIn(out)).toEqual(ALL.filter((path) => path !== 'b/2.png'));
    const whole = await readFile(out);
    await rm(at('a'), { recursive: true });
    await rm(at('b'), { recursive: true });
    const last = await lpips('index', out, '--out', out, '--prune');
    expect([last.code, last.error]).toEqual([1, expect.stringContaining('no image would be left in it')]);
    expect(await readFile(out)).toEqual(whole);
  });
});

describe('lpips index --plan', () => {
  /** More than a shard of sixteen batches of sixteen has. */
  const MANY = 258;
  const plan = (...more: string[]) =>
    lpips('index', at('a'), at('b'), '--out', at('all.lpips'), ...LITE, '--plan', at('plan.json'), ...more);

  beforeEach(async () => {
    for (let copy = 4; copy <= MANY; copy++)
      await copyFile(at('a', `${(copy % 3) + 1}.png`), at('a', `${copy}.png`));
    await writeFile(at('a', '7.png'), 'no picture');
  });

  it('makes the shards in parts and merges them to the bytes of one run', async () => {
    const once = await lpips(
      'index',
      at('a'),
      at('b'),
      '--out',
      at('once.lpips'),
      ...LITE,
      '--json',
      '--quiet',
    );
    expect(once.code).toBe(1); // one image is damaged
    expect((await plan()).out).toBe(`${at('plan.json')}  shards 0-1, with ${MANY + 3} images\n`);
    expect((await plan('--merge')).error).toContain('2 of 2 shards are not there');
    expect((await plan('--shards', '1')).out).toBe('shards 1 of 2: 5 images made, 0 were there\n');
    expect((await plan('--shards', '0-1')).out).toBe('shards 0-1 of 2: 256 images made, 5 were there\n');
    const merged = await plan('--merge', '--json', '--quiet');
    expect(merged.code).toBe(1);
    expect(JSON.parse(merged.out)).toEqual({ ...JSON.parse(once.out), index: at('all.lpips') });
    expect(await readFile(at('all.lpips'))).toEqual(await readFile(at('once.lpips')));
    const again = await plan('--merge', '--json', '--quiet');
    expect(JSON.parse(again.out)).toMatchObject({ added: 0, kept: MANY + 2, images: MANY + 2 });
    expect(await readFile(at('all.lpips'))).toEqual(await readFile(at('once.lpips')));
    await copyFile(at('b', '1.png'), at('b', '3.png'));
    await rm(at('all.shards'), { recursive: true, force: true });
    await rm(at('plan.shards'), { recursive: true });
    expect((await plan('--shards', '1')).error).toContain('lpips index: expected digest');
    expect((await plan('--prune')).code).toBe(2);
  });

  it('names what is left out as the user does, from wherever the plan lies', async () => {
    await mkdir(at('b', 'inside'));
    await writeFile(at('b', 'photo.heic'), 'no picture');
    await writeFile(at('torn.png'), 'no picture');
    await mkdir(at('job'));
    const here = (...names: string[]) => relative('.', at(...names));
    const inputs = [here('b'), `${at('b')}/`, here('torn.png')];
    const run = (out: string, ...more: string[]) =>
      lpips('index', ...inputs, '--out', here(out), ...LITE, '--json', '--quiet', ...more);
    const once = await run('once.lpips');
    const planned = ['--plan', at('job', 'plan.json')];
    await run('all.lpips', ...planned);
    await run('all.lpips', ...planned, '--shards', '0');
    const merged = await run('all.lpips', ...planned, '--merge');
    const { leftOut } = JSON.parse(once.out) as { leftOut: readonly { path: string; reason: string }[] };
    expect(leftOut.map(({ path }) => path)).toEqual([
      here('b', 'inside'),
      here('b', 'photo.heic'),
      here('torn.png'),
    ]);
    expect(leftOut.at(-1)?.reason).toContain(`for ${here('torn.png')}, got`);
    expect([merged.code, JSON.parse(merged.out)]).toEqual([
      once.code,
      { ...JSON.parse(once.out), index: here('all.lpips') },
    ]);
  });

  suiteWithRedis('by way of a queue', (redis) => {
    it('becomes the same index', async () => {
      const { url } = redis();
      const worker = spawn(process.execPath, [CLI, 'work', url, '--offline'], { stdio: 'ignore' });
      try {
        const queued = await plan('--queue', url, '--json', '--quiet');
        expect(JSON.parse(queued.out)).toMatchObject({ added: MANY + 2, images: MANY + 2 });
        await lpips('index', at('a'), at('b'), '--out', at('once.lpips'), ...LITE);
        expect(await readFile(at('all.lpips'))).toEqual(await readFile(at('once.lpips')));
      } finally {
        worker.kill('SIGKILL');
      }
    });
  });
});
