/**
 * @module
 * A collection without a server: a small painted data set, a journal in memory, and raters who answer at once.
 */
import { seededRandom } from 'lpips-pictures';
import { Collection, type CollectionParts, raterOf } from '../../src/collect/collection.js';
import { CONSENT, digestOfConsent, QUESTIONS, type StudyPlan } from '../../src/collect/study-plan.js';
import { listTrialItems } from '../../src/votes/trial-items.js';
import { VoteLog } from '../../src/votes/vote-log.js';
import type { JournalRecord, VoteRecord } from '../../src/votes/vote-records.js';

/** A plan without practice, catch trials and breaks. */
const PLAIN_PLAN: StudyPlan = {
  task: '2afc',
  votes: 2,
  trials: 100,
  practice: 0,
  catchEvery: 0,
  pauseEvery: 0,
  shownMs: 0,
  gapMs: 0,
  returnAfterMs: 60_000,
  title: 'A study',
  question: QUESTIONS['2afc'],
  consent: CONSENT,
  consentDigest: digestOfConsent(CONSENT),
};

/** A collection with what was written and said. */
export async function collectOn(
  data: string,
  plan: Partial<StudyPlan> = {},
  parts: Partial<CollectionParts> = {},
) {
  const lines: JournalRecord[] = [];
  const faults: string[] = [];
  const log = new VoteLog();
  const whole = { ...PLAIN_PLAN, ...plan };
  const items = (await listTrialItems(data)).filter(({ task }) => task === whole.task);
  const collection = new Collection({
    items,
    log,
    journal: {
      append: async (...records) => {
        lines.push(...records);
      },
    },
    plan: whole,
    random: seededRandom(5),
    onFault: (sentence) => faults.push(sentence),
    ...parts,
  });
  return { collection, lines, log, faults, items, plan: whole };
}

/** A rater who was let in. */
export async function joined(collection: Collection): Promise<string> {
  return raterOf(await collection.join());
}

/** Answers the trial that a rater has before him. */
export async function answerNext(
  collection: Collection,
  rater: string,
  said: 'left' | 'right' | 'same' | 'different' = 'left',
) {
  const view = await collection.next(rater);
  if (view === undefined) return undefined;
  const acknowledged = await collection.answer(rater, { trial: view.trial, said, ms: 500, scale: '2' });
  return { view, acknowledged };
}

/** Votes among the lines of a journal, without those on trials with a known answer. */
export function votesAmong(lines: readonly JournalRecord[]): VoteRecord[] {
  return lines.filter((line): line is VoteRecord => line.kind === 'vote');
}
