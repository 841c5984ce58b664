/**
 * @module
 * The options of `bapps collect`.
 */
import { countOption, oneOf, quietOption, UsageError, wholeNumber } from 'lpips-node/command-line';
import type { Argv } from 'yargs';
import { MOST_CODE_LETTERS } from '../collect/study-plan.js';
import { TASKS, type Task } from '../data-set/layout.js';
import { textOption } from './shared-options.js';

/** Arguments of `bapps collect`. */
export interface CollectArguments {
  readonly data: string;
  readonly host: string;
  readonly port: number;
  readonly code: string | undefined;
  readonly task: Task | undefined;
  readonly votes: number | undefined;
  readonly trials: number;
  readonly practice: number;
  readonly catchEvery: number;
  readonly catchItems: string | undefined;
  readonly breakEvery: number;
  readonly shown: number | undefined;
  readonly gap: number;
  readonly returnAfter: number;
  readonly choose: Order;
  readonly extraction: string | undefined;
  readonly title: string;
  readonly question: string | undefined;
  readonly consent: string | undefined;
  readonly quiet: boolean;
}

/** Which items come first. */
const ORDERS = ['random', 'uncertain'] as const;
type Order = (typeof ORDERS)[number];

const LARGEST_PORT = 65_535;

/** Options and help of `bapps collect`. */
export function collectOptions<Options>(parser: Argv<Options>) {
  const optional = (option: string, describe: string, least: number) =>
    ({
      ...textOption(describe),
      coerce: (text: string | undefined) =>
        text === undefined ? undefined : wholeNumber(option, text, least),
    }) as const;
  return parser
    .positional('data', {
      describe: 'folder of triplets or pairs: the layout of BAPPS, or a folder with ref, p0 and p1 for each',
      type: 'string',
      demandOption: true,
    })
    .option('host', {
      describe: 'address to listen on; 0.0.0.0 lets other devices in',
      string: true,
      requiresArg: true,
      default: '127.0.0.1',
    })
    .option('port', {
      describe: 'port to listen on; 0 takes a free one',
      string: true,
      requiresArg: true,
      default: '8080',
      coerce: portOf,
    })
    .option('code', {
      ...textOption(
        `code with which people take part, of up to ${MOST_CODE_LETTERS} letters (default: a random one)`,
      ),
      coerce: codeOf,
    })
    .option('task', {
      describe: '2afc: which of two is closer; jnd: same or different (default: what the folder has)',
      requiresArg: true,
      coerce: (value: unknown) => (value === undefined ? undefined : oneOf('--task', TASKS, value)),
    })
    .option(
      'votes',
      optional(
        '--votes',
        'people asked about each item (default 5 for triplets, 2 where all are to learn from, 3 for pairs)',
        1,
      ),
    )
    .option('trials', countOption('--trials', 'trials of a rater, without practice', 100, 1))
    .option('practice', countOption('--practice', 'examples with feedback before them', 4))
    .option('catch-every', {
      ...textOption('one trial of so many has a known answer; 0 is none'),
      default: '10',
      coerce: (text: string) => catchEveryOf(text),
    })
    .option(
      'catch-items',
      textOption(
        'trials with a known answer of your own, beside those that are made: a CSV file of items of the folder (item,answer), ' +
          'or a folder of others with such a file answers.csv',
      ),
    )
    .option('break-every', countOption('--break-every', 'trials between two breaks; 0 is none', 50))
    .option(
      'shown',
      optional(
        '--shown',
        'milliseconds a picture is shown; 0 until the answer (default 0 for triplets, 1000 for pairs)',
        0,
      ),
    )
    .option('gap', countOption('--gap', 'milliseconds between the pictures of a pair', 250))
    .option(
      'return-after',
      countOption(
        '--return-after',
        'minutes after which the trial of a rater who has left goes to another',
        10,
        1,
      ),
    )
    .option('choose', {
      describe:
        'random; or uncertain: first the triplets on which heads disagree that learn from the votes so far',
      requiresArg: true,
      default: 'random',
      coerce: (value: unknown) => oneOf('--choose', ORDERS, value),
    })
    .option(
      'extraction',
      textOption('of --choose uncertain: folder that bapps extract filled with these triplets'),
    )
    .option('title', { ...textOption('heading of the page'), default: 'How alike are these pictures?' })
    .option('question', textOption('what is asked above the pictures'))
    .option('consent', textOption('text file that raters agree to (default: what is stored, in a few words)'))
    .option('quiet', quietOption)
    .example('bapps collect data/', 'a page for this machine, at port 8080')
    .example(
      'bapps collect data/ --host 0.0.0.0 --consent consent.txt',
      'for a laboratory; put HTTPS before it elsewhere',
    )
    .example(
      'bapps collect data/ --choose uncertain --extraction vectors/',
      'first the triplets on which heads disagree',
    )
    .epilogue(
      'The votes are in votes.jsonl of the folder, one line each, on the disk before the rater sees the next picture. ' +
        'Started again, it goes on. "bapps votes" shows, exports and imports them.',
    );
}

function portOf(text: string): number {
  const port = wholeNumber('--port', text);
  if (port <= LARGEST_PORT) return port;
  throw new UsageError(`expected a whole number from 0 to ${LARGEST_PORT} for --port, got "${text}".`);
}

/** Blanks do not count in a code, so that there must be something else. */
function codeOf(text: string | undefined): string | undefined {
  if (text === undefined || (text.trim() !== '' && text.length <= MOST_CODE_LETTERS)) return text;
  const got = text.trim() === '' ? 'none' : `${text.length}`;
  throw new UsageError(
    `expected 1 to ${MOST_CODE_LETTERS} letters for --code, as many as people can type, got ${got}.`,
  );
}

function catchEveryOf(text: string): number {
  const every = wholeNumber('--catch-every', text);
  if (every !== 1) return every;
  throw new UsageError('expected 0, or a whole number from 2 up, for --catch-every, got "1".');
}
