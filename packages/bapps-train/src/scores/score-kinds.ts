/**
 * @module
 * What is scored: a metric, or a bound that metrics are compared with (see two-afc.ts).
 */
export type ScoreKind = 'metric' | 'agreement' | 'human' | 'oracle';
