/**
 * @module
 * Errors. Every message of this project reads
 * `<function>: expected <requirement> for <argument>, got <value>. <What to do.>`
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
