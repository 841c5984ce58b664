import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { at } from 'lpips-core';
import { convolveSeparable, gaussianKernel, mapSamples, roundToBytes, seededRandom } from 'lpips-pictures';
import sharp from 'sharp';
import { beforeEach, describe, expect, it } from 'vitest';
import { tempDir } from '../../../../test/support/temp-dir.js';
import { type KnownTrial, makeKnownTrial } from '../../src/collect/known-answers.js';
import { readPictures } from '../../src/votes/item-pictures.js';
import { summarizeRaters } from '../../src/votes/rater-summary.js';
import { listTrialItems } from '../../src/votes/trial-items.js';
import { VoteLog } from '../../src/votes/vote-log.js';
import type { VoteRecord } from '../../src/votes/vote-records.js';
import { answerNext, collectOn, joined, votesAmong } from '../support/collect-study.js';
import { paintDataSet } from '../support/painted-data-set.js';

let data = '';
beforeEach(async () => {
  data = join(await tempDir(), 'data');
  await paintDataSet(data, { triplets: { blur: 10 }, pairs: { blur: 6 }, size: 8 });
});

describe('Collection', () => {
  it('asks as many different people about every triplet as were wanted, and nobody twice, several at once', async () => {
    const { collection, lines, items } = await collectOn(data, { votes: 3 });
    const raters = await Promise.all(Array.from({ length: 5 }, () => joined(collection)));
    await Promise.all(
      raters.map(async (rater, turn) => {
        while (await answerNext(collection, rater, turn % 2 === 0 ? 'left' : 'right'));
      }),
    );
    const votes = votesAmong(lines);
    expect(votes.length).toBe(3 * items.length);
    for (const { id } of items) {
      const asked = votes.filter(({ item }) => item === id).map(({ rater }) => rater);
      expect(asked.length, id).toBe(3);
      expect(new Set(asked).size, id).toBe(3);
    }
    expect(new Set(votes.map(({ trial }) => trial)).size).toBe(votes.length);
  });

  it('draws sides at random, records them, and takes a side as the copy that stood there', async () => {
    const { collection, lines } = await collectOn(data, { votes: 6 });
    for (let turn = 0; turn < 6; turn++) {
      const rater = await joined(collection);
      while (await answerNext(collection, rater, 'left'));
    }
    const votes = votesAmong(lines);
    expect(votes.length).toBe(60);
    for (const { answer, first } of votes) expect(answer).toBe(first);
    // Of 60 fair draws, fewer than 15 or more than 45 have a probability below 1e-4.
    const p0 = votes.filter(({ first }) => first === 'p0').length;
    expect(p0).toBeGreaterThan(15);
    expect(p0).toBeLessThan(45);
  });

  it('begins with practice and says what was right, then hides one catch trial in each block, and says nothing', async () => {
    const { collection, lines } = await collectOn(data, {
      practice: 2,
      catchEvery: 5,
      trials: 12,
      pauseEvery: 4,
    });
    const rater = await joined(collection);
    const said = [];
    for (let one = await answerNext(collection, rater); one; one = await answerNext(collection, rater)) {
      said.push(one);
    }
    const votes = lines.filter((record) => record.kind !== 'rater' && record.kind !== 'shares');
    const kinds = votes.map(({ kind }) => kind);
    expect(kinds.slice(0, 2)).toEqual(['practice', 'practice']);
    expect(kinds.slice(2, 7).filter((kind) => kind === 'catch').length).toBe(1);
    expect(kinds.slice(7, 12).filter((kind) => kind === 'catch').length).toBe(1);
    expect(said.map(({ view: { isPractice, pause, done } }) => [isPractice, pause, done])).toEqual(
      kinds.map((kind, place) => [kind === 'practice', [4, 8].includes(place - 2), Math.max(0, place - 2)]),
    );
    for (const [place, { acknowledged, view }] of said.entries()) {
      const { known, answer, kind } = at(votes, place);
      expect(acknowledged).toEqual(kind === 'practice' ? { isRight: answer === known } : {});
      expect(Object.keys(view).sort()).toEqual(
        ['done', 'height', 'isPractice', 'pause', 'pictures', 'total', 'trial', 'width'].sort(),
      );
      expect(view.pictures).toEqual(['left', 'middle', 'right']);
    }
    expect(collection.standing(rater).total).toBe(collection.standing(rater).done);
  });

  it('shows catch items of the researcher as they are, each once to a rater, beside those that are made', async () => {
    const items = (await listTrialItems(data)).filter(({ task }) => task === '2afc');
    const catchItems = items.slice(0, 3).map((item) => ({ item, known: 'p1' as const }));
    const own = new Set(catchItems.map(({ item }) => item.id));
    const { collection, lines } = await collectOn(
      data,
      { practice: 3, catchEvery: 2, votes: 9 },
      { items: items.slice(3), catchItems },
    );
    for (let turn = 0; turn < 4; turn++) {
      const rater = await joined(collection);
      for (let view = await collection.next(rater); view; view = await collection.next(rater)) {
        const left = collection.picture(view.trial, 'left') ?? Buffer.alloc(0);
        await collection.answer(rater, { trial: view.trial, said: 'left', ms: 9, scale: '1' });
        const record = lines.at(-1) as VoteRecord;
        const item = items.find(({ id }) => id === record.item);
        if (!own.has(record.item) || record.first === undefined) continue;
        const file = await readFile(item?.images[record.first] ?? '');
        expect((await sharp(left).raw().toBuffer()).equals(await sharp(file).raw().toBuffer())).toBe(true);
      }
    }
    const answers = lines.filter(
      (line): line is VoteRecord => line.kind !== 'rater' && line.kind !== 'shares',
    );
    const ofOwn = answers.filter(({ item }) => own.has(item));
    expect(ofOwn.every(({ kind, known }) => kind === 'catch' && known === 'p1')).toBe(true);
    expect(new Set(ofOwn.map(({ rater, item }) => `${rater} ${item}`)).size).toBe(ofOwn.length);
    const made = answers.filter(({ kind, item }) => kind === 'catch' && !own.has(item));
    // Of 4 raters with 7 catch trials each, 3 of them own and at even odds: neither kind is ever missing.
    expect(
      [ofOwn.length, made.length].every((count) => count > 3),
      `${ofOwn.length}`,
    ).toBe(true);
    const [summary] = summarizeRaters(new VoteLog(lines));
    expect(summary?.catches.whole).toBe(
      answers.filter(({ kind, rater }) => kind === 'catch' && rater === summary?.rater).length,
    );
  });

  it('gives a rater who comes back the same trial, and counts an answer once that is given twice', async () => {
    const { collection, lines } = await collectOn(data);
    const [rater, other] = [await joined(collection), await joined(collection)];
    const [view, again] = await Promise.all([collection.next(rater), collection.next(rater)]);
    if (view === undefined) throw new Error('expected a trial');
    expect(again).toEqual(view);
    expect(await collection.next(rater)).toEqual(view);
    const answer = { trial: view.trial, said: 'left', ms: 1, scale: '1' };
    await expect(collection.answer(other, answer)).rejects.toMatchObject({ status: 410 });
    await expect(collection.answer(rater, { ...answer, said: 'same' })).rejects.toMatchObject({
      status: 400,
    });
    await Promise.all([collection.answer(rater, answer), collection.answer(rater, answer)]);
    await collection.answer(rater, answer);
    await expect(collection.answer(rater, { ...answer, said: 'right' })).rejects.toMatchObject({
      status: 409,
    });
    await expect(collection.answer(other, answer)).rejects.toMatchObject({ status: 410 });
    await expect(collection.answer(rater, { ...answer, trial: 'abcd' })).rejects.toMatchObject({
      status: 410,
    });
    expect(votesAmong(lines).length).toBe(1);
    expect(collection.picture(view.trial, 'left')).toBeUndefined();
  });

  it('gives the trial of a rater who has left to another, and no answer of his counts then', async () => {
    let now = 0;
    const { collection, lines, items } = await collectOn(
      data,
      { votes: 1, returnAfterMs: 1000 },
      { now: () => now },
    );
    const [gone, other] = [await joined(collection), await joined(collection)];
    const view = await collection.next(gone);
    for (let turn = 1; turn < items.length; turn++) await answerNext(collection, other);
    expect(await collection.next(other)).toBeUndefined();
    now = 1001;
    expect(await answerNext(collection, other)).toBeDefined();
    const late = { trial: view?.trial ?? '', said: 'left', ms: 1, scale: '1' };
    await expect(collection.answer(gone, late)).rejects.toMatchObject({ status: 410 });
    expect(votesAmong(lines).length).toBe(items.length);
  });

  it('keeps a trial open whose vote could not be written, so that it can be given again', async () => {
    let isFull = false;
    const written: unknown[] = [];
    const append = async (...records: unknown[]) => {
      if (isFull) throw new Error('the disk is full');
      written.push(...records);
    };
    const { collection } = await collectOn(data, {}, { journal: { append } });
    const rater = await joined(collection);
    const view = await collection.next(rater);
    const answer = { trial: view?.trial ?? '', said: 'left', ms: 1, scale: '1' };
    isFull = true;
    await expect(collection.answer(rater, answer)).rejects.toThrow('the disk is full');
    isFull = false;
    expect(await collection.answer(rater, answer)).toEqual({});
    expect(written.length).toBe(2);
  });

  it('leaves out triplets whose images are damaged or of different sizes, and says which', async () => {
    const folder = join(await tempDir(), 'mixed');
    await paintDataSet(folder, { triplets: { blur: 3 }, pairs: {}, size: 8 });
    await writeFile(join(folder, '2afc/val/blur/p0/000000.png'), 'no picture');
    await sharp({ create: { width: 9, height: 8, channels: 3, background: 'red' } })
      .png()
      .toFile(join(folder, '2afc/val/blur/p1/000001.png'));
    const { collection, lines, faults } = await collectOn(folder, { votes: 1 });
    const rater = await joined(collection);
    while (await answerNext(collection, rater));
    expect(votesAmong(lines).map(({ item }) => item)).toEqual(['2afc/val/blur/000002']);
    expect(faults.sort()).toEqual([
      expect.stringMatching(
        /^collect: expected 8x8 pixels, as .*p0\/000001\.png has, for .*, got 9x8\..* 2afc\/val\/blur\/000001 is left out\.$/,
      ),
      expect.stringMatching(
        /^collect: expected a PNG, JPEG or WebP image for .*p0\/000000\.png, got a fault in it \(.*\)\. 2afc\/val\/blur\/000000 is left out\.$/,
      ),
    ]);
  });

  it('knows nobody who agreed to another text, and begins anew with practice for another task', async () => {
    const { collection, log, lines } = await collectOn(data, { practice: 1, trials: 2 });
    const rater = await joined(collection);
    while (await answerNext(collection, rater));
    expect(lines.map(({ kind }) => kind)).toEqual(['rater', 'practice', 'vote', 'vote']);
    const pairs = await collectOn(data, { task: 'jnd', practice: 1, trials: 2 }, { log });
    expect(pairs.collection.knows(rater)).toBe(true);
    expect((await pairs.collection.next(rater))?.isPractice).toBe(true);
    const otherText = await collectOn(data, { consentDigest: 'another' }, { log });
    expect(otherText.collection.knows(rater)).toBe(false);
  });

  it('asks about pairs in either order', async () => {
    const { collection, lines } = await collectOn(data, { task: 'jnd', votes: 1, practice: 1 });
    const rater = await joined(collection);
    const first = await answerNext(collection, rater, 'same');
    expect(first?.view.pictures).toEqual(['first', 'second']);
    while (await answerNext(collection, rater, 'different'));
    expect(votesAmong(lines).map(({ answer }) => answer)).toEqual(Array(6).fill('different'));
    expect(first?.acknowledged.isRight).toBe((lines[1] as VoteRecord).known === 'same');
  });
});

