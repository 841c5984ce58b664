/**
 * @module
 * Reference data that may not be copied into this repository: official weights, goldens, photographs. It is looked
 * for in the folder `LPIPS_SHARED`, else in `shared` beside the repository. A suite that needs a missing file fails
 * where `CI` is set, and elsewhere is skipped under a name that says which file is missing.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe } from 'vitest';
import { leaveOut } from './leave-out.js';

const SHARED_DIR = process.env['LPIPS_SHARED'] ?? fileURLToPath(new URL('../../../shared', import.meta.url));

/** Absolute path of a file or folder of the reference data, or undefined where it is missing. */
function sharedPath(relative: string): string | undefined {
  const path = resolve(SHARED_DIR, relative);
  return existsSync(path) ? path : undefined;
}

/**
 * A suite on reference data. `body` gets a function from each needed relative path to its absolute path.
 *
 * @param needed files and folders, relative to the reference data, all of which must exist
 */
export function describeWithShared(
  name: string,
  needed: readonly string[],
  body: (path: (relative: string) => string) => void,
): void {
  const missing = needed.filter((relative) => sharedPath(relative) === undefined);
  if (missing.length === 0) {
    describe(name, () => body((relative) => resolve(SHARED_DIR, relative)));
    return;
  }
  leaveOut(name, {
    reason: `reference data is missing: ${missing.join(', ')}`,
    isRequired: Boolean(process.env['CI']),
    need: 'needs reference data',
    advice: 'Set LPIPS_SHARED to the folder that holds it.',
  });
}
