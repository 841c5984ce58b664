import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tempDir } from '../../../../test/support/temp-dir.js';
import { readJournal, VoteJournal } from '../../src/votes/vote-journal.js';
import type { VoteRecord } from '../../src/votes/vote-records.js';

const time = '2026-01-31T09:00:00.000Z';
const vote = (rater: string, name = '000000'): VoteRecord => ({
  kind: 'vote',
  item: `2afc/val/blur/${name}`,
  answer: 'p1',
  rater,
  time,
});
const line = (record: VoteRecord) => `${JSON.stringify(record)}\n`;

describe('VoteJournal', () => {
  it('holds one readable line a vote, also of those that are given at once, and goes on where it ended', async () => {
    const data = await tempDir();
    await VoteJournal.use(data, 'collect', async (journal) => {
      await Promise.all([journal.append(vote('a')), journal.append(vote('b'), vote('c'))]);
    });
    await VoteJournal.use(data, 'collect', async (journal, { records }) => {
      expect(records).toEqual([vote('a'), vote('b'), vote('c')]);
      await journal.append(vote('d'));
    });
    expect(await readFile(join(data, 'votes.jsonl'), 'utf8')).toBe(
      [vote('a'), vote('b'), vote('c'), vote('d')].map(line).join(''),
    );
  });

  it.each(['2afc/train', '2afc/val', '2afc/test', 'jnd/test'])(
    'reads what it wrote of an item of %s',
    async (split) => {
      const data = await tempDir();
      const answer = split.startsWith('jnd') ? 'same' : 'p1';
      const record: VoteRecord = { ...vote('a'), item: `${split}/blur/000000`, answer };
      await VoteJournal.use(data, 'collect', (journal) => journal.append(record));
      expect((await readJournal(data)).records).toEqual([record]);
    },
  );

  it('drops a line that a kill cut off, and goes on behind the last whole one', async () => {
    const data = await tempDir();
    const path = join(data, 'votes.jsonl');
    const torn = line(vote('b')).slice(0, 40);
    await writeFile(path, line(vote('a')) + torn);
    expect(await readJournal(data)).toMatchObject({ records: [vote('a')], torn: torn.length });
    await VoteJournal.use(data, 'collect', (journal) => journal.append(vote('c')));
    expect(await readFile(path, 'utf8')).toBe(line(vote('a')) + line(vote('c')));
  });

  it('keeps a last line that lacks nothing but its end', async () => {
    const data = await tempDir();
    const path = join(data, 'votes.jsonl');
    await writeFile(path, line(vote('a')).trimEnd());
    await VoteJournal.use(data, 'collect', (journal) => journal.append(vote('b')));
    expect(await readFile(path, 'utf8')).toBe(line(vote('a')) + line(vote('b')));
  });

  it.each([
    ['no JSON', 'oops'],
    ['a vote for what cannot be said of a pair', line({ ...vote('a'), item: 'jnd/val/blur/1' })],
    ['a known answer of a vote', JSON.stringify({ ...vote('a'), known: 'p0' })],
    ['a rater who is a formula', line(vote('=1+1'))],
    ['a path that leads elsewhere', line({ ...vote('a'), item: '../etc/passwd' })],
  ])('names a line in the middle that is damaged: %s', async (_, text) => {
    const data = await tempDir();
    await writeFile(join(data, 'votes.jsonl'), `${line(vote('a'))}${text.trimEnd()}\n${line(vote('b'))}`);
    await expect(readJournal(data)).rejects.toThrow(
      /expected a line of a journal for line 2 of .*votes\.jsonl/,
    );
  });

  it('has one writer at a time, beside readers', async () => {
    const data = await tempDir();
    await VoteJournal.use(data, 'collect', async (journal) => {
      await expect(VoteJournal.use(data, 'votes', async () => 0)).rejects.toThrow(
        new RegExp(`^votes: cannot write .*votes.jsonl: another run writes there \\(process ${process.pid}`),
      );
      await journal.append(vote('a'));
      expect((await readJournal(data)).records.length).toBe(1);
    });
    await appendFile(join(data, 'votes.jsonl'), '');
    expect((await readJournal(data)).records.length).toBe(1);
  });

  it('says of a vote that it cannot write that it was not kept, and leaves no part of a line', async () => {
    const data = await tempDir();
    let leaked: VoteJournal | undefined;
    await VoteJournal.use(data, 'collect', async (journal) => {
      leaked = journal;
      await journal.append(vote('a'));
    });
    await expect(leaked?.append(vote('b'))).rejects.toThrow(); // its file is closed
    expect(await readFile(join(data, 'votes.jsonl'), 'utf8')).toBe(line(vote('a')));
  });
});
