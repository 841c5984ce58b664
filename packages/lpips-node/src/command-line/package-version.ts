/**
 * @module
 * The version of a package, as its manifest states it.
 */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/** @param manifest address of the package.json */
export function packageVersion(manifest: URL): string {
  const content: unknown = createRequire(import.meta.url)(fileURLToPath(manifest));
  return typeof content === 'object' && content !== null && 'version' in content
    ? String(content.version)
    : 'unknown';
}
