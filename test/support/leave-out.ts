/**
 * @module
 * What stands in the place of a suite whose needs are missing: a skipped one, whose name says why, or a failing test
 * where they must be there.
 */
import { describe, it } from 'vitest';

/** What is missing. */
export interface Missing {
  /** Why the suite cannot run. */
  readonly reason: string;
  /** Whether it must, as in CI. */
  readonly isRequired: boolean;
  /** Name of the test that stands there: what the suite needs. */
  readonly need: string;
  /** What to do, behind the reason of a failure. */
  readonly advice?: string;
}

export function leaveOut(title: string, { reason, isRequired, need, advice }: Missing): void {
  if (isRequired) {
    describe(title, () => {
      it(need, () => {
        throw new Error(advice === undefined ? reason : `${reason}. ${advice}`);
      });
    });
    return;
  }
  describe.skip(`${title} (skipped, ${reason})`, () => {
    it(need, () => undefined);
  });
}
