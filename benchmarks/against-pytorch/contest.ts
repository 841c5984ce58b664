/**
 * @module
 * Contenders on one case, by turns: starts their processes, gives them the same weights and images, and times each
 * task alternately.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type WeightMap, weightShapes } from 'lpips-core';
import type { Times } from '../src/alternate.js';
import { seededValues } from '../src/seeded.js';
import { weightsOf } from '../src/weights-of.js';
import type { Case, Loaded, Message, Peak, Task, Timed } from './protocol.js';
import { PYTORCH_ENVIRONMENT } from './set-up.js';

const OWN = fileURLToPath(new URL('./contender.js', import.meta.url));
export const PYTORCH = fileURLToPath(new URL('../../against-pytorch/contender.py', import.meta.url));

/**
 * Pause between two turns, so that the threads of the turn before have gone to sleep. In a virtual machine a sleeping core
 * takes some milliseconds to wake, so each turn computes once before it is timed.
 */
const PAUSE_MS = 60;

/** A contender's process in a folder of its own. */
export class Contender {
  readonly #process: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  constructor(
    command: string,
    args: string[],
    readonly folder: string,
    environment: Record<string, string> = {},
  ) {
    mkdirSync(folder, { recursive: true });
    const env = { ...process.env, ...environment };
    this.#process = spawn(command, args, { cwd: folder, env, stdio: ['pipe', 'pipe', 'inherit'] });
    const { stdout } = this.#process;
    if (!stdout) throw new Error(`${command}: no standard output`);
    this.#answers = createInterface({ input: stdout })[Symbol.asyncIterator]();
  }

  async ask<Answer>(message: Message): Promise<Answer> {
    this.#process.stdin?.write(`${JSON.stringify(message)}\n`);
    const { value, done } = await this.#answers.next();
    if (done) throw new Error(`The contender in ${this.folder} ended early.`);
    return JSON.parse(value) as Answer;
  }

  /** The gradient of the last run that made one. */
  gradient(): Float32Array {
    const bytes = readFileSync(join(this.folder, 'gradient.bin'));
    return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  }

  end(): void {
    this.#process.kill();
  }
}

/** Where the benchmarks against PyTorch work, and with what. */
export interface Setting {
  /** Folder for files of the benchmark. */
  readonly folder: string;
  /** Path of a Python that can import lpips. */
  readonly python: string;
  /** Backend of this project. */
  readonly backend: string;
  /** Folder of official weights; undefined = seeded ones. */
  readonly weights: string | undefined;
}

/** Writes weights of a network as one raw file in state-dict order; returns its path. */
export function writeFlatWeights(folder: string, net: Case['net'], weights: WeightMap): string {
  const path = join(folder, `${net}.weights.bin`);
  const values = [...weightShapes(net).keys()].map((name) => {
    const weight = weights.get(name);
    if (!weight) throw new RangeError(`writeFlatWeights: ${net} has no ${name}`);
    return bytesOf(weight.data);
  });
  writeFileSync(path, Buffer.concat(values));
  return path;
}

/** This project, and PyTorch in either layout of its memory. */
export type Side = 'own' | 'eager' | 'channels-last';
type Contenders<Name extends Side> = Readonly<Record<Name, Contender>>;

/** Contenders with the case loaded; the caller ends them. */
export async function startContenders<Name extends Side>(
  { folder, python, backend, weights: official }: Setting,
  it: Case,
  sides: readonly Name[],
): Promise<{ contenders: Contenders<Name>; versions: readonly string[] }> {
  const weights = writeFlatWeights(folder, it.net, await weightsOf(it.net, it, official));
  const size = it.shape.reduce((product, side) => product * side, 1);
  const images: [string, string] = [join(folder, 'image.bin'), join(folder, 'reference.bin')];
  for (const [seed, path] of images.entries())
    writeFileSync(path, bytesOf(seededValues(size, seed + 11, -1, 1)));
  const threads = availableParallelism();
  const versions = new Set<string>();
  const contenders: Partial<Record<Side, Contender>> = {};
  for (const side of sides) {
    const place = join(folder, side);
    const contender =
      side === 'own'
        ? new Contender(process.execPath, [OWN, '--backend', backend], place)
        : new Contender(python, [PYTORCH], place, PYTORCH_ENVIRONMENT);
    const channelsLast = side === 'channels-last';
    versions.add(
      (await contender.ask<Loaded>({ do: 'load', threads, weights, images, channelsLast, ...it })).versions,
    );
    contenders[side] = contender;
  }
  return { contenders: contenders as Contenders<Name>, versions: [...versions] };
}

/** Milliseconds of each turn of a task on each side. PyTorch has no cached features and runs without them. */
export async function contest<Name extends Side>(
  contenders: Contenders<Name>,
  task: Task,
  { rounds = 9, warmUp = 3 } = {},
): Promise<Times<Name>> {
  const sides = Object.keys(contenders) as Name[];
  const times = Object.fromEntries(sides.map((side) => [side, []])) as unknown as Record<Name, number[]>;
  for (let round = -warmUp; round < rounds; round++) {
    for (const side of sides) {
      const isUncached = side !== 'own' && task === 'cached gradient';
      const { ms } = await takeTurn(contenders[side], isUncached ? 'gradient' : task);
      if (round >= 0) times[side].push(ms);
    }
  }
  return times;
}

async function takeTurn(contender: Contender, task: Task): Promise<Timed> {
  await pause(PAUSE_MS);
  await contender.ask<Timed>({ do: 'run', task });
  return contender.ask<Timed>({ do: 'run', task });
}

/** The most memory that a contender has held, in bytes. */
export async function peakOf(contender: Contender): Promise<number> {
  return (await contender.ask<Peak>({ do: 'peak' })).peakBytes;
}

/** The bytes of numbers, without a copy. */
export function bytesOf(values: Float32Array): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}
