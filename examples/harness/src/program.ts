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
  /** Flags whose values may also stand alone, without the flag, in this order. */
  readonly bare?: readonly (keyof Table & string)[];
  readonly run: (options: Options<Table>, terminal: Terminal) => Promise<void>;
}

/**
 * Runs the program with the arguments of this process. `--help` prints the help. A fault is one sentence on stderr, and
 * the exit code is 2 for a flag that is refused, 1 for anything else.
 */
export async function startProgram<Table extends Flags>(program: Program<Table>): Promise<void> {
  const { name, flags, bare = [] } = program;
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
  bare: readonly string[],
  args: readonly string[],
): Options<Table> | undefined {
  const types = Object.entries(flags).map(([name, { takes }]) => {
    return [name, { type: takes === undefined ? 'boolean' : 'string' }] as const;
  });
  const config = {
    args: [...args],
    options: { ...Object.fromEntries(types), help: { type: 'boolean' } },
    allowPositionals: bare.length > 0,
  } as const;
  const { values, positionals } = parseFlags(config);
  const given: Record<string, string | boolean | undefined> = { ...values };
  for (const [index, alone] of positionals.entries()) {
    const flag = bare[index];
    if (flag === undefined || given[flag] !== undefined) {
      const [last, extra] = [
        flag ?? bare.at(-1),
        positionals.slice(flag === undefined ? bare.length - 1 : index),
      ];
      throw new UsageError(`expected one --${last}, got ${extra.join(', ')} as well.`);
    }
    given[flag] = alone;
  }
  if (given['help']) return undefined;
  const options = Object.entries(flags).map(([name, { read }]) => {
    const value = given[name];
    return [name, read(typeof value === 'boolean' ? '' : value, `--${name}`)];
  });
  return Object.fromEntries(options) as Options<Table>;
}
