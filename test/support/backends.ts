/**
 * @module
 * Suites on a backend that is not installed everywhere. Where it is missing they are skipped under a name that says
 * why; where `LPIPS_NATIVE=required` is set, as in CI after `lpips backend install`, they fail instead.
 */
import { type BackendName, selectBackend } from 'lpips-node';
import { leaveOut } from './leave-out.js';

/**
 * A suite that computes on `backend`, which it must select itself, since other suites share the process.
 *
 * @param suite registers the tests, given the backend
 */
export async function suiteOnBackend(
  name: string,
  backend: BackendName,
  suite: (name: string) => void | Promise<void>,
): Promise<void> {
  const title = `${name}, on ${backend}`;
  const reason = await selectBackend(backend).then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  if (reason === undefined) {
    await suite(title);
    return;
  }
  const isRequired = process.env['LPIPS_NATIVE'] === 'required';
  leaveOut(title, { reason, isRequired, need: 'needs the backend' });
}
