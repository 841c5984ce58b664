/**
 * @module
 * The grammar of `lpips-matchers`. The matchers themselves load nothing of it.
 */
import { createRequire } from 'node:module';
import {
  type ExitCode,
  jsonOption,
  type Run,
  runCommandLine,
  type Terminal,
  UsageError,
  wholeNumber,
} from 'lpips-node/command-line';

type Grammar = Parameters<typeof runCommandLine>[0]['grammar'];

const manifest: unknown = createRequire(import.meta.url)('../../package.json');
const version = String(Reflect.get(Object(manifest), 'version'));

const folderOption = {
  describe: 'the project: nothing outside of it is read or written',
  type: 'string',
  default: '.',
} as const;

const LARGEST_PORT = 65_535;

/**
 * Runs the command line.
 *
 * @param args without node and script
 * @returns 0 done, 1 something failed, 2 wrong usage; never throws
 */
export async function main(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const commands = ['gallery', 'review'];
  const grammar = (...[parser, run]: Parameters<Grammar>) => grammarOf(parser, run, terminal);
  return await runCommandLine({ name: 'lpips-matchers', version, commands, grammar }, args, terminal);
}

function grammarOf(parser: Parameters<Grammar>[0], run: Run, terminal: Terminal): ReturnType<Grammar> {
  return parser
    .usage(
      '$0 <command>\n\nFailures of toLookLike and toMatchPerceptualSnapshot: shows them, and accepts images.',
    )
    .command(
      'gallery [folder]',
      'the failures of the last runs as one HTML page',
      (command) =>
        command
          .positional('folder', folderOption)
          .option('out', {
            describe: 'where the page goes (default FOLDER/perceptual-failures.html)',
            type: 'string',
            requiresArg: true,
          })
          .option('json', jsonOption),
      async (argv) => {
        const { runGallery } = await import('./gallery.js');
        await run(runGallery({ folder: argv.folder, out: argv.out, json: argv.json }, terminal));
      },
    )
    .command(
      'review [folder]',
      'accepts images as new snapshots, in a page on this machine',
      (command) =>
        command
          .positional('folder', folderOption)
          .option('accept', {
            describe: 'accepts these, by name or id, without a page',
            type: 'string',
            array: true,
            requiresArg: true,
          })
          .option('all', { describe: 'accepts all, without a page', boolean: true, default: false })
          .option('list', { describe: 'prints ids and names', boolean: true, default: false })
          .option('port', {
            describe: 'of the page, on 127.0.0.1 (default: a free one)',
            type: 'string',
            requiresArg: true,
            default: '0',
            coerce: portOf,
          }),
      async (argv) => {
        const { runReview } = await import('./review.js');
        const { folder, accept, all, list, port } = argv;
        await run(runReview({ folder, accept, all, list, port }, terminal));
      },
    )
    .example('lpips-matchers gallery --out failures.html', 'one page that loads nothing')
    .example('lpips-matchers review --accept home', 'the image of home becomes its snapshot')
    .epilogue('Exit codes: 0 done, 1 failed, 2 wrong usage.');
}

function portOf(text: string): number {
  const port = wholeNumber('--port', text);
  if (port <= LARGEST_PORT) return port;
  throw new UsageError(`expected a whole number from 0 to ${LARGEST_PORT} for --port, got "${text}".`);
}
