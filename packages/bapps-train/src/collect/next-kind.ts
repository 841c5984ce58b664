/**
 * @module
 * What the next trial of a rater is for, by what he has answered so far: practice first, then votes, and among each block of
 * them one catch trial. So a server that was restarted goes on in the same way.
 */
import type { Random } from 'lpips-pictures';
import type { TrialKind, VoteRecord } from '../votes/vote-records.js';
import type { StudyPlan } from './study-plan.js';

/**
 * The kind of the next trial. A catch trial has any place in its block with the same probability.
 *
 * @param answers of the rater, practice too, in their order
 * @returns undefined where he has had all of his trials
 */
export function nextKind(
  answers: readonly VoteRecord[],
  { practice, trials, catchEvery }: StudyPlan,
  random: Random,
): TrialKind | undefined {
  if (answers.length - withoutPractice(answers).length < practice) return 'practice';
  const answered = withoutPractice(answers);
  if (answered.length >= trials) return undefined;
  if (catchEvery === 0) return 'vote';
  const place = answered.length % catchEvery;
  const block = answered.slice(answered.length - place);
  if (block.some(({ kind }) => kind === 'catch')) return 'vote';
  return random.uniform() < 1 / (catchEvery - place) ? 'catch' : 'vote';
}

/** Answers that count as trials of a rater. */
export function withoutPractice(answers: readonly VoteRecord[]): VoteRecord[] {
  return answers.filter(({ kind }) => kind !== 'practice');
}
