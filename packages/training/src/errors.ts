/**
 * @module
 * Errors. The error of a refused argument reads
 * `<function>: expected <requirement> for <argument>, got <value>. <What to do.>`
 * and that of what is impossible now `<function>: cannot <what>: <why>. <What to do.>`
 */

/** What this package refuses. Its message is one clear sentence. */
export class TrainingError extends Error {
  override readonly name = 'TrainingError';
}

/**
 * Builds the error of a refused argument.
 *
 * @param where function that refuses, as its caller knows it
 * @param requirement what would have been accepted
 * @param argument name of the argument or option
 * @param got what was given
 * @param advice what to do about it: whole sentences, with their full stop
 */
export function invalid(
  where: string,
  requirement: string,
  argument: string,
  got: unknown,
  advice: string,
): TrainingError {
  return new TrainingError(
    `${where}: expected ${requirement} for ${argument}, got ${inWords(got)}. ${advice}`,
  );
}

/**
 * Builds the error of what is impossible now.
 *
 * @param where function that fails, as its caller knows it
 * @param advice what to do about it: whole sentences, with their full stop
 */
export function cannot(where: string, what: string, why: string, advice: string): TrainingError {
  return new TrainingError(`${where}: cannot ${what}: ${why}. ${advice}`);
}

function inWords(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'function') return isAsynchronous(value) ? 'an asynchronous function' : 'a function';
  if (value instanceof Promise) return 'a promise';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

/** Whether a function is declared as asynchronous. */
export function isAsynchronous(value: object): boolean {
  return value.constructor.name === 'AsyncFunction';
}

/** @throws TrainingError unless the value is an object with functions of these names */
export function checkFunctions(
  where: string,
  argument: string,
  value: unknown,
  names: readonly string[],
): void {
  const isFine =
    typeof value === 'object' &&
    value !== null &&
    names.every((name) => typeof Reflect.get(value, name) === 'function');
  if (!isFine)
    throw invalid(where, `an object with ${names.join(' and ')}`, argument, value, 'Are they functions?');
}
