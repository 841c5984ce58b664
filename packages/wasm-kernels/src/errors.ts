/**
 * @module
 * Errors. Every message of this project reads
 * `<function>: expected <requirement> for <argument>, got <value>. <What to do.>`
 */

/** A geometry, format or dtype that a gradient kernel of this package does not take. */
export class WasmKernelError extends Error {
  override readonly name = 'WasmKernelError';
}

/**
 * Builds the error of a refused argument.
 *
 * @param kernel kernel that refuses, as TensorFlow.js names it
 * @param requirement what would have been accepted
 * @param argument name of the input or attribute
 * @param got what was given, in words or as a shape
 * @param advice what to do about it: whole sentences, with their full stop
 */
export function unsupported(
  kernel: string,
  requirement: string,
  argument: string,
  got: string,
  advice: string,
): WasmKernelError {
  return new WasmKernelError(`${kernel}: expected ${requirement} for ${argument}, got ${got}. ${advice}`);
}