describe('makeKnownTrial', () => {
  it('makes a copy that nobody tells from the reference, and one that everybody does', async () => {
    const [item] = await listTrialItems(data);
    if (!item) throw new Error('expected an item');
    const pictures = await readPictures(item);
    const { pictures: made, known } = await makeKnownTrial(pictures, seededRandom(1));
    expect(known).toBe('p0');
    const furthest = (copy: typeof made.p0) =>
      Math.max(...copy.data.map((value, index) => Math.abs(value - at(made.ref?.data ?? [], index))));
    expect(furthest(made.p0)).toBeLessThan(1.01 / 255);
    expect(furthest(made.p0)).toBeGreaterThan(0);
    expect(furthest(made.p1)).toBeGreaterThan(0.3);
  });

  it('draws no number for each value of a large picture, leaves none of them alone, and lets others run meanwhile', async () => {
    const large = mapSamples({ width: 640, height: 400, data: new Float32Array(768_000) }, () => 0.5);
    const random = seededRandom(3);
    let drawn = 0;
    const count = (value: number) => {
      drawn++;
      return value;
    };
    const counted = { uniform: () => count(random.uniform()), normal: () => count(random.normal()) };
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const { pictures } = await makeKnownTrial({ ref: large, p0: large, p1: large }, counted);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(2);
    expect(drawn).toBeLessThan(2 * 66_000);
    const lines = [0, 100, 399].map((line) => pictures.p1.data.slice(1920 * line, 1920 * (line + 1)));
    for (const line of lines) expect(new Set(line).size).toBeGreaterThan(100);
    expect(lines[0]).not.toEqual(lines[1]);
  });

  it('makes a picture strip by strip as it would make it whole', async () => {
    const random = seededRandom(6);
    const [width, height] = [40, 150];
    const ref = mapSamples({ width, height, data: new Float32Array(3 * width * height) }, () =>
      random.uniform(),
    );
    const nothing = { uniform: () => 0.5, normal: () => 0 };
    const { pictures } = await makeKnownTrial({ ref, p0: ref, p1: ref }, nothing);
    expect(pictures.p1).toEqual(roundToBytes(convolveSeparable(ref, gaussianKernel(1.5, 5))));
    expect(pictures.p0).toEqual(roundToBytes(ref));
  });

  it('makes pairs that are the same and pairs that are not, about as often, also of a flat picture', async () => {
    const flat = mapSamples({ width: 8, height: 8, data: new Float32Array(192) }, () => 0);
    const random = seededRandom(2);
    const made: KnownTrial[] = [];
    for (let i = 0; i < 40; i++) made.push(await makeKnownTrial({ p0: flat, p1: flat }, random));
    for (const { known, pictures } of made) {
      expect(pictures.p1.data.some((value) => value > 0.3)).toBe(known === 'different');
    }
    const same = made.filter(({ known }) => known === 'same').length;
    expect(same).toBeGreaterThan(8);
    expect(same).toBeLessThan(32);
  });
});

