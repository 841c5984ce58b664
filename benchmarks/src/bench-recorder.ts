/**
 * @module
 * Takes what a benchmark measures while it runs, and writes it as a record at the end.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { version as tfjsVersion } from '@tensorflow/tfjs';
import { checkOutput, writeAtomically } from 'lpips-node/files';
import { type BenchRecord, FORMAT, type Row, type Unit, VERSION } from './bench-record.js';
import { thisMachine } from './machine.js';

/** Takes what a benchmark measures while it runs. */
export class BenchRecorder {
  readonly #benchmark: string;
  readonly #path: string | undefined;
  readonly #date = new Date().toISOString();
  readonly #versions: Record<string, string> = {};
  readonly #rows: Row[] = [];

  private constructor(benchmark: string, path: string | undefined) {
    this.#benchmark = benchmark;
    this.#path = path;
  }

  /**
   * @param path of the file; undefined = nothing is written
   * @throws LpipsError where the file cannot be written
   */
  static async start(benchmark: string, path: string | undefined): Promise<BenchRecorder> {
    if (path !== undefined) await checkOutput(path);
    return new BenchRecorder(benchmark, path);
  }

  /** Notes a row. */
  row(
    name: string,
    values: readonly number[],
    { unit = 'ms', isCompetitor = false }: { readonly unit?: Unit; readonly isCompetitor?: boolean } = {},
  ): void {
    if (this.#rows.some((row) => row.name === name)) throw new Error(`BenchRecorder: two rows are "${name}"`);
    this.#rows.push({ name, unit, values, isCompetitor });
  }

  /** Notes the version of something that was measured or measured with. */
  version(name: string, version: string): void {
    this.#versions[name] = version;
  }

  /** Writes the file, if one was asked for. */
  async write(): Promise<void> {
    if (this.#path === undefined) return;
    const record: BenchRecord = {
      format: FORMAT,
      version: VERSION,
      benchmark: this.#benchmark,
      date: this.#date,
      machine: thisMachine(),
      versions: { 'lpips-core': ownVersion(), '@tensorflow/tfjs': tfjsVersion.tfjs, ...this.#versions },
      commit: currentCommit(),
      commandLine: withoutJson(process.argv.slice(2)),
      rows: this.#rows,
    };
    await writeAtomically(this.#path, `${JSON.stringify(record, null, 2)}\n`);
  }
}

function ownVersion(): string {
  const manifest = fileURLToPath(new URL('../package.json', import.meta.resolve('lpips-core')));
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}

function currentCommit(): string | null {
  const git = (...args: string[]) => spawnSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8' });
  const head = git('rev-parse', 'HEAD');
  if (head.status !== 0) return null;
  return head.stdout.trim() + (git('status', '--porcelain').stdout === '' ? '' : '+');
}

/** Arguments without `--json` and its file: where a record goes does not change what is measured. */
export function withoutJson(args: readonly string[]): string[] {
  return args.filter((word, i) => !word.startsWith('--json') && args[i - 1] !== '--json');
}
