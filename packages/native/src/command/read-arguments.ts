/**
 * @module
 * The arguments of the `tfjs-native` command.
 */
import { parseArgs } from 'node:util';
import { DEFAULT_TENSORFLOW, type Device } from '../native-platform.js';

/** What a command line asks for. */
export type Arguments =
  | { readonly command: 'help' | 'version' }
  | {
      readonly command: 'install' | 'remove' | 'status';
      readonly device: Device;
      readonly tensorflow: string;
      readonly sha256: string | undefined;
      readonly quiet: boolean;
      readonly json: boolean;
    };

/** Name of the executable, which begins every message. */
export const NAME = 'tfjs-native';

/** A command line that cannot be carried out. Its message is one clear sentence. */
export class UsageError extends Error {
  override readonly name = 'UsageError';

  constructor(where: string, sentence: string) {
    super(`${where}: ${sentence}. Run "${where} --help".`);
  }
}

const OPTIONS = {
  gpu: { type: 'boolean' },
  tensorflow: { type: 'string' },
  sha256: { type: 'string' },
  quiet: { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const;

/** The options that each command takes. */
const TAKES = {
  install: ['gpu', 'tensorflow', 'sha256', 'quiet', 'json'],
  remove: ['gpu', 'json'],
  status: ['json'],
} as const;

/** @throws UsageError for a command or an option that does not exist, and for an option without its value or that stands there twice */
export function readArguments(args: readonly string[]): Arguments {
  // Not strict, since Node's own messages are longer than a sentence: the tokens are checked here.
  const { values, positionals, tokens } = parseArgs({
    args: [...args],
    options: OPTIONS,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  if (values.help === true || args.length === 0) return { command: 'help' };
  if (values.version === true) return { command: 'version' };
  const [command, extra] = positionals;
  if (command === undefined || !isCommand(command)) {
    const got = command === undefined ? 'none' : `"${command}"`;
    throw new UsageError(NAME, `expected one of ${Object.keys(TAKES).join(', ')}, got ${got}`);
  }
  const where = `${NAME} ${command}`;
  if (extra !== undefined) throw new UsageError(where, `expected options alone, got "${extra}"`);
  const taken: readonly string[] = TAKES[command];
  const seen = new Set<string>();
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const { name, rawName, value } = token;
    if (!taken.includes(name)) {
      const known = taken.map((each) => `--${each}`).join(', ');
      throw new UsageError(where, `expected one of ${known}, got ${rawName}`);
    }
    if (seen.has(name)) throw new UsageError(where, `expected ${rawName} once, got it several times`);
    seen.add(name);
    const needsValue = name === 'tensorflow' || name === 'sha256';
    if (needsValue && (value === undefined || value === '')) {
      throw new UsageError(where, `expected a value for ${rawName}, got none`);
    }
    if (!needsValue && value !== undefined) {
      throw new UsageError(where, `expected no value for ${rawName}, got "${value}"`);
    }
  }
  const { tensorflow = DEFAULT_TENSORFLOW, sha256 } = values;
  return {
    command,
    device: values.gpu === true ? 'gpu' : 'cpu',
    tensorflow: String(tensorflow),
    sha256: sha256 === undefined ? undefined : String(sha256),
    quiet: values.quiet === true,
    json: values.json === true,
  };
}

function isCommand(word: string): word is keyof typeof TAKES {
  return Object.hasOwn(TAKES, word);
}
