/**
 * @module
 * The columns of CSV files that say what people judged, which every reader of such files takes: votes, votes counted, and the
 * known answers of catch items.
 */
import type { Synonyms } from '../files/csv-lines.js';

/** What else the columns may be called. `votes`, `yes`, `share` and all others have one name. */
export const JUDGEMENT_COLUMNS = {
  item: ['triplet'],
  answer: ['choice', 'vote'],
} as const satisfies Synonyms;
