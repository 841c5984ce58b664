import { cp, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { tempDir, writeInto } from '../../../../test/support/temp-dir.js';
import { readCatchItems } from '../../src/collect/catch-items.js';
import { listTrialItems, type TrialItem } from '../../src/votes/trial-items.js';
import { paintDataSet } from '../support/painted-data-set.js';
import { bapps } from '../support/run-bapps.js';

let folder = '';
let data = '';
let items: readonly TrialItem[] = [];
/** Two triplets that are not in `data`. */
let others = '';
beforeEach(async () => {
  folder = await tempDir();
  data = join(folder, 'data');
  others = join(folder, 'others');
  await paintDataSet(data, { triplets: { blur: 3, light: 1 }, pairs: { blur: 1 }, size: 8 });
  items = await listTrialItems(data);
  await paintDataSet(others, { triplets: { blur: 2 }, pairs: {}, size: 8 });
  await rename(join(others, '2afc/val/blur'), join(others, '2afc/val/certain'));
});

/** Reads catch items from a CSV file. */
async function read(text: string) {
  const own = await readCatchItems(await writeInto(folder, 'catch.csv', text), items);
  return own.map(({ item, known }) => [item.id, known]);
}

describe('readCatchItems', () => {
  it('takes items of the folder by their ids or the ends of them, 0 and 1 for the first and the second answer', async () => {
    expect(
      await read(
        'answer,item\np1,2afc/val/blur/000001\n0,light/000000\nsame,jnd/val/blur/000000\n1,000002\n',
      ),
    ).toEqual([
      ['2afc/val/blur/000001', 'p1'],
      ['2afc/val/light/000000', 'p0'],
      ['jnd/val/blur/000000', 'same'],
      ['2afc/val/blur/000002', 'p1'],
    ]);
  });

  it('takes the items of another folder, all of which need an answer', async () => {
    await writeInto(others, 'answers.csv', 'item,answer\n000000,p0\n000001,p1\n');
    const own = await readCatchItems(others, items);
    expect(own.map(({ item, known }) => [item.id, item.images.p0, known])).toEqual([
      ['2afc/val/certain/000000', join(others, '2afc/val/certain/p0/000000.png'), 'p0'],
      ['2afc/val/certain/000001', join(others, '2afc/val/certain/p0/000001.png'), 'p1'],
    ]);
    await writeInto(others, 'answers.csv', 'item,answer\n000000,p0\n');
    await expect(readCatchItems(others, items)).rejects.toThrow(
      `collect: expected an answer to 2afc/val/certain/000001 for ${join(others, 'answers.csv')}, got none.`,
    );
    const same = join(folder, 'same');
    await cp(join(data, '2afc/val/light'), join(same, '2afc/val/light'), { recursive: true });
    await writeInto(same, 'answers.csv', 'item,answer\n000000,p0\n');
    await expect(readCatchItems(same, items)).rejects.toThrow(
      `collect: expected other items than those of the folder for ${same}, got 2afc/val/light/000000. Give its folder another name.`,
    );
  });

  it.each([
    ['item,answer\n', /expected a header and lines for .*catch\.csv, got no lines/],
    ['item,answer\n000009,p0\n', /for item of line 2 of .*catch\.csv, got "000009"/],
    ['item,answer\n000000,p0\n', /for item of line 2 of .*, got 3 that end in "000000"/],
    [
      'name,answer\n000001,p0\n',
      /^collect: expected the columns item and answer for .*, got name, answer\. "item" may be called "triplet"/,
    ],
    ['item,answer\n000001,left\n', /expected p0 or p1 for answer of line 2 of .*, got "left"/],
    ['item\n000001\n', /expected the columns item and answer for .*, got item\. /],
    ['item,answer\n000001,\n', /expected p0 or p1 for answer of line 2 of .*, got ""/],
    ['item,answer\njnd/val/blur/000000,p1\n', /expected different or same for answer of line 2/],
    [
      'item,answer\n000001,p0\nblur/000001,p1\n',
      /expected one answer to an item for line 3 of .*, got a second to 2afc/,
    ],
  ])('refuses %j in one sentence', async (text, message) => {
    await expect(read(text)).rejects.toThrow(message);
  });

  it('is refused by the command where catch trials are off, or none is of the task', async () => {
    const own = await writeInto(folder, 'pairs.csv', 'item,answer\njnd/val/blur/000000,same\n');
    expect((await bapps('collect', data, '--catch-items', own)).error).toBe(
      `bapps: expected catch items of 2afc in ${own}, got none.\n`,
    );
    expect(await bapps('collect', data, '--catch-items', own, '--catch-every', '0')).toEqual({
      code: 2,
      out: '',
      error: 'bapps: cannot show --catch-items with --catch-every 0. Leave one of them out.\n',
    });
    expect((await bapps('collect', data, '--catch-items', join(folder, 'none.csv'))).code).toBe(1);
  });
});
