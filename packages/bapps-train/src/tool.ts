/**
 * @module
 * Who wrote a file: name and version of this package.
 */
import { packageVersion } from 'lpips-node/command-line';

/** Version of this package. */
export const TOOL_VERSION = packageVersion(new URL('../package.json', import.meta.url));

/** Name and version, as results and manifests state them. */
export const TOOL = `bapps-train ${TOOL_VERSION}`;
