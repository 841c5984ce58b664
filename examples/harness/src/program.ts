/**
 * @module
 * An example or a benchmark as a program: a table of flags gives the help, the parsing and the types of the options.
 */
import { enableProdMode } from '@tensorflow/tfjs-core';
import { parseFlags, runProgram, type Terminal, UsageError } from 'lpips-node/command-line';
import type { Flag } from './flags.js';

type Flags = Readonly<Record<string, Flag<unknown>>>;

/** The values of a table of flags, by name. */
export type Options<Table extends Flags> = {
  readonly [Name in keyof Table]: Table[Name] extends Flag<infer Value> ? Value : never;
};

/** A program. */
export interface Program<Table extends Flags> {
  /** Begins its messages. */
  readonly name: string;
  /** What it does, in sentences; the first part of its help. */
  readonly about: string;
  /** By name without dashes, in the order of the help. */
  readonly flags: Table;
  /** The flag whose value may also stand alone, without the flag. */
  readonly bare?: keyof Table & string;
  readonly run: (options: Options<Table>, terminal: Terminal) => Promise<void>;
}

/**
 * Runs the program with the arguments of this process. `--help` prints the help. A fault is one sentence on stderr, and
 * the exit code is 2 for a flag that is refused, 1 for anything else.
 */
export async function startProgram<Table extends Flags>(program: Program<Table>): Promise<void> {
  const { name, flags, bare } = program;
  await runProgram({
    name,
    help: helpOf(program),
    readOptions: (args) => readOptions(flags, bare, args),
    run: async (options, terminal) => {
      enableProdMode(); // TensorFlow.js gives no advice on stderr
      await program.run(options, terminal);
    },
  });
}

function helpOf({ about, flags }: Pick<Program<Flags>, 'about' | 'flags'>): string {
  const rows = Object.entries(flags).map(([name, { takes, help }]): [string, string] => [
    takes === undefined ? `--${name}` : `--${name} ${takes}`,
    help,
  ]);
  rows.push(['--help', 'this text']);
  const width = Math.max(...rows.map(([flag]) => flag.length));
  return `${about}\n\n${rows.map(([flag, help]) => `  ${flag.padEnd(width)}   ${help}\n`).join('')}`;
}

/** @returns undefined where the help is asked for */
function readOptions<Table extends Flags>(
  flags: Table,
  bare: string | undefined,
  args: readonly string[],
): Options<Table> | undefined {
  const types = Object.entries(flags).map(([name, { takes }]) => {
    return [name, { type: takes === undefined ? 'boolean' : 'string' }] as const;
  });
  const config = {
    args: [...args],
    options: { ...Object.fromEntries(types), help: { type: 'boolean' } },
    allowPositionals: bare !== undefined,
  } as const;
  const { values, positionals } = parseFlags(config);
  const given: Record<string, string | boolean | undefined> = { ...values };
  const [alone, ...others] = positionals;
  if (bare !== undefined && alone !== undefined) {
    if (others.length > 0 || given[bare] !== undefined) {
      throw new UsageError(`expected one --${bare}, got ${positionals.join(', ')} as well.`);
    }
    given[bare] = alone;
  }
  if (given['help']) return undefined;
  const options = Object.entries(flags).map(([name, { read }]) => {
    const value = given[name];
    return [name, read(typeof value === 'boolean' ? '' : value, `--${name}`)];
  });
  return Object.fromEntries(options) as Options<Table>;
}
