/**
 * @module
 * What yargs accepts in silence: the last of two values for one option, and `--layers=maybe`, which it takes for false. Both
 * are refused by name, of every option of every command.
 */
import type { Argv } from 'yargs';
import { UsageError } from './exit-code.js';

/**
 * Makes a parser refuse a repeated option, and a flag with a value other than true and false.
 *
 * @param args what the user typed, without node and script
 */
export function checkFlags(parser: Argv, args: readonly string[]): Argv {
  const known = parser as Argv & { getOptions(): { boolean: readonly string[] } };
  return parser.middleware(() => {
    const { boolean } = known.getOptions(); // those of the command that runs
    const seen = new Set<string>();
    for (const { name, value } of optionsAmong(args)) {
      const kebab = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`); // yargs takes --failAbove, too
      if (seen.has(kebab)) throw new UsageError(`expected --${kebab} once, got it several times.`);
      seen.add(kebab);
      if (value === undefined || value === 'true' || value === 'false' || !boolean.includes(kebab)) continue;
      throw new UsageError(
        `expected no value for --${kebab}, got "${value}". Leave the value out, or leave out --${kebab}.`,
      );
    }
  }, true);
}

interface TypedOption {
  readonly name: string;
  /** What stands behind `=`. */
  readonly value: string | undefined;
}

/** The options before `--`. No value begins with two dashes: yargs takes such a word for an option. */
function optionsAmong(args: readonly string[]): TypedOption[] {
  const dashes = args.indexOf('--');
  const own = dashes < 0 ? args : args.slice(0, dashes);
  return own.flatMap((word) => {
    const [, name, value] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    return name === undefined ? [] : [{ name, value }];
  });
}
