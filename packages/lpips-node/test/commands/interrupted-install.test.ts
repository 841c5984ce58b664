import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it, vi } from 'vitest';
import { callsOf, fakeTools } from '../../../../test/support/fake-tools.js';
import { tempDir } from '../../../../test/support/temp-dir.js';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

afterEach(() => vi.unstubAllEnvs());

it.each(['SIGINT', 'SIGTERM'] as const)(
  '%s ends an install, and leaves nothing half-made',
  async (signal) => {
    if (!existsSync(CLI)) throw new Error(`${CLI} is missing: build first, with npm run build.`);
    const folder = await tempDir();
    await fakeTools(folder, { python3: 'hangs' });
    const env = { ...process.env, TFJS_NATIVE_CACHE: join(folder, 'cache') };
    const child = spawn(process.execPath, [CLI, 'backend', 'install', '--quiet'], { env });
    while ((await callsOf(folder)).length < 2) await sleep(20); // pip is at work
    child.kill(signal);
    await once(child, 'close');
    expect(child.signalCode).toBe(signal);
    expect(await readdir(join(folder, 'cache', 'backends'))).toEqual([]);
  },
);
