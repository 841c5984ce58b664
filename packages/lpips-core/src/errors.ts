/**
 * @module
 * Errors. Every message of this project has one of two forms:
 *
 *     <function>: expected <requirement> for <argument>, got <value>. <What to do.>
 *     <function>: cannot <what>: <why>. <What to do.>
 *
 * The first refuses an argument. The second is for faults of the environment, such as a missing tool or a full disk,
 * and for options that contradict each other. Names in them are printable, and none is longer than a screen.
 */

import { printableMessage } from './printable.js';

/** A fault that the caller can mend: a wrong argument, file, weight or backend. Its message says how. */
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
  const message = `${where}: expected ${requirement} for ${argument}, got ${got}. ${advice}`;
  return new LpipsError(printableMessage(message.trimEnd()));
}

/**
 * Builds the error of something that cannot be done, though each argument on its own is valid.
 *
 * @param where function that gives up, as its caller knows it
 * @param what what it was to do, as a verb: `download the weights of alex`
 * @param why the reason, without a full stop
 * @param advice what to do about it: whole sentences, with their full stop
 */
export function cannot(where: string, what: string, why: string, advice = ''): LpipsError {
  return new LpipsError(printableMessage(`${where}: cannot ${what}: ${why}. ${advice}`.trimEnd()));
}
