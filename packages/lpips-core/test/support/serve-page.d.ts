/** Files by their path on the server, which begins with a slash. Those set later are served too. */
export type ServedFiles = Map<string, string | Uint8Array>;
/** A running server. */
export interface PageServer {
  /** Address without a slash at the end. */
  url: string;
  files: ServedFiles;
  close: () => Promise<void>;
}
/** Bundles and serves `test/page`. The caller closes the server. */
export declare function serveTestPage(): Promise<PageServer>;
/** Serves files of the memory on a free port. The caller closes the server. */
export declare function serveFiles(files: ServedFiles): Promise<PageServer>;
//# sourceMappingURL=serve-page.d.ts.map
