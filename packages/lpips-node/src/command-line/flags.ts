/**
 * @module
 * Flags that many commands have, for yargs: `parser.option('quiet', quietOption)`.
 */

/** `--quiet` */
export const quietOption = { describe: 'no progress, no notes', boolean: true, default: false } as const;

/** `--json` */
export const jsonOption = { describe: 'one JSON object on stdout', boolean: true, default: false } as const;

/** `--offline` */
export const offlineOption = { describe: 'never download', boolean: true, default: false } as const;
