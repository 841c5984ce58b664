/**
 * @module
 * Errors. The message about a refused argument reads
 * `<function>: expected <requirement> for <argument>, got <value>. <What to do.>`
 * Faults of the environment and options that contradict each other have a second form:
 * `<function>: cannot <what>: <why>. <What to do.>`
 */

/** Anything a caller can mend: a wrong argument, file, weight or backend. Its message is one clear sentence. */
export class LpipsError extends Error {
  override readonly name = 'LpipsError';
}

/**
 * Builds the error of a refused argument.
 *
 * @param where function that refuses, as its caller knows it
 * @param requirement what would have been accepted
 * @param argument name of the argument
 * @param got what was given, in words or as a shape
 * @param advice what to do about it: whole sentences, with their full stop
 */
export function invalid(
  where: string,
  requirement: string,
  argument: string,
  got: string,
  advice = '',
): LpipsError {
  return new LpipsError(`${where}: expected ${requirement} for ${argument}, got ${got}. ${advice}`.trimEnd());
}

/**
 * Builds the error of a fault of the environment, or of options that contradict each other.
 *
 * @param where function that fails, as its caller knows it
 * @param what what it was to do: a verb and its object
 * @param why a clause, without its full stop
 * @param advice what to do about it: whole sentences, with their full stop
 */
export function cannot(where: string, what: string, why: string, advice = ''): LpipsError {
  return new LpipsError(`${where}: cannot ${what}: ${why}. ${advice}`.trimEnd());
}
