/**
 * @module
 * A signal that arrives while the program is busy, before a long computation takes the handlers away, is not lost.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const TERMINAL = fileURLToPath(new URL('../../dist/command-line/terminal.js', import.meta.url));

it('lets a handler see the signal that came before letSignalsKill, and the default action those after it', () => {
  const program = (early: boolean) => `
    import { processTerminal } from ${JSON.stringify(TERMINAL)};
    const busy = () => { for (const end = Date.now() + 300; Date.now() < end; ); };
    process.once('SIGINT', () => process.exit(17));
    await new Promise((resolve) => setImmediate(resolve));
    if (${String(early)}) process.kill(process.pid, 'SIGINT');
    busy();
    await processTerminal().letSignalsKill();
    if (!${String(early)}) process.kill(process.pid, 'SIGINT');
    busy();`;
  const run = (early: boolean) =>
    spawnSync(process.execPath, ['--input-type=module', '--eval', program(early)]);
  expect(run(true).status).toBe(17);
  expect(run(false).signal).toBe('SIGINT');
});
