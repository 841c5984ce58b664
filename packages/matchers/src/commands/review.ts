/**
 * @module
 * `lpips-matchers review` accepts images of failures as new snapshots: those that are named, all of them, or those whose
 * button is pressed in a page that a server on this machine shows.
 */
import { once } from 'node:events';
import { basename, resolve } from 'node:path';
import { printable } from 'lpips-core';
import { EXIT, type ExitCode, type Terminal, UsageError, untilInterrupted } from 'lpips-node/command-line';
import { acceptFailure, isAcceptable } from '../review/accept-failure.js';
import type { FoundFailure } from '../review/find-failures.js';
import { startReviewServer } from '../review/review-server.js';
import { findProject } from './find-project.js';

/** Arguments of `lpips-matchers review`. */
export interface ReviewArguments {
  readonly folder: string;
  readonly accept: readonly string[] | undefined;
  readonly all: boolean;
  readonly list: boolean;
  readonly port: number;
}

/** Accepts, lists or serves. */
export async function runReview(options: ReviewArguments, terminal: Terminal): Promise<ExitCode> {
  const { folder, accept, all, list, port } = options;
  if ([accept !== undefined, all, list].filter(Boolean).length > 1) {
    throw new UsageError('expected one of --accept, --all and --list, got several.');
  }
  const { failures } = await findProject(folder, terminal);
  if (list) {
    for (const failure of failures) terminal.out(`${lineOf(failure)}\n`);
    return EXIT.done;
  }
  if (all) return await acceptEach(folder, failures.filter(isAcceptable), terminal);
  if (accept !== undefined) {
    return await acceptEach(
      folder,
      accept.flatMap((name) => named(failures, name)),
      terminal,
    );
  }
  const title = basename(resolve(folder));
  const server = await startReviewServer(folder, title, port, (snapshot) => {
    terminal.out(`accepted ${printable(snapshot)}\n`);
  });
  try {
    terminal.out(`${server.address}\n`);
    terminal.error('Open the page in a browser of this machine. Ctrl-C ends it.\n');
    await untilInterrupted((signal) => once(signal, 'abort'));
  } finally {
    await server.close();
  }
  return EXIT.done;
}

/** Each that can be accepted is, though another cannot. */
async function acceptEach(
  folder: string,
  failures: readonly FoundFailure[],
  terminal: Terminal,
): Promise<ExitCode> {
  let fault: unknown;
  for (const failure of new Set(failures)) {
    try {
      terminal.out(`accepted ${printable(await acceptFailure(folder, failure))}\n`);
    } catch (error) {
      fault ??= error;
    }
  }
  if (fault !== undefined) throw fault;
  if (failures.length === 0) terminal.error('Nothing to accept.\n');
  return EXIT.done;
}

/**
 * The failures that a name means: by id, by name, or by test file and name with a colon between them.
 *
 * @throws UsageError where it means none, or those of several test files
 */
function named(failures: readonly FoundFailure[], name: string): FoundFailure[] {
  const found = failures.filter(
    (failure) =>
      name === failure.id || name === failure.name || name === `${failure.testFile}:${failure.name}`,
  );
  if (found.length === 1) return found;
  if (found.length > 1) {
    const ids = found.map(({ id, testFile }) => `${id} (${testFile})`).join(', ');
    throw new UsageError(
      `expected a name that means one failure for --accept, got "${name}": ${ids}. Name one id.`,
    );
  }
  const hint = failures.length === 0 ? 'There are none.' : '"lpips-matchers review --list" has their names.';
  throw new UsageError(`expected the name or id of a failure for --accept, got "${name}". ${hint}`);
}

function lineOf(failure: FoundFailure): string {
  const { id, testFile, name } = failure;
  return printable(`${id}  ${testFile}:${name}${isAcceptable(failure) ? '' : '  (no snapshot)'}`);
}
