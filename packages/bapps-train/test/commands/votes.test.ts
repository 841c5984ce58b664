import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findShares, findVotes, scanPairs, scanTriplets } from 'bapps-train';
import sharp from 'sharp';
import { beforeEach, describe, expect, it } from 'vitest';
import { tempDir, writeInto } from '../../../../test/support/temp-dir.js';
import type { ScoreTable } from '../../src/scores/tabulate.js';
import { votesOnTriplets } from '../../src/scores/votes-on-triplets.js';
import { listTrialItems } from '../../src/votes/trial-items.js';
import { readJournal } from '../../src/votes/vote-journal.js';
import { drawExtraction } from '../support/drawn-extraction.js';
import { paintDataSet } from '../support/painted-data-set.js';
import { bapps, builtBapps } from '../support/run-bapps.js';

let folder = '';
let data = '';
beforeEach(async () => {
  folder = await tempDir();
  data = join(folder, 'data');
});

/** Three triplets; two raters on the first, one on the second; and a pair that five people saw. */
const VOTES = `item,rater,answer,kind,known,ms
2afc/val/blur/000000,ann,p1,,,1200
2afc/val/blur/000000,bob,1,vote,,800
2afc/val/blur/000001,ann,p0,,,2000
2afc/val/blur/000002,ann,p0,catch,p0,600
2afc/val/blur/000002,bob,p1,catch,p0,90
`;
const SHARES = 'item,share\njnd/val/blur/000000,0.8\njnd/val/blur/000001,0.2\n';

async function writeStudy(): Promise<void> {
  await paintDataSet(data, { triplets: { blur: 3 }, pairs: { blur: 2 }, size: 16 });
  await bapps('votes', data, '--import', await writeInto(folder, 'votes.csv', VOTES));
  await bapps('votes', data, '--import', await writeInto(folder, 'shares.csv', SHARES));
}

