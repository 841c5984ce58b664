/**
 * A suite on reference data. `body` gets a function from each needed relative path to its absolute path.
 *
 * @param needed files and folders, relative to the reference data, all of which must exist
 */
export declare function describeWithShared(
  name: string,
  needed: readonly string[],
  body: (path: (relative: string) => string) => void,
): void;
//# sourceMappingURL=shared-data.d.ts.map
