/**
 * @module
 * How a command ends.
 */

/** What the process returns to its caller. */
export const EXIT = { done: 0, failed: 1, usage: 2, above: 3, impossible: 4 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/**
 * A command line that cannot be carried out whatever the files are. Its message is one sentence without the name of the
 * tool. The runner knows that name and puts it before the sentence.
 */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/**
 * @returns `value` where it is one of `choices`
 * @throws UsageError naming the choices
 */
export function oneOf<Choice extends string>(
  option: string,
  choices: readonly Choice[],
  value: unknown,
): Choice {
  const choice = choices.find((known) => known === value);
  if (choice !== undefined) return choice;
  throw new UsageError(`expected one of ${choices.join(', ')} for ${option}, got "${String(value)}".`);
}
