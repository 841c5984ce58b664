/**
 * @module
 * The version of this package, as results name it.
 */
import { packageVersion } from 'lpips-node/command';

/** Version of this package. */
export const TOOL_VERSION = packageVersion(new URL('../../package.json', import.meta.url));

/** The keys that close every JSON result. */
export function jsonTail() {
  return { tool: `bapps-train ${TOOL_VERSION}` };
}
