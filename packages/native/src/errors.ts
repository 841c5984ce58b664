/**
 * @module
 * Errors. A refused argument reads `<function>: expected <requirement> for <argument>, got <value>. <What to do.>`, and a
 * fault of the environment `<function>: cannot <what>: <why>. <What to do.>`
 */

/** Why an install failed: this machine cannot have one, or something went wrong that may go right another time. */
export type NativeFault = 'impossible here' | 'failed';

/** Anything a caller can mend: a wrong argument, a missing tool, a full disk. Its message is one clear sentence. */
export class NativeError extends Error {
  override readonly name = 'NativeError';

  constructor(
    message: string,
    readonly fault: NativeFault = 'failed',
  ) {
    super(message);
  }
}

/** Builds the error of a refused argument. `advice` is whole sentences, with their full stop. */
export function invalid(
  where: string,
  requirement: string,
  argument: string,
  got: string,
  advice = '',
): NativeError {
  return new NativeError(
    `${where}: expected ${requirement} for ${argument}, got ${got}. ${advice}`.trimEnd(),
  );
}

/** Builds the error of a fault of the environment. `advice` is whole sentences, with their full stop. */
export function cannot(
  where: string,
  what: string,
  why: string,
  advice = '',
  fault: NativeFault = 'failed',
): NativeError {
  return new NativeError(`${where}: cannot ${what}: ${why}. ${advice}`.trimEnd(), fault);
}
