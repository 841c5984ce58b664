/**
 * @module
 * The kinds of flags that a program can have. Each says how the help shows it and how its text becomes a value.
 */
import { resolve } from 'node:path';
import { numberWithin, oneOf, UsageError, wholeNumber } from 'lpips-node/command-line';

/** A flag of a program. */
export interface Flag<Value> {
  /** What the help shows for its value, such as FOLDER. Undefined for a flag that is on or off. */
  readonly takes?: string;
  readonly help: string;
  /**
   * @param given the text behind the flag, '' for a flag that takes none, undefined where it is absent
   * @param name with its dashes, for errors
   * @throws UsageError for a text that is not such a value
   */
  readonly read: (given: string | undefined, name: string) => Value;
}

/** On or off. */
export function toggle(help: string): Flag<boolean> {
  return { help, read: (given) => given !== undefined };
}

/** Any text. */
export function text(takes: string, help: string): Flag<string | undefined> {
  return { takes, help, read: (given) => given };
}

/** A text that must be given. */
export function required(takes: string, help: string): Flag<string> {
  return {
    takes,
    help,
    read: (given, name) => {
      if (given !== undefined) return given;
      throw new UsageError(
        `expected a ${takes.toLowerCase()} for ${name}, got none. Add --help to see all flags.`,
      );
    },
  };
}

/** A path, which becomes absolute. */
export function path<Preset extends string | undefined>(
  takes: string,
  help: string,
  preset: Preset,
): Flag<string | Preset> {
  return {
    takes,
    help: preset === undefined ? help : `${help} (default ${preset})`,
    read: (given) => {
      const named = given ?? preset;
      return named === undefined ? preset : resolve(named);
    },
  };
}

/** A number in [least, most]; `preset` where the flag is absent. */
export function number(
  takes: string,
  help: string,
  preset: number,
  least: number,
  most: number,
): Flag<number> {
  return {
    takes,
    help: `${help} (default ${preset})`,
    read: (given, name) => (given === undefined ? preset : numberWithin(name, given, least, most)),
  };
}

/** One of several words; the help lists them. `preset` where the flag is absent; where there is none, `help` says what comes of that. */
export function choice<Choice extends string, Preset extends Choice | undefined>(
  takes: string,
  help: string,
  choices: readonly Choice[],
  preset: Preset,
): Flag<Choice | Preset> {
  const list = choices.join(', ');
  return {
    takes,
    help: preset === undefined ? `${list}; ${help}` : `${help}: ${list} (default ${preset})`,
    read: (given, name) => (given === undefined ? preset : oneOf(name, choices, given)),
  };
}

/** A whole number from `least` up; `preset` where the flag is absent. */
export function count<Preset extends number | undefined>(
  help: string,
  preset: Preset,
  least = 0,
): Flag<number | Preset> {
  return {
    takes: 'N',
    help: preset === undefined ? help : `${help} (default ${preset})`,
    read: (given, name) => (given === undefined ? preset : wholeNumber(name, given, least)),
  };
}
