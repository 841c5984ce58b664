/**
 * @module
 * One piece of work at a time, because TensorFlow.js has one current backend and one scope for all callers.
 */

/** A queue: each piece of work begins when the one before has succeeded or failed. */
export function inTurn(): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work, work);
    last = result.catch(() => undefined);
    return result;
  };
}
