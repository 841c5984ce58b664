/**
 * @module
 * The page as a visitor gets it: Vite builds it with its own configuration and serves it on this machine.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { at } from 'lpips-core';
import { preview } from 'vite';
import config from '../../vite.config.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const VITE = join(dirname(createRequire(import.meta.url).resolve('vite/package.json')), 'bin', 'vite.js');

/** A built page and where it is served. */
export interface ServedPage {
  /** Cross-origin isolated, as `npm run web` serves it. */
  readonly url: string;
  /** As a host serves it that knows nothing of isolation. */
  readonly plainUrl: string;
  /** Folder of the built files. */
  readonly assets: string;
  readonly close: () => Promise<void>;
}

/** Builds and serves. The caller closes. */
export async function servePage(): Promise<ServedPage> {
  const outDir = await mkdtemp(join(tmpdir(), 'lpips-web-'));
  const { NODE_ENV: _, ...env } = process.env; // a test's, which would make another page
  const options = ['build', '--outDir', outDir, '--emptyOutDir', '--logLevel', 'error'];
  await promisify(execFile)(process.execPath, [VITE, ...options], { cwd: ROOT, env });
  const serve = (headers?: Record<string, string>) =>
    preview({
      ...config,
      configFile: false,
      logLevel: 'error',
      build: { outDir },
      preview: { ...config.preview, port: 0, host: '127.0.0.1', ...(headers && { headers }) },
    });
  const [isolated, plain] = [
    await serve(),
    await serve({
      'cross-origin-opener-policy': 'unsafe-none',
      'cross-origin-embedder-policy': 'unsafe-none',
    }),
  ];
  const urlOf = ({ resolvedUrls }: typeof isolated) => at(resolvedUrls?.local ?? [], 0);
  return {
    url: urlOf(isolated),
    plainUrl: urlOf(plain),
    assets: join(outDir, 'assets'),
    close: async () => {
      await Promise.all([isolated.close(), plain.close()]);
      await rm(outDir, { recursive: true });
    },
  };
}