describe('bapps votes', () => {
  it('shows raters, agreement, catch trials and time, and leaves out who did not look', async () => {
    await writeStudy();
    expect(await bapps('votes', data)).toEqual({
      code: 0,
      out: `rater  votes  catch   others  left  median  minutes
ann        2    1/1  100.0 %     –   1.6 s      0.1
bob        1    0/1  100.0 %     –   0.8 s      0.0

votes that count  items  judged  votes  two people    paper
2afc/val/blur         3       2      3     100.0 %  100.0 %
jnd/val/blur          2       2     10      60.0 %   68.0 %
`,
      error: '',
    });
    const without = await bapps('votes', data, '--catch-below', '0.8');
    expect(without.out).toMatch(/^bob .* left out$/m);
    expect(without.out).toMatch(/^2afc\/val\/blur +3 +2 +2 +– +–$/m);
    const { out } = await bapps('votes', data, '--exclude', 'ann,bob', '--json');
    expect(JSON.parse(out)).toMatchObject({
      excluded: ['ann', 'bob'],
      groups: [
        { group: '2afc/val/blur', judged: 0 },
        { group: 'jnd/val/blur', votes: 10 },
      ],
    });
  });

  it('exports what extract, train and evaluate take, with the shares of the votes that count', async () => {
    await writeStudy();
    const out = join(folder, 'judged');
    const { out: said } = await bapps('votes', data, '--catch-below', '0.8', '--export', out);
    expect(said).toContain(`\n${out}  4 items, 12 votes\n`);
    const [triplets] = await scanTriplets(out, 'val');
    const [pairs] = await scanPairs(out);
    expect(triplets?.items.map(({ name, judge }) => [name, judge])).toEqual([
      ['000000', 1],
      ['000001', 0],
    ]);
    expect(pairs?.items.map(({ same }) => same)).toEqual([expect.closeTo(0.8, 6), expect.closeTo(0.2, 6)]);
    const copied = await readFile(join(out, '2afc/val/blur/p1/000001.png'));
    expect(copied.equals(await readFile(join(data, '2afc/val/blur/p1/000001.png')))).toBe(true);
    expect(JSON.parse(await readFile(join(out, 'votes.json'), 'utf8'))).toMatchObject({
      items: 4,
      votes: 12,
      raters: 1,
      excluded: ['bob'],
    });
    const vectors = join(folder, 'vectors');
    expect(
      (await builtBapps('extract', out, '--net', 'lite', '--backend', 'wasm', '--out', vectors)).code,
    ).toBe(0);
    const judged = await bapps(
      'evaluate',
      '--extraction',
      vectors,
      '--net',
      'lite',
      '--backend',
      'wasm',
      '--json',
    );
    expect(JSON.parse(judged.out)).toMatchObject({
      simulated: false,
      twoAfc: { distortions: [{ count: 2 }] },
    });
    const line = [
      'evaluate',
      out,
      '--extraction',
      vectors,
      '--net',
      'lite',
      '--backend',
      'wasm',
      '--no-baselines',
    ];
    const byRater = await bapps(...line, '--cluster', 'rater', '--json');
    expect(JSON.parse(byRater.out)).toMatchObject({ twoAfc: { cluster: { by: 'rater', count: 1 } } });
  });

  it('exports the votes of each rater under the names of the exported items, and holds references out whole', async () => {
    const source = join(folder, 'triplets');
    const names = ['a', 'b', 'c', 'd', 'e', 'f'].flatMap((letter) => [`${letter}1`, `${letter}2`]);
    for (const name of names) {
      // Two triplets of each reference.
      const background = `#${name.slice(0, 1).repeat(6)}`;
      const create = { width: 8, height: 8, channels: 3, background } as const;
      const png = await sharp({ create }).png().toBuffer();
      for (const part of ['ref', 'p0', 'p1']) await writeInto(source, `${name}/${part}.png`, png);
    }
    const lines = names.flatMap((name) => [
      `2afc/train/own/${name},vote,ann,p1,`,
      `2afc/train/own/${name},vote,bob,p0,`,
    ]);
    // A catch item may be of another folder.
    const csv = ['item,kind,rater,answer,known', ...lines, '2afc/val/certain/x,catch,bob,p0,p1'].join('\n');
    await bapps('votes', source, '--import', await writeInto(folder, 'cast.csv', csv));
    expect((await bapps('votes', source)).out).toMatch(/^bob +12 +0\/1 /m);
    const out = join(folder, 'judged');
    await bapps('votes', source, '--export', out, '--held-out', '0.5');
    const splits = ['train', 'val'] as const;
    const found = await Promise.all(splits.map((split) => scanTriplets(out, split)));
    const references = found.map(([group]) => new Set(group?.items.map(({ name }) => name.slice(0, 1))));
    expect((references[0]?.size ?? 0) + (references[1]?.size ?? 0)).toBe(6); // none is in both
    const votes = await findVotes(out);
    for (const [index, split] of splits.entries()) {
      const triplets = found[index] ?? [];
      expect(triplets[0]?.items.length).toBeGreaterThan(0);
      if (votes === undefined) throw new Error('expected votes');
      const own = [...votesOnTriplets(triplets, split, votes).values()].flatMap((one) => one.votes ?? []);
      expect(own.flat().length).toBe(2 * (triplets[0]?.items.length ?? 0));
    }
    expect(await readFile(join(out, 'votes.csv'), 'utf8')).not.toContain('catch');
  });

  it('keeps held-out triplets apart from those of val that have the same names', async () => {
    const source = join(folder, 'both');
    const painted = { triplets: { blur: 8 }, pairs: {}, size: 16 };
    await paintDataSet(source, { ...painted, split: 'train' });
    await paintDataSet(source, painted);
    const items = await listTrialItems(source);
    const lines = items.map(({ id, split }) => `${id},ann,${split === 'train' ? 'p1' : 'p0'}`);
    const csv = await writeInto(folder, 'cast.csv', ['item,rater,answer', ...lines].join('\n'));
    const out = join(folder, 'judged');
    const options = ['--import', csv, '--export', out, '--held-out', '1'];
    expect((await bapps('votes', source, ...options)).out).toContain('judged  16 items, 16 votes');
    const [val] = await scanTriplets(out, 'val');
    expect(val?.items.map(({ name, judge }) => [name, judge])).toEqual(
      Array.from({ length: 8 }, (_, index) => [
        [`00000${index}-train`, 1],
        [`00000${index}`, 0],
      ]).flat(),
    );
    const votes = await findVotes(out);
    if (votes === undefined) throw new Error('expected votes');
    const none = await bapps('votes', source, '--exclude', 'ann', '--export', join(folder, 'none'));
    expect(none.error).toMatch(/^votes: expected items with a vote or more for the export, got none\. /);
    const own = votesOnTriplets(val ? [val] : [], 'val', votes).get('blur')?.votes;
    expect(own?.map(({ length }) => length)).toEqual(Array.from({ length: 16 }, () => 1));
  });

  it('exports votes as CSV and imports them elsewhere, where the same ones count once', async () => {
    await writeStudy();
    const [csv, shares] = [join(folder, 'all.csv'), join(folder, 'all-shares.csv')];
    await bapps('votes', data, '--csv', csv, '--shares', shares);
    const other = join(folder, 'other');
    await paintDataSet(other, { triplets: { blur: 3 }, pairs: { blur: 2 }, size: 16 });
    expect((await bapps('votes', other, '--import', csv)).out).toMatch(
      /^imported 0 items and 5 lines of votes; 0 lines were/,
    );
    expect((await bapps('votes', other, '--import', csv)).out).toMatch(
      /^imported 0 items and 0 lines of votes; 5 lines were/,
    );
    const again = join(folder, 'again.csv');
    await bapps('votes', other, '--csv', again);
    expect(await readFile(again, 'utf8')).toBe(await readFile(csv, 'utf8'));
    expect(await readFile(shares, 'utf8')).toBe(
      'item,votes,yes,share\r\n2afc/val/blur/000000,2,2,1\r\n2afc/val/blur/000001,1,0,0\r\n' +
        'jnd/val/blur/000000,5,4,0.8\r\njnd/val/blur/000001,5,1,0.2\r\n',
    );
    const third = join(folder, 'third');
    await paintDataSet(third, { triplets: { blur: 3 }, pairs: { blur: 2 }, size: 16 });
    await bapps('votes', third, '--import', shares);
    const counted = join(folder, 'third-shares.csv');
    await bapps('votes', third, '--shares', counted);
    expect(await readFile(counted, 'utf8')).toBe(await readFile(shares, 'utf8'));
  });

  it('imports votes and shares by the other names of their columns, and items by the ends of their ids', async () => {
    await paintDataSet(data, { triplets: { blur: 2, light: 1 }, pairs: {}, size: 16 });
    const votes = 'choice,triplet,rater\n1,light/000000,ann\np0,2afc/val/blur/000001,ann\n';
    expect((await bapps('votes', data, '--import', await writeInto(folder, 'v.csv', votes))).code).toBe(0);
    const shares = 'triplet,judge,raters\nblur/000000,0.75,4\n';
    expect((await bapps('votes', data, '--import', await writeInto(folder, 's.csv', shares))).code).toBe(0);
    expect((await readJournal(data)).records).toMatchObject([
      { kind: 'vote', item: '2afc/val/light/000000', answer: 'p1', rater: 'ann' },
      { kind: 'vote', item: '2afc/val/blur/000001', answer: 'p0', rater: 'ann' },
      { kind: 'shares', item: '2afc/val/blur/000000', votes: 4, yes: 3 },
    ]);
  });

  it('says how many votes it counts on each item where shares come without their number', async () => {
    await paintDataSet(data, { triplets: { blur: 2 }, pairs: {}, size: 16 });
    const shares = await writeInto(folder, 's.csv', 'item,share\nblur/000000,0.4\nblur/000001,1\n');
    const { error } = await bapps('votes', data, '--import', shares);
    expect(error).toBe(
      'bapps: these shares come without numbers of votes; 5 votes are counted on each item, the least number that gives them. Add a ' +
        'column votes and import the file again where there were more.\n',
    );
    const alike = await writeInto(folder, 'alike.csv', 'item,share\nblur/000000,0\nblur/000001,1\n');
    const told = await bapps('votes', data, '--import', alike, '--json');
    expect(told.error).toContain('; 1 vote is counted on each item, ');
    expect((JSON.parse(told.out) as { imported: unknown }).imported).toMatchObject({ lines: 2, assumed: 1 });
    const counted = 'item,share,n\nblur/000000,0.5,6\nblur/000001,1,8\n'; // the files are put right
    await writeInto(folder, 's.csv', counted);
    await writeInto(folder, 'alike.csv', 'item,share,n\nblur/000000,0,1\nblur/000001,1,1\n');
    expect((await bapps('votes', data, '--import', alike)).out).toMatch(
      /^imported 0 items and 0 lines .* 2 lines were/,
    );
    const right = await bapps('votes', data, '--import', shares, '--json');
    expect(right.error).toBe('');
    expect(JSON.parse(right.out)).toMatchObject({
      imported: { lines: 2, known: 0 },
      groups: [{ votes: 6 + 8 + 1 + 1 }],
    });
  });

  it('imports the triplets and votes of NIGHTS, and goes on with an import that was interrupted', async () => {
    const nights = join(folder, 'nights');
    const png = await sharp({ create: { width: 16, height: 16, channels: 3, background: 'olive' } })
      .png()
      .toBuffer();
    const lines = ['id,left_vote,right_vote,votes,ref_path,left_path,right_path,prompt,is_imagenet,split'];
    for (const [id, right, votes, split] of [
      [0, 1, 7, 'train'],
      [1, 0, 6, 'val'],
      [2, 1, 8, 'test'],
    ] as const) {
      const paths = [`ref/000/00${id}.png`, `distort/000/00${id}_0.png`, `distort/000/00${id}_1.png`];
      for (const path of paths) await writeInto(nights, path, png);
      lines.push([id, 1 - right, right, votes, ...paths, '"a photo, of something"', 'True', split].join(','));
    }
    await writeFile(join(nights, 'data.csv'), lines.join('\n'));
    expect((await bapps('votes', data, '--import', nights)).out).toMatch(
      /^imported 3 items and 3 lines of votes; 0 /,
    );
    expect((await bapps('votes', data, '--import', join(nights, 'data.csv'))).out).toMatch(
      /^imported 0 items and 0 .* 3 /,
    );
    expect((await listTrialItems(data)).map(({ id }) => id)).toEqual([
      '2afc/train/nights/0',
      '2afc/val/nights-test/2',
      '2afc/val/nights/1',
    ]);
    expect((await readJournal(data)).records).toMatchObject([
      { item: '2afc/train/nights/0', votes: 7, yes: 7 },
      { item: '2afc/val/nights/1', votes: 6, yes: 0 },
      { item: '2afc/val/nights-test/2', votes: 8, yes: 8 },
    ]);
    const out = join(folder, 'judged');
    expect((await bapps('votes', data, '--export', out, '--least-votes', '7')).out).toContain(
      '2 items, 15 votes',
    );
    const shares = await findShares(out);
    expect(shares?.sharesOn('train', 'nights/0')).toEqual({ votes: 7, yes: 7 });
    expect(shares?.sharesOn('val', 'nights-test/2')).toEqual({ votes: 8, yes: 8 });
    expect(shares?.sharesOn('val', 'nights/1')).toBeUndefined();
    expect(await readdir(out)).not.toContain('votes.csv'); // nothing is known of the raters
    const scored = await builtBapps(
      'evaluate',
      out,
      '--backend',
      'wasm',
      '--no-baselines',
      '--size',
      '24',
      '--json',
    );
    expect(scored.error).not.toContain('two people');
    expect((JSON.parse(scored.out) as { twoAfc: ScoreTable }).twoAfc).toMatchObject({
      votes: 8,
      rows: expect.arrayContaining([
        expect.objectContaining({ name: 'two people', mean: expect.anything() }),
      ]),
    });
    await writeFile(join(nights, 'data.csv'), lines.join('\n').replace('ref/000/001.png', '../secret.png'));
    expect((await bapps('votes', data, '--import', nights)).error).toMatch(
      /expected a path below .*nights for ref_path of line 3/,
    );
  });

  it('takes any folder of triplets, in any format and size; squares and held-out ones are made for export', async () => {
    const source = join(folder, 'triplets');
    for (const [name, hue] of [
      ['a', 'red'],
      ['b', 'blue'],
      ['c', 'green'],
      ['d', 'grey'],
    ] as const) {
      const picture = sharp({ create: { width: 24, height: 16, channels: 3, background: hue } });
      await mkdir(join(source, 'leaves', name), { recursive: true });
      for (const file of ['ref.webp', 'p0.jpg', 'p1.png'])
        await picture.clone().toFile(join(source, 'leaves', name, file));
    }
    expect((await bapps('votes', data, '--import', source)).out).toMatch(/^imported 4 items and 0 lines/);
    const [train] = await listTrialItems(data);
    expect(train?.id).toBe('2afc/train/leaves/a');
    const out = join(folder, 'pool');
    const options = ['--export', out, '--least-votes', '0', '--held-out', '0.5'];
    expect(await bapps('votes', data, ...options)).toMatchObject({
      code: 1,
      error: expect.stringMatching(
        /^votes: expected a square image for .*ref.*a\.png, got 24x16\. .*--crop/,
      ) as string,
    });
    expect((await bapps('votes', data, ...options, '--crop')).code).toBe(0);
    const exported = await listTrialItems(out);
    expect(new Set(exported.map(({ split }) => split))).toEqual(new Set(['train', 'val']));
    const { width, height } = await sharp(exported[0]?.images.ref).metadata();
    expect([width, height]).toEqual([16, 16]);
    const [group] = await scanTriplets(out, 'train');
    expect(group?.items[0]?.judge).toBe(0.5);
    expect((await bapps('votes', source, '--import', data)).error).toMatch(
      /^votes: expected a folder in the layout of BAPPS/,
    );
  });

  it.each([
    [
      'item,rater,answer\n2afc/val/blur/9,ann,p0\n',
      /^votes: expected an item of the folder, .* for item of line 2 of .*bad\.csv, got "2afc\/val\/blur\/9"\.\n$/,
    ],
    [
      'item,rater,answer\n2afc/val/blur/000000,ann,same\n',
      /^votes: expected p0 \(or 0\) or p1 \(or 1\) for answer of line 2 of /,
    ],
    [
      'item,rater,answer\n2afc/val/blur/000000,=1+1,p0\n',
      /^votes: expected up to 64 letters, .* for rater of line 2 of /,
    ],
    [
      'item,share\n2afc/val/blur/000000,1.5\n',
      /^votes: expected a share in \[0, 1\] for share of line 2 of /,
    ],
    [
      'item,votes,yes\n2afc/val/blur/000000,2,3\n',
      /^votes: expected a number from 0 to 2 for yes of line 2 of /,
    ],
    [
      'item,share\n2afc/val/blur/000000,0.12345\n',
      /^votes: expected shares of one number of votes, 20 at most, with six digits for .*bad\.csv, got 0\.12345\. Add a column votes\.\n$/,
    ],
    [
      'item,rater,answer\n000000,ann,p0\n000000,bob,p1\n2,bob,p1\n',
      /^votes: expected an item of the folder, .* for item of line 4 of .*, got "2"/,
    ],
    [
      'picture,preferred\na,b\n',
      /^votes: expected the columns item, rater and answer, or item and share, or item, votes and yes, or ref_path, left_path and right_path for .*bad\.csv, got picture, preferred\. "item" may be called "triplet"/,
    ],
    [
      'item,answer\n000000,p0\n',
      /^votes: expected the columns item, rater and answer, .*, got item, answer\./,
    ],
    [
      'item,share\n000000,1\nblur/000000,0\n',
      /^votes: expected one line an item for line 3 of .*, got a second of "2afc\/val\/blur\/000000"\.\n$/,
    ],
    ['', /^votes: expected a header and lines for /],
    ['a,"b\n', /^votes: expected a CSV file for .*, got a fault in it/],
  ])('refuses %j whole, in one sentence', async (text, message) => {
    await paintDataSet(data, { triplets: { blur: 1 }, pairs: {}, size: 16 });
    const { code, error } = await bapps('votes', data, '--import', await writeInto(folder, 'bad.csv', text));
    expect(code).toBe(1);
    expect(error).toMatch(message);
    expect((await readJournal(data)).records).toEqual([]);
  });

  it.each([
    [['votes', 'nowhere'], 1, /^votes: expected a folder of triplets or votes for nowhere, got none\./],
    [
      ['votes', 'DATA', '--exclude', 'eve'],
      2,
      /^bapps: expected a rater for --exclude, got "eve", who did not vote\.\n$/,
    ],
    [
      ['votes', 'DATA', '--catch-below', '2'],
      2,
      /^bapps: expected a number from 0 to 1 for --catch-below, got "2"\.\n$/,
    ],
    [
      ['votes', 'DATA', '--export', 'DATA'],
      1,
      /^votes: expected a new or empty folder for .*data, got one that holds 2afc/,
    ],
    [
      ['collect', 'DATA', '--catch-every', '1'],
      2,
      /^bapps: expected 0, or a whole number from 2 up, for --catch-every, got "1"\.\n$/,
    ],
    [
      ['collect', 'DATA', '--code', ' '],
      2,
      /^bapps: expected 1 to 40 letters for --code, as many as people can type, got none\.\n$/,
    ],
    [
      ['collect', 'DATA', '--code', 'x'.repeat(41)],
      2,
      /^bapps: expected 1 to 40 letters for --code, .* got 41/,
    ],
    [['collect', 'DATA', '--code', ''], 2, /^bapps: expected 1 to 40 letters for --code, .* got none/],
    [
      ['collect', 'DATA', '--choose', 'uncertain'],
      2,
      /^bapps: expected --choose uncertain and --extraction together, got one of them\.\n$/,
    ],
    [
      ['collect', 'DATA', '--extraction', 'x'],
      2,
      /^bapps: expected --choose uncertain and --extraction together/,
    ],
    [
      ['collect', 'DATA', '--choose', 'uncertain', '--extraction', 'DRAWN'],
      1,
      /^collect: expected vectors of the triplets of the folder for .*drawn, got those of others\. Extract the same/,
    ],
    [
      ['collect', 'DATA', '--consent', 'EMPTY'],
      2,
      /^bapps: expected a text for --consent, got the empty file .*empty\.txt\.\n$/,
    ],
    [['collect', 'DATA', '--port', '70000'], 2, /^bapps: expected a whole number from 0 to 65535 for --port/],
    [['collect', 'DATA', '--task', 'jnd'], 2, /^bapps: expected items of jnd in .*data, got none\.\n$/],
    [
      ['collect', 'DATA', '--consent', 'nowhere.txt'],
      1,
      /^collect: expected a text file for nowhere\.txt, got no such file/,
    ],
    [
      ['collect', 'nowhere'],
      1,
      /^collect: expected triplets or pairs of PNG, JPEG or WebP files for nowhere, got none/,
    ],
  ])('%j ends with code %i, in one sentence', async (args, code, message) => {
    await paintDataSet(data, { triplets: { blur: 1 }, pairs: {}, size: 16 });
    const drawn = join(folder, 'drawn');
    if (args.includes('DRAWN')) await drawExtraction(drawn, { train: 2, val: 2 });
    const places: Record<string, string> = {
      DATA: data,
      DRAWN: drawn,
      EMPTY: await writeInto(folder, 'empty.txt', ' \n'),
    };
    const result = await bapps(...args.map((word) => places[word] ?? word));
    expect(result.error).toMatch(message);
    expect(result.code).toBe(code);
  });
});
