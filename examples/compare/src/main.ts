#!/usr/bin/env node
/**
 * @module
 * The command behind `npm run demo`. Usage: `node dist/main.js [--out FILE] [--quick]`.
 */
import { parseArgs } from 'node:util';
import { DEFAULT_OUT, FULL, QUICK, runDemo } from './demo.js';
import { summarize } from './summary.js';
import { terminalProgress } from './terminal.js';

const HELP = `Compares photographs and their distortions by LPIPS, PSNR and SSIM, and writes one HTML page.

  --out FILE   where the page goes (default ${DEFAULT_OUT})
  --quick      small pictures and few steps, to see that everything works
  --help       this text
`;

process.exitCode = await main(process.argv.slice(2));

/** Exit code: 0 done, 1 something failed, 2 wrong usage, 130 interrupted. */
async function main(args: readonly string[]): Promise<number> {
  let options: { out?: string; quick?: boolean; help?: boolean };
  try {
    options = parseArgs({
      args: [...args],
      options: { out: { type: 'string' }, quick: { type: 'boolean' }, help: { type: 'boolean' } },
    }).values;
  } catch (error) {
    process.stderr.write(`${reason(error)}\nUsage: main.js [--out FILE] [--quick] [--help]\n`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  process.once('SIGINT', () => {
    const showCursor = process.stdout.isTTY ? '\u001b[?25h\u001b[?7h' : '';
    process.stderr.write(`${showCursor}\nInterrupted; no page was written.\n`);
    process.exit(130);
  });
  try {
    const started = performance.now();
    const { out, quick = false } = options;
    const result = await runDemo({
      size: quick ? QUICK : FULL,
      ...(out === undefined ? {} : { out }),
      progress: terminalProgress(process.stdout),
    });
    const seconds = Math.round((performance.now() - started) / 1000);
    process.stdout.write(
      `${summarize(result)}\nDone in ${seconds} s. Open the page in a browser:\n${result.path}\n`,
    );
    return 0;
  } catch (error) {
    process.stderr.write(`demo: ${reason(error)}\n`);
    return 1;
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n')[0] ?? error.name) : String(error);
}
