/**
 * @module
 * `bapps collect` serves a page on which people judge the triplets or pairs of a folder.
 */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { invalid, printable } from 'lpips-core';
import { EXIT, type ExitCode, type Terminal, UsageError, untilInterrupted } from 'lpips-node/command-line';
import { type CatchItem, readCatchItems } from '../collect/catch-items.js';
import { startCollectServer } from '../collect/collect-server.js';
import { Collection } from '../collect/collection.js';
import { secretRandom } from '../collect/secret-random.js';
import { CONSENT, digestOfConsent, QUESTIONS, SHOWN_MS, type StudyPlan } from '../collect/study-plan.js';
import { UncertainOrder } from '../collect/uncertain-order.js';
import { ItemPool } from '../committee/item-pool.js';
import type { Task } from '../data-set/layout.js';
import { readFileOf } from '../files/read-file.js';
import { VOTES } from '../synthesize/observers.js';
import { listTrialItems, type TrialItem } from '../votes/trial-items.js';
import { VoteJournal } from '../votes/vote-journal.js';
import { VoteLog } from '../votes/vote-log.js';
import type { CollectArguments } from './collect-options.js';

/** Letters and digits that nobody takes for one another. */
const CODE_LETTERS = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const CODE_LENGTH = 8;
const MOST_CONSENT_BYTES = 65_536;
const MINUTE_MS = 60_000;

/** Serves the page until it is interrupted. */
export async function runCollect(options: CollectArguments, terminal: Terminal): Promise<ExitCode> {
  const { data, host, port, quiet, choose, extraction } = options;
  if ((choose === 'uncertain') !== (extraction !== undefined)) {
    throw new UsageError('expected --choose uncertain and --extraction together, got one of them.');
  }
  const all = await listTrialItems(data);
  const task = options.task ?? (all.some((item) => item.task === '2afc') ? '2afc' : 'jnd');
  const ofTask = all.filter((item) => item.task === task);
  const catchItems = await catchItemsOf(options, task, all);
  const items = ofTask.filter((item) => !catchItems.some((own) => own.item === item));
  if (items.length === 0) throw new UsageError(`expected items of ${task} in ${printable(data)}, got none.`);
  if (choose === 'uncertain' && task === 'jnd') {
    throw new UsageError('expected triplets for --choose uncertain, got pairs, which tell heads too little.');
  }
  const plan = await planOf(options, task, items);
  const code = options.code ?? randomCode();
  const faults = { onFault: (sentence: string) => terminal.error(`${printable(sentence)}\n`) };
  await untilInterrupted((signal) =>
    VoteJournal.use(data, 'collect', async (journal, { records, torn }) => {
      if (torn > 0)
        terminal.error(`bapps: the last line of ${printable(journal.path)} was cut off, and is dropped.\n`);
      const log = new VoteLog(records);
      if (records.length > 0 && !quiet)
        terminal.error(`bapps: going on from ${describe(log, items, plan)} in ${printable(journal.path)}.\n`);
      const order =
        extraction === undefined ? undefined : await openOrder(extraction, items, log, faults.onFault);
      const collection = new Collection({
        items,
        catchItems,
        log,
        journal,
        plan,
        random: secretRandom,
        ...faults,
        ...(order && { uncertainty: (id) => order.of(id), onVote: () => order.update() }),
      });
      order?.update();
      const server = await startCollectServer({
        collection,
        plan,
        code,
        host,
        port,
        onError: (error) =>
          faults.onFault(`bapps: ${error instanceof Error ? error.message : String(error)}`),
      });
      try {
        for (const address of addressesOf(host, server.port))
          terminal.out(`${address}/#${encodeURIComponent(code)}\n`);
        if (!quiet)
          terminal.error(
            `${items.length} items of ${task}, ${plan.votes} votes each${ownOf(catchItems)}, code ${printable(code)}. Ctrl-C ends it.\n` +
              aboutOthers(options, all.length - ofTask.length),
          );
        if (!signal.aborted) await once(signal, 'abort');
      } finally {
        await server.close();
        await order?.close();
        terminal.error(`${describe(log, items, plan)} in ${printable(journal.path)}\n`);
      }
    }),
  );
  return EXIT.done;
}

