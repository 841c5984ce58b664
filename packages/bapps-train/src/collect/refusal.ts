/**
 * @module
 * What a server answers to a request that it does not carry out.
 */

/** A status of HTTP with a sentence for the person in front of the page. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    sentence: string,
  ) {
    super(sentence);
  }
}
