/**
 * @module
 * `lpips backend list`: the backends and their states. `lpips backend install` is in backend-install.ts.
 */
import type { Argv } from 'yargs';
import { type BackendState, listBackends } from '../backends/select-backend.js';
import { EXIT, type ExitCode } from '../command-line/exit-code.js';
import { jsonOption } from '../command-line/flags.js';
import type { Terminal } from '../command-line/terminal.js';
import { jsonTail } from './report.js';

/** Options and help of `lpips backend list`. */
export function backendListOptions<Options>(parser: Argv<Options>) {
  return parser
    .option('json', jsonOption)
    .example('lpips backend list', 'which backends work here; * marks the one that is used');
}

/** Prints every backend with its version and state. */
export async function runBackendList({ json }: { json: boolean }, terminal: Terminal): Promise<ExitCode> {
  const backends = await listBackends();
  if (json) terminal.out(`${JSON.stringify({ backends, ...jsonTail() })}\n`);
  else terminal.out(backends.map((backend) => `${line(backend)}\n`).join(''));
  return EXIT.done;
}

function line({ name, version, library, adapter, state, reason, chosen }: BackendState): string {
  const device =
    adapter && `${adapter.name}${adapter.isCpu ? ', on the CPU, so only its name takes it' : ''}`;
  const details = [library, device, reason === state ? undefined : reason].filter(
    (part) => part !== undefined,
  );
  const why = details.length === 0 ? '' : `: ${details.join(', ')}`;
  return `${chosen ? '*' : ' '} ${name.padEnd(14)} ${(version ?? '').padEnd(8)} ${state}${why}`;
}
