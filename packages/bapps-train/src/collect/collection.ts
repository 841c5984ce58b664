/**
 * @module
 * A collection that is under way: who takes part, which trial each of them has before him, and what was answered. It knows
 * nothing of HTTP. A rater is known by a random token, of which the journal has a digest alone; so nobody else can vote in his
 * name, and a rater who comes back goes on, also after a restart.
 */
import { createHash, randomBytes } from 'node:crypto';
import { at, LpipsError } from 'lpips-core';
import type { Random } from 'lpips-pictures';
import { readPictures } from '../votes/item-pictures.js';
import type { TrialItem } from '../votes/trial-items.js';
import type { VoteJournal } from '../votes/vote-journal.js';
import type { VoteLog } from '../votes/vote-log.js';
import { type Answer, isAnswer, type TrialKind, taskOf, type VoteRecord } from '../votes/vote-records.js';
import { type Acknowledged, acknowledge, acknowledgeAgain, meaningOf, notOpen } from './acknowledge.js';
import type { CatchItem } from './catch-items.js';
import { type Choice, chooseItem, openItems, type Uncertainty } from './choose-item.js';
import { makeKnownTrial } from './known-answers.js';
import { nextKind, withoutPractice } from './next-kind.js';
import { encodeSlots, type Slots } from './picture-slots.js';
import { Refusal } from './refusal.js';
import type { StudyPlan } from './study-plan.js';

/** A trial that a rater has before him. */
interface Trial {
  readonly id: string;
  readonly rater: string;
  readonly kind: TrialKind;
  readonly item: TrialItem;
  readonly known: Answer | undefined;
  readonly first: 'p0' | 'p1';
  readonly slots: Slots;
  readonly since: number;
}

/** How far a rater is. */
export interface Standing {
  readonly done: number;
  readonly total: number;
}

/** What a page shows: no answer, no name of an item. */
export interface TrialView extends Standing {
  readonly trial: string;
  readonly isPractice: boolean;
  /** Names of its pictures, in the order in which they stand or are shown. */
  readonly pictures: readonly string[];
  readonly width: number;
  readonly height: number;
  /** Whether the rater is to rest first. */
  readonly pause: boolean;
}

/** What a collection stands on. */
export interface CollectionParts {
  readonly items: readonly TrialItem[];
  /** Catch items of the researcher's own, none of them among `items`; others are made. */
  readonly catchItems?: readonly CatchItem[];
  readonly log: VoteLog;
  readonly journal: Pick<VoteJournal, 'append'>;
  readonly plan: StudyPlan;
  readonly random: Random;
  readonly uncertainty?: Uncertainty;
  /** Called with a sentence for an item that cannot be shown. */
  readonly onFault: (sentence: string) => void;
  /** Called after each vote that counts. */
  readonly onVote?: () => void;
  /** Milliseconds; `Date.now` by default. */
  readonly now?: () => number;
}

/** Digits of the id of a rater. */
const ID_DIGITS = 16;
const TOKEN_BYTES = 24;

/** The id under which the journal knows the holder of a token. */
export function raterOf(token: string): string {
  return createHash('sha256').update(token).digest('hex').slice(0, ID_DIGITS);
}

/** Raters, trials under way and votes. */
export class Collection {
  readonly #parts: CollectionParts;
  readonly #now: () => number;
  /** By rater. */
  readonly #underWay = new Map<string, Trial>();
  readonly #byId = new Map<string, Trial>();
  readonly #choosing = new Map<string, Promise<TrialView | undefined>>();
  readonly #writing = new Map<string, Promise<VoteRecord>>();
  readonly #faulty = new Set<TrialItem>();

  constructor(parts: CollectionParts) {
    this.#parts = parts;
    this.#now = parts.now ?? Date.now;
  }

  /**
   * Lets somebody in who has given consent.
   *
   * @returns the token by which he is known
   */
  async join(): Promise<string> {
    const token = randomBytes(TOKEN_BYTES).toString('hex');
    const { journal, log, plan } = this.#parts;
    const record = {
      kind: 'rater',
      rater: raterOf(token),
      consent: plan.consentDigest,
      time: this.#time(),
    } as const;
    await journal.append(record);
    log.add(record);
    return token;
  }

