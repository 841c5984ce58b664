/**
 * @module
 * This project's side: answers the messages of protocol.ts on the backend that the first argument names.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { grad, type Tensor, type Tensor4D, tensor4d, tidy } from '@tensorflow/tfjs';
import { type Features, Lpips, type Weight, weightShapes } from 'lpips-core';
import { type BackendChoice, selectBackend } from 'lpips-node';
import type { Loaded, Message, Peak, Task, Timed } from './protocol.js';

type LoadMessage = Extract<Message, { do: 'load' }>;

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

const { name } = await selectBackend(process.argv[2] as BackendChoice);
let contender: Contender | undefined;
for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line) as Message;
  let answer: Loaded | Timed | Peak;
  if (message.do === 'load') {
    contender = new Contender(message);
    answer = { versions: `lpips-core on ${name}` };
  } else if (message.do === 'run') {
    if (!contender) throw new Error('run: nothing is loaded');
    answer = contender.run(message.task);
  } else {
    answer = { peakBytes: process.resourceUsage().maxRSS * 1024 };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
