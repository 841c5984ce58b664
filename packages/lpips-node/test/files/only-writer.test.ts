import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tempDir } from '../../../../test/support/temp-dir.js';
import { asOnlyWriter } from '../../src/files/only-writer.js';

const ABOUT = { where: 'train', what: 'run/' };

/** The number of a process that has ended. */
async function deadProcess(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  const { pid = 0 } = child;
  await new Promise((resolve) => child.on('exit', resolve));
  return pid;
}

async function recordOf(content: string): Promise<string> {
  const record = join(await tempDir(), '.writer');
  await writeFile(record, content);
  return record;
}

const write = (record: string) => asOnlyWriter(record, ABOUT, () => Promise.resolve('written'));

describe('asOnlyWriter', () => {
  it('runs the work, and leaves nothing behind, also where the work fails', async () => {
    const folder = await tempDir();
    const record = join(folder, '.writer');
    expect(await write(record)).toBe('written');
    await expect(asOnlyWriter(record, ABOUT, () => Promise.reject(new Error('full')))).rejects.toThrow(
      'full',
    );
    expect(await readdir(folder)).toEqual([]);
  });

  it('makes a missing folder, and deletes it again where the work fails and has left nothing', async () => {
    const folder = await tempDir();
    const record = join(folder, 'a', 'b', '.writer');
    const failing = (work: () => Promise<void>) =>
      expect(
        asOnlyWriter(record, ABOUT, async () => {
          await work();
          throw new Error('refused');
        }),
      ).rejects.toThrow('refused');
    await failing(() => Promise.resolve());
    expect(await readdir(folder)).toEqual([]);
    await failing(() => writeFile(join(folder, 'a', 'kept'), ''));
    expect(await readdir(join(folder, 'a'))).toEqual(['kept']);
    expect(await write(record)).toBe('written');
    expect(await readdir(join(folder, 'a'))).toEqual(['b', 'kept']);
    await failing(() => Promise.resolve());
    expect(await readdir(join(folder, 'a'))).toEqual(['b', 'kept']); // it was there before
  });

  it('refuses at once beside another writer, by its process, and works once that has ended', async () => {
    const record = join(await tempDir(), '.writer');
    const end = new AbortController();
    const first = asOnlyWriter(record, ABOUT, () => once(end.signal, 'abort'));
    await expect.poll(() => readFile(record, 'utf8').catch(() => '')).toContain(`"pid":${process.pid}`);
    await expect(write(record)).rejects.toThrow(
      `train: cannot write run/: another run writes there (process ${process.pid} on ${hostname()}). ` +
        `Wait until it has ended, or choose another folder. If there is no such process, delete ${record}.`,
    );
    end.abort();
    await first;
    expect(await write(record)).toBe('written');
  });

  it('takes over from a process that has ended, and lets one alone of ten do it', async () => {
    const pid = await deadProcess();
    expect(await write(await recordOf(JSON.stringify({ pid, host: hostname() })))).toBe('written');
    const record = await recordOf(JSON.stringify({ pid, host: hostname() }));
    let writers = 0;
    const most: number[] = [];
    const work = async () => {
      most.push(++writers);
      await new Promise((resolve) => setTimeout(resolve, 400));
      writers--;
    };
    const all = await Promise.allSettled(Array.from({ length: 10 }, () => asOnlyWriter(record, ABOUT, work)));
    expect(Math.max(...most)).toBe(1);
    expect(all.some(({ status }) => status === 'fulfilled')).toBe(true);
  });

  it.runIf(process.platform === 'linux')(
    'takes over where the number was given to a younger process',
    async () => {
      const writer = { pid: process.pid, host: hostname(), started: '1' };
      expect(await write(await recordOf(JSON.stringify(writer)))).toBe('written');
    },
  );

  it('leaves the record of another machine, and names the file', async () => {
    const record = await recordOf(JSON.stringify({ pid: 1, host: 'elsewhere.example' }));
    await expect(write(record)).rejects.toThrow(
      /another run writes there \(process 1 on elsewhere\.example\)\. .* delete .*\.writer\.$/,
    );
  });

  it('waits for nobody where the record is half written: it refuses, and takes over ten seconds later', async () => {
    const record = await recordOf('{"pid":');
    await expect(write(record)).rejects.toThrow('another run writes there. Wait');
    const past = new Date(Date.now() - 11_000);
    await utimes(record, past, past);
    expect(await write(record)).toBe('written');
  });
});
