/**
 * @module
 * Suites under Bun and Deno, as `npm run setup:runtimes` installs them. Where one is missing they are skipped under a name that
 * says so. `LPIPS_RUNTIMES=required`, as in CI after the install, makes them fail instead.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe } from 'vitest';
import { leaveOut } from './leave-out.js';

const PACKAGES = fileURLToPath(new URL('../../.cache/runtimes/node_modules', import.meta.url));
const SUFFIX = process.platform === 'win32' ? '.exe' : '';

/** A runtime of JavaScript beside Node.js. */
interface Runtime {
  /** Scope of npm whose packages hold the program, one a platform. npm installs that of this machine. */
  readonly scope: string;
  /** The program in such a package. */
  readonly program: string;
  /** What stands between the program and a script. */
  readonly args: readonly string[];
}

const RUNTIMES = {
  Bun: { scope: '@oven', program: join('bin', `bun${SUFFIX}`), args: [] },
  Deno: { scope: '@deno', program: `deno${SUFFIX}`, args: ['run', '--allow-all'] },
} satisfies Record<string, Runtime>;

/**
 * A suite for each of Bun and Deno.
 *
 * @param suite registers the tests; it gets the program that runs a script, and its arguments before that
 */
export function suiteInRuntimes(
  name: string,
  suite: (program: string, args: readonly string[]) => void,
): void {
  for (const [runtime, { scope, program, args }] of Object.entries(RUNTIMES)) {
    const title = `${name}, in ${runtime}`;
    const path = installed(join(PACKAGES, scope), program);
    if (path !== undefined) {
      describe(title, () => suite(path, args));
      continue;
    }
    leaveOut(title, {
      reason: `there is no ${runtime} in .cache/runtimes`,
      isRequired: process.env['LPIPS_RUNTIMES'] === 'required',
      need: `needs ${runtime}`,
      advice: 'Run npm run setup:runtimes.',
    });
  }
}

/** Path of a program in one of the packages of a folder. */
function installed(scope: string, program: string): string | undefined {
  const packages = existsSync(scope) ? readdirSync(scope) : [];
  return packages.map((name) => join(scope, name, program)).find((path) => existsSync(path));
}
