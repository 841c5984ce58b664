/**
 * @module
 * Name and version of this package, as the files that it writes state them.
 */
import { packageVersion } from 'lpips-node/command-line';

/** Version of this package. */
export const TOOL_VERSION = packageVersion(new URL('../package.json', import.meta.url));

/** Name and version of this package. */
export const TOOL = `bapps-train ${TOOL_VERSION}`;