/** Catch items of the researcher's own. @throws UsageError where there are none of this task, or none would be shown */
async function catchItemsOf(
  { catchItems: path, catchEvery }: CollectArguments,
  task: Task,
  items: readonly TrialItem[],
): Promise<readonly CatchItem[]> {
  if (path === undefined) return [];
  if (catchEvery === 0) {
    throw new UsageError('cannot show --catch-items with --catch-every 0. Leave one of them out.');
  }
  const own = (await readCatchItems(path, items)).filter(({ item }) => item.task === task);
  if (own.length > 0) return own;
  throw new UsageError(`expected catch items of ${task} in ${printable(path)}, got none.`);
}

/** @throws LpipsError unless the extraction has vectors of these items */
async function openOrder(
  extraction: string,
  items: readonly TrialItem[],
  log: VoteLog,
  onFault: (sentence: string) => void,
): Promise<UncertainOrder> {
  const pool = await ItemPool.open(extraction);
  const without = items.filter(({ id }) => pool.rowOf(id) === undefined);
  if (without.length === items.length) {
    const advice = 'Extract the same folder, or what "bapps votes --export --least-votes 0" makes of it.';
    throw invalid('collect', 'vectors of the triplets of the folder', extraction, 'those of others', advice);
  }
  if (without.length > 0)
    onFault(`bapps: ${without.length} of ${items.length} triplets have no vectors, and come last.`);
  return new UncertainOrder(pool, log, onFault);
}

async function planOf(
  options: CollectArguments,
  task: Task,
  items: readonly TrialItem[],
): Promise<StudyPlan> {
  const consent = options.consent === undefined ? CONSENT : await readConsent(options.consent);
  const isToLearn = items.every(({ split }) => split === 'train');
  const usual = task === 'jnd' ? VOTES.jnd : isToLearn ? VOTES.train : VOTES.val;
  return {
    task,
    votes: options.votes ?? usual,
    trials: options.trials,
    practice: options.practice,
    catchEvery: options.catchEvery,
    pauseEvery: options.breakEvery,
    shownMs: options.shown ?? SHOWN_MS[task],
    gapMs: options.gap,
    returnAfterMs: options.returnAfter * MINUTE_MS,
    title: options.title,
    question: options.question ?? QUESTIONS[task],
    consent,
    consentDigest: digestOfConsent(consent),
  };
}

async function readConsent(path: string): Promise<string> {
  const about = { where: 'collect', what: 'a text file', mostBytes: MOST_CONSENT_BYTES };
  const text = (await readFileOf(path, about)).toString();
  if (text.trim() !== '') return text;
  throw new UsageError(`expected a text for --consent, got the empty file ${printable(path)}.`);
}

/** How many of the votes that are wanted there are, imported ones too, and whose. */
function describe(log: VoteLog, items: readonly TrialItem[], plan: StudyPlan): string {
  const counted = items.reduce((sum, { id }) => sum + Math.min(log.count(id), plan.votes), 0);
  const raters = new Set(items.flatMap(({ id }) => [...log.ofItem(id)].map(({ rater }) => rater))).size;
  const wanted = items.length * plan.votes;
  return `${counted} of ${wanted} votes, of ${raters} ${raters === 1 ? 'rater' : 'raters'},`;
}

function ownOf({ length }: readonly CatchItem[]): string {
  return length === 0 ? '' : `, ${length} catch ${length === 1 ? 'item' : 'items'} of your own`;
}

/** Says which items nobody is asked about, where the folder has triplets and pairs and no task was chosen. */
function aboutOthers({ task }: CollectArguments, others: number): string {
  if (task !== undefined || others === 0) return '';
  return `bapps: ${others} ${others === 1 ? 'item is a pair' : 'items are pairs'}, which --task jnd asks about.\n`;
}

/** Addresses of the page: of the machine itself, or of its networks where it listens on all. */
function addressesOf(host: string, port: number): string[] {
  if (host !== '0.0.0.0' && host !== '::')
    return [`http://${host.includes(':') ? `[${host}]` : host}:${port}`];
  const found = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return found.filter(({ family }) => family === 'IPv4').map(({ address }) => `http://${address}:${port}`);
}

function randomCode(): string {
  return Array.from({ length: CODE_LENGTH }, () => CODE_LETTERS.charAt(randomInt(CODE_LETTERS.length))).join(
    '',
  );
}
