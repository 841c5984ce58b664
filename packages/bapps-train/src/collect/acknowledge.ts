/**
 * @module
 * What a page says of a trial, as an answer about p0 and p1, and what it is told.
 */
import type { Answer, VoteRecord } from '../votes/vote-records.js';
import { Refusal } from './refusal.js';

/** What comes of an answer. */
export interface Acknowledged {
  /** Of practice: whether the answer was the known one. */
  readonly isRight?: boolean;
}

/**
 * The answer behind what a page says: of a triplet it names a side.
 *
 * @param first the copy that stood at the left
 */
export function meaningOf(said: string, first: 'p0' | 'p1'): Answer | undefined {
  const second = first === 'p0' ? 'p1' : 'p0';
  if (said === 'left') return first;
  if (said === 'right') return second;
  return said === 'same' || said === 'different' ? said : undefined;
}

/** What a page is told of a vote that is on the disk. */
export function acknowledge({ kind, answer, known }: VoteRecord): Acknowledged {
  return kind === 'practice' ? { isRight: answer === known } : {};
}

/**
 * What a page is told that sends an answer to a trial that has one.
 *
 * @throws Refusal unless it is the same answer of the same rater
 */
export function acknowledgeAgain(vote: VoteRecord, rater: string, said: string): Acknowledged {
  if (vote.rater !== rater) throw notOpen();
  if (vote.first !== undefined && meaningOf(said, vote.first) === vote.answer) return acknowledge(vote);
  throw new Refusal(409, 'This trial was answered already, and otherwise. The first answer counts.');
}

/** The refusal of an answer to a trial that the rater does not have before him. */
export function notOpen(): Refusal {
  return new Refusal(410, 'This trial is no longer open. Go on with the next one.');
}
