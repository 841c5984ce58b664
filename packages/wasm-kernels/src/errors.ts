/**
 * @module
 * Errors. The error of a refused argument reads
 * `<kernel>: expected <requirement> for <argument>, got <value>. <What to do.>`, and where arguments contradict each
 * other or memory runs out `<kernel>: cannot <what>: <why>. <What to do.>`
 */

/** What the kernels of this package refuse or cannot do. Its message is one clear sentence. */
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

/** Builds the error of arguments that contradict each other, or of a fault of the environment. */
export function cannot(kernel: string, what: string, why: string, advice: string): WasmKernelError {
  return new WasmKernelError(`${kernel}: cannot ${what}: ${why}. ${advice}`);
}
