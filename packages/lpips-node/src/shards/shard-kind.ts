/**
 * @module
 * A kind of work on shards. To add one, write one file with an object of this type and name it in the list of
 * kinds that a worker knows (`commands/shard-kinds.ts`, or that of a package above this one). It states three functions:
 *
 * 1. `prepare`: what the user gave becomes a plan, with a digest of the data of each shard;
 * 2. `open`: a plan becomes a maker, on any machine; its `make` is the function from a shard's inputs to its content;
 * 3. `join`: the contents of all shards become the result, which the command then prints.
 *
 * Seals, resuming, array jobs, queues, retries and merging follow from these.
 */
import type { Weight } from 'lpips-core';
import type { Terminal } from '../command-line/terminal.js';
import type { JsonRecord, PlacedPlan, Plan, PlannedShard } from './plan.js';

/** What the file of a shard holds beside its seal. */
export interface ShardContent {
  readonly tensors: ReadonlyMap<string, Weight>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** A shard that was made. */
export interface MadeShard {
  readonly shard: PlannedShard;
  readonly content: ShardContent;
}

/** Called with the units of work that are done, and with what is being done with the next one. */
export type OnDone = (units: number, note?: string) => void;

/** Makes shards of one plan. */
export interface ShardMaker {
  /**
   * Makes shards in order, and yields each as soon as it is made. What it yields is valid until the next one is asked for. It may
   * be called again once an earlier call has ended.
   *
   * @param onDone called with the units of work of this call
   * @throws LpipsError naming a file that is damaged or has changed since the plan was written
   */
  make(shards: readonly PlannedShard[], onDone?: OnDone): AsyncIterable<MadeShard>;
  dispose(): void | Promise<void>;
}

/** Where a kind works, and whom it tells. */
export interface KindContext {
  /** Absolute path of the folder that the plan's paths are relative to. */
  readonly base: string;
  readonly terminal: Terminal;
  /** Whether notes and bars are left out. */
  readonly quiet: boolean;
  /** Never download. */
  readonly offline: boolean;
  /** Folder of weights files on this machine, in place of the one that the plan states. */
  readonly weights?: string | undefined;
  /** Threads, for kinds that have a choice. */
  readonly workers?: number | undefined;
}

/** A plan with the maker that was opened to write it. */
export interface PreparedPlan {
  readonly plan: Plan;
  readonly maker: ShardMaker;
}

/** A kind of work. */
export interface ShardKind<Joined = unknown> {
  /** As plans state it. */
  readonly name: string;
  /** Name and version of its package. A plan of another version is refused. */
  readonly tool: string;
  /** What is counted, such as `images`. */
  readonly unit: string;
  /**
   * Lists the inputs and writes down what decides the bytes.
   *
   * @param inputs as a plan states them
   * @param context.digests whether the data are read for their digests; without them, nothing may be kept for later
   */
  prepare(inputs: JsonRecord, context: KindContext & { readonly digests: boolean }): Promise<PreparedPlan>;
  /**
   * Opens a plan on this machine.
   *
   * @throws LpipsError if weights, network or backend are not those of the plan
   */
  open(plan: Plan, context: KindContext): Promise<ShardMaker>;
  /** Joins the contents of all shards. `read` gives that of one, and checks its seal. */
  join(placed: PlacedPlan, read: (shard: PlannedShard) => Promise<ShardContent>): Promise<Joined>;
}