  /** Whether somebody was let in, now or earlier, and agreed to the present text. */
  knows(rater: string): boolean {
    const { log, plan } = this.#parts;
    return log.raters.get(rater)?.consent === plan.consentDigest;
  }

  /** How far a rater is, catch trials and all. */
  standing(rater: string): Standing {
    const { plan } = this.#parts;
    const done = withoutPractice(this.#answers(rater)).length;
    const left = openItems(rater, this.#choice(rater)).length;
    const checks = plan.catchEvery === 0 ? 0 : Math.floor(left / (plan.catchEvery - 1));
    return { done, total: Math.max(done, Math.min(plan.trials, done + left + checks)) };
  }

  /**
   * The trial that a rater has before him, or the next one.
   *
   * @returns undefined where he is done
   */
  next(rater: string): Promise<TrialView | undefined> {
    this.#giveBack();
    const trial = this.#underWay.get(rater);
    if (trial && this.#byId.has(trial.id)) return Promise.resolve(this.#view(trial));
    const choosing = this.#choosing.get(rater) ?? this.#assign(rater);
    this.#choosing.set(rater, choosing);
    return choosing.finally(() => this.#choosing.delete(rater));
  }

  /**
   * A picture of a trial that is under way.
   *
   * @returns bytes of a PNG, undefined where there is no such picture
   */
  picture(trial: string, slot: string): Uint8Array | undefined {
    return this.#byId.get(trial)?.slots.pngs.get(slot);
  }

  /**
   * Takes an answer. The same answer given twice counts once, also if the first was given before a restart.
   *
   * @param said where the picture stands that was chosen, or what was said of a pair
   * @returns once the vote is on the disk
   * @throws Refusal of a trial that is not under way, not his, or answered otherwise
   */
  async answer(
    rater: string,
    { trial: id, said, ms, scale }: { trial: string; said: string; ms: number; scale: string },
  ): Promise<Acknowledged> {
    this.#giveBack();
    // Nothing may wait between this look and the mark that the vote is being written, but for a vote that is.
    const inWork = this.#writing.get(id);
    const before = inWork ? await inWork : this.#parts.log.ofTrial(id);
    if (before) return acknowledgeAgain(before, rater, said);
    const trial = this.#byId.get(id);
    if (trial?.rater !== rater) throw notOpen();
    const answer = meaningOf(said, trial.first);
    if (answer === undefined || !isAnswer(trial.item.id, answer))
      throw new Refusal(400, 'There is no such answer.');
    const writing = this.#write(trial, answer, ms, scale);
    this.#writing.set(id, writing);
    try {
      return acknowledge(await writing);
    } finally {
      this.#writing.delete(id);
    }
  }

  async #write(trial: Trial, answer: Answer, ms: number, scale: string): Promise<VoteRecord> {
    const { journal, log, onVote } = this.#parts;
    const { id, kind, item, known, rater, first } = trial;
    const record: VoteRecord = {
      kind,
      item: item.id,
      answer,
      ...(known !== undefined && { known }),
      rater,
      first,
      ms,
      scale,
      trial: id,
      time: this.#time(),
    };
    await journal.append(record);
    log.add(record);
    this.#drop(trial);
    if (kind === 'vote') onVote?.();
    return record;
  }

  async #assign(rater: string): Promise<TrialView | undefined> {
    const { plan, random } = this.#parts;
    for (;;) {
      const kind = nextKind(this.#answers(rater), plan, random);
      const source = kind && this.#sourceOf(rater, kind);
      if (kind === undefined || source === undefined) return undefined;
      const { item } = source;
      const id = randomBytes(TOKEN_BYTES).toString('hex');
      const first: Trial['first'] = random.uniform() < 0.5 ? 'p0' : 'p1';
      // While its pictures are read, others must not get it: it counts from now on.
      const reserved = { id, rater, kind, item, first, since: this.#now() };
      this.#underWay.set(rater, { ...reserved, known: undefined, slots: NO_SLOTS });
      try {
        const pictures = await readPictures(item);
        const isAsItIs = kind === 'vote' || source.known !== undefined;
        const made = isAsItIs ? { pictures, known: source.known } : await makeKnownTrial(pictures, random);
        const trial: Trial = {
          ...reserved,
          known: made.known,
          slots: await encodeSlots(made.pictures, first),
        };
        this.#underWay.set(rater, trial);
        this.#byId.set(id, trial);
        return this.#view(trial);
      } catch (error) {
        this.#underWay.delete(rater);
        if (!(error instanceof LpipsError)) throw error;
        this.#faulty.add(item);
        this.#parts.onFault(`${error.message} ${item.id} is left out.`);
      }
    }
  }

  /**
   * What the next trial is made from. Any item serves for one with a known answer; there is none unless an item is left to ask
   * about. As long as a rater has not seen all catch items of the researcher's own, every second catch trial is one of them.
   */
  #sourceOf(
    rater: string,
    kind: TrialKind,
  ): { readonly item: TrialItem; readonly known?: Answer } | undefined {
    const { random, uncertainty } = this.#parts;
    const next = chooseItem(rater, this.#choice(), random, uncertainty);
    if (next === undefined) return undefined;
    if (kind === 'vote') return { item: next };
    const own = kind === 'catch' ? this.#catchItemsFor(rater) : [];
    if (own.length > 0 && random.uniform() < 0.5) return at(own, Math.floor(random.uniform() * own.length));
    const { items } = this.#choice();
    return { item: at(items, Math.floor(random.uniform() * items.length)) };
  }

  /** The catch items of the researcher's own that a rater has not seen. */
  #catchItemsFor(rater: string): CatchItem[] {
    const { catchItems = [], log } = this.#parts;
    const answers = log.ofRater(rater);
    const seen = new Set(answers.filter(({ kind }) => kind === 'catch').map(({ item }) => item));
    return catchItems.filter(({ item }) => !seen.has(item.id) && !this.#faulty.has(item));
  }

  /** @param without a rater whose own trial does not count as under way */
  #choice(without?: string): Choice {
    const { items, log, plan } = this.#parts;
    const looking = new Map<string, number>();
    for (const { kind, item, rater } of this.#underWay.values()) {
      if (kind === 'vote' && rater !== without) looking.set(item.id, (looking.get(item.id) ?? 0) + 1);
    }
    return {
      items: this.#faulty.size === 0 ? items : items.filter((item) => !this.#faulty.has(item)),
      log,
      wanted: plan.votes,
      underWay: (id) => looking.get(id) ?? 0,
    };
  }

  /** What a rater has answered of this task, practice too. */
  #answers(rater: string): VoteRecord[] {
    const { log, plan } = this.#parts;
    return log.ofRater(rater).filter(({ item }) => taskOf(item) === plan.task);
  }

  #view({ id, rater, kind, slots }: Trial): TrialView {
    const { pauseEvery } = this.#parts.plan;
    const { done, total } = this.standing(rater);
    const pause = kind !== 'practice' && pauseEvery > 0 && done > 0 && done % pauseEvery === 0;
    const { width, height, pngs } = slots;
    return {
      trial: id,
      isPractice: kind === 'practice',
      pictures: [...pngs.keys()],
      width,
      height,
      pause,
      done,
      total,
    };
  }

  /** Trials of raters who have left go to others. One whose vote is being written stays. */
  #giveBack(): void {
    const { returnAfterMs } = this.#parts.plan;
    for (const trial of this.#underWay.values()) {
      const isLate = this.#now() - trial.since > returnAfterMs;
      if (isLate && this.#byId.has(trial.id) && !this.#writing.has(trial.id)) this.#drop(trial);
    }
  }

  #drop({ id, rater }: Trial): void {
    this.#byId.delete(id);
    this.#underWay.delete(rater);
  }

  #time(): string {
    return new Date(this.#now()).toISOString();
  }
}

const NO_SLOTS: Slots = { pngs: new Map(), width: 0, height: 0 };
