/**
 * @module
 * How people are asked. As for BAPPS (Zhang et al. 2018, section 2), 2 people judge each triplet to learn from, 5 each held-out one
 * and 3 each pair, and the images of a pair are shown for one second each, a quarter of a second apart. A triplet stays until it
 * is judged. All of this can be set.
 */
import { createHash } from 'node:crypto';
import type { Task } from '../data-set/layout.js';

/** What a collection needs to know of a study. */
export interface StudyPlan {
  readonly task: Task;
  /** People who are asked about each item. */
  readonly votes: number;
  /** Trials of a rater, catch trials among them, practice not. */
  readonly trials: number;
  /** Trials with feedback before them. */
  readonly practice: number;
  /** One trial of so many has a known answer; 0 = none has. */
  readonly catchEvery: number;
  /** Trials between two breaks; 0 = no breaks. */
  readonly pauseEvery: number;
  /** Milliseconds for which pictures are shown; 0 = until the answer. */
  readonly shownMs: number;
  /** Milliseconds between the images of a pair. */
  readonly gapMs: number;
  /** Milliseconds after which the trial of a rater who has left goes to another. */
  readonly returnAfterMs: number;
  readonly title: string;
  readonly question: string;
  /** Text that a rater agrees to; blank lines part its paragraphs. */
  readonly consent: string;
  /** sha256 of the consent, which stands in the journal beside who agreed. */
  readonly consentDigest: string;
}

/** Letters that the field for the code takes at most. */
export const MOST_CODE_LETTERS = 40;

/** What is asked, unless the researcher asks otherwise. */
export const QUESTIONS: Readonly<Record<Task, string>> = {
  '2afc': 'Which picture is closer to the one in the middle?',
  jnd: 'Were the two pictures the same, or different?',
};

/** How long pictures are shown, in milliseconds: see the head of this file. */
export const SHOWN_MS: Readonly<Record<Task, number>> = { '2afc': 0, jnd: 1000 };

/** Said where the researcher has no text of his own. */
export const CONSENT = `You will see pictures and say how alike they look. There is no right or wrong: what counts is how they look to you.

What is stored: your answers, how long each took, how large the pictures were on your screen, the time, and a random number instead of your name. Neither your name nor your address is stored. Your browser keeps the random number, so that you can go on later.

You may stop at any time by closing the page. What you have answered by then is kept.`;

/** The digest of a consent text. */
export function digestOfConsent(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
