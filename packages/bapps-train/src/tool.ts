/**
 * @module
 * Name and version of this package, as the files that it writes state them. Read here, since `lpips-node/command-line`
 * would load the parser of command lines with the library.
 */
import { createRequire } from 'node:module';

const manifest = createRequire(import.meta.url)('../package.json') as { readonly version: string };

/** Version of this package. */
export const TOOL_VERSION = manifest.version;

/** Name and version of this package. */
export const TOOL = `bapps-train ${TOOL_VERSION}`;
