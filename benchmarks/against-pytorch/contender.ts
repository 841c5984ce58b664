/**
 * @module
 * This project's side: answers the messages of protocol.ts, which arrive on stdin.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { grad, type Tensor, type Tensor4D, tensor4d, tidy } from '@tensorflow/tfjs';
import { choice } from 'example-harness/flags';
import { type Options, startProgram } from 'example-harness/program';
import { type Features, Lpips, type Weight, weightShapes } from 'lpips-core';
import { BACKEND_CHOICES, selectBackend } from 'lpips-node';
import type { Terminal } from 'lpips-node/command-line';
import { describeBackend } from '../src/machine.js';
import type { Loaded, Message, Peak, Task, Timed } from './protocol.js';

type LoadMessage = Extract<Message, { do: 'load' }>;

const flags = { backend: choice('NAME', 'where it computes', BACKEND_CHOICES, 'auto') };

class Contender {
  readonly #lpips: Lpips;
  readonly #image: Tensor4D;
  readonly #reference: Tensor4D;
  #features: Features | undefined;

  constructor({ net, version, linear, weights, shape, images }: LoadMessage) {
    this.#lpips = Lpips.fromWeights(readWeights(weights, net), { net, version, linear });
    this.#image = tensor4d(readFloats(images[0]), shape);
    this.#reference = tensor4d(readFloats(images[1]), shape);
  }

  run(task: Task): Timed {
    if (task === 'cached gradient') this.#features ??= this.#lpips.features(this.#reference);
    const reference = (task === 'cached gradient' && this.#features) || this.#reference;
    const distanceTo = (): Tensor => this.#lpips.distance(this.#image, reference);
    let values: ArrayLike<number> = [];
    const start = performance.now();
    tidy(() => {
      values = task === 'forward' ? distanceTo().dataSync() : grad(distanceTo)(this.#image).dataSync();
    });
    const ms = performance.now() - start;
    if (task !== 'forward') {
      writeFileSync('gradient.bin', Float32Array.from(values));
      tidy(() => {
        values = distanceTo().dataSync();
      });
    }
    return { ms, distance: Array.from(values) };
  }
}

await startProgram({
  name: 'contender',
  about:
    'Reads messages of the benchmarks from stdin, one JSON object a line, and answers each with one line.',
  flags,
  run,
});

async function run({ backend }: Options<typeof flags>, terminal: Terminal): Promise<void> {
  const { name } = await selectBackend(backend);
  let contender: Contender | undefined;
  for await (const line of createInterface({ input: process.stdin })) {
    const message = JSON.parse(line) as Message;
    let answer: Loaded | Timed | Peak;
    if (message.do === 'load') {
      contender = new Contender(message);
      answer = { versions: `lpips-core on ${describeBackend(name).replace('backend ', '')}` };
    } else if (message.do === 'run') {
      if (!contender) throw new Error('run: nothing is loaded');
      answer = contender.run(message.task);
    } else {
      answer = { peakBytes: process.resourceUsage().maxRSS * 1024 };
    }
    terminal.out(`${JSON.stringify(answer)}\n`);
  }
}

function readFloats(path: string): Float32Array {
  const bytes = readFileSync(path);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

function readWeights(path: string, net: LoadMessage['net']): Map<string, Weight> {
  const flat = readFloats(path);
  const weights = new Map<string, Weight>();
  let start = 0;
  for (const [name, shape] of weightShapes(net)) {
    const size = shape.reduce((product, side) => product * side, 1);
    weights.set(name, { shape, data: flat.slice(start, start + size) });
    start += size;
  }
  return weights;
}
