/**
 * @module
 * What a worker and its process for shards tell each other.
 */

/** What a worker asks for. */
export type Request =
  | {
      readonly ask: 'open';
      /** Path of the plan on this machine, and the digest that it must have. */
      readonly path: string;
      readonly digest: string;
      readonly offline: boolean;
      readonly weights: string | undefined;
      readonly workers: number | undefined;
    }
  | { readonly ask: 'make'; readonly index: number };

/** What the process answers: progress any number of times, then one of the others. */
export type Answer =
  | { readonly tell: 'progress'; readonly units: number }
  | { readonly tell: 'note'; readonly note: string }
  | { readonly tell: 'done'; readonly won: boolean }
  | { readonly tell: 'failed'; readonly reason: string };
