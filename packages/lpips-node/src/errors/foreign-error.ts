/**
 * @module
 * Errors of Node.js and of libraries: their code, and the line of their message that fits into a sentence of ours.
 */

/** The `code` of a system error, such as `'ENOSPC'`, or undefined. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** The first line of what an error says. */
export function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const [line = ''] = message.split('\n');
  return line.trim();
}