it('a folder for each triplet serves too, alone and in groups, as PNG, JPEG and WebP', async () => {
  const folder = await tempDir();
  const picture = sharp({ create: { width: 8, height: 6, channels: 3, background: 'teal' } });
  const put = async (name: string, parts: readonly string[]) => {
    await mkdir(join(folder, name), { recursive: true });
    for (const part of parts) await picture.clone().toFile(join(folder, name, part));
  };
  await put('leaf', ['ref.png', 'p0.jpg', 'p1.webp']);
  await put('noise/one', ['ref.jpeg', 'p0.png', 'p1.png']);
  await put('noise/two', ['p0.png', 'p1.png']);
  await mkdir(join(folder, 'notes'));
  const items = await listTrialItems(folder);
  expect(items.map(({ id }) => id)).toEqual([
    '2afc/train/noise/one',
    '2afc/train/own/leaf',
    'jnd/val/noise/two',
  ]);
  for (const item of items) expect((await readPictures(item)).p0).toMatchObject({ width: 8, height: 6 });
  await put('own/leaf', ['ref.png', 'p0.png', 'p1.png']); // the group of those in none is called own
  await expect(listTrialItems(folder)).rejects.toThrow(
    /^collect: expected another name than that of .*leaf for .*leaf, got 2afc\/train\/own\/leaf\. Rename one of them\.$/,
  );
  await rm(join(folder, 'own'), { recursive: true });
  await put('half', ['ref.png', 'p0.png']);
  await expect(listTrialItems(folder)).rejects.toThrow(
    /expected a partner of the other images of half for .*half\/p1\.png/,
  );
});
