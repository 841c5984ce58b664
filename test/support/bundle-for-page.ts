/**
 * @module
 * Bundles as a page loads them: for the browser, in one module graph, with what is missing there reported.
 */
import { type Plugin, rolldown } from 'rolldown';

/** A bundle for a page. */
export interface PageBundle {
  /** minified, all chunks in a row */
  readonly code: string;
  /** the same of the chunks that load at once; the others load where the code asks for them */
  readonly atOnce: string;
  /** Node built-ins and packages that were asked for and are not there */
  readonly unresolved: readonly string[];
  /** packages that the page has to bring */
  readonly imports: readonly string[];
}

/**
 * Bundles source files.
 *
 * @param external packages that stay imports
 */
export async function bundleForPage(
  input: readonly string[],
  external: readonly (string | RegExp)[],
): Promise<PageBundle> {
  const unresolved: string[] = [];
  const noNodeBuiltIns: Plugin = {
    name: 'no-node-built-ins',
    resolveId(source) {
      if (source.startsWith('node:')) unresolved.push(source);
      return null;
    },
  };
  const bundle = await rolldown({
    input: [...input],
    platform: 'browser',
    external: [...external],
    resolve: { conditionNames: ['source', 'browser', 'import', 'module', 'default'] },
    plugins: [noNodeBuiltIns],
    onLog(_level, log) {
      // TensorFlow.js's own Node platform file asks for "util" and is never reached in a page.
      const isTensorFlow = `${log.id ?? ''}${log.message}`.includes('tfjs-core');
      if (log.code === 'UNRESOLVED_IMPORT' && !isTensorFlow) unresolved.push(log.message);
    },
  });
  const { output } = await bundle.generate({ format: 'esm', minify: true });
  await bundle.close();
  const chunks = new Map(
    output.flatMap((chunk) => (chunk.type === 'chunk' ? [[chunk.fileName, chunk] as const] : [])),
  );
  const codeOf = (names: Iterable<string>) =>
    [...names].map((name) => chunks.get(name)?.code ?? '').join('\n');
  const atOnce = new Set(
    [...chunks.values()].filter(({ isEntry }) => isEntry).map(({ fileName }) => fileName),
  );
  for (const name of atOnce) {
    for (const imported of chunks.get(name)?.imports ?? []) atOnce.add(imported); // the loop goes on to it
  }
  const imports = new Set([...chunks.values()].flatMap((chunk) => chunk.imports));
  return {
    code: codeOf(chunks.keys()),
    atOnce: codeOf(atOnce),
    unresolved,
    imports: [...imports].filter((name) => !chunks.has(name)),
  };
}
