/**
 * The warning about targets outside the range. The work itself is awaited, so that silence is the silence of a check
 * that has ended.
 */
import { memory, tensor1d } from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { warnIfOutside } from '../src/warn-outside.js';
import { useWasm } from './support/wasm.js';

/** What is said about targets with these extremes. */
async function heardOf(extremes: number[], range: Parameters<typeof warnIfOutside>[2]): Promise<string[]> {
  const heard: string[] = [];
  const values = tensor1d(extremes);
  const work = warnIfOutside('lpipsLoss', values, range, (message) => heard.push(message));
  values.dispose(); // as fit does after a step
  await work;
  return heard;
}

describe('warnIfOutside', async () => {
  await useWasm();

  it.each([
    { extremes: [-1, 1], range: [-1, 1] },
    { extremes: [0, 255], range: [0, 255] },
    { extremes: [-0.0005, 1.0005], range: [0, 1] }, // overshoot of a resampling
  ] as const)('says nothing about values in $extremes for the range $range', async ({ extremes, range }) => {
    expect(await heardOf([...extremes], range)).toEqual([]);
  });

  it.each([
    { extremes: [0, 255], range: [-1, 1] },
    { extremes: [-1, 1], range: [0, 1] },
    { extremes: [0, 1.25], range: [0, 1] },
  ] as const)('speaks once about values in $extremes for the range $range', async ({ extremes, range }) => {
    expect(await heardOf([...extremes], range)).toEqual([
      `lpipsLoss: expected values in [${range.join(', ')}] for yTrue, got values in [${extremes.join(', ')}]. ` +
        'Pass the range that the images have as the option range.',
    ]);
  });

  it('leaves no tensor behind', async () => {
    const { numTensors } = memory();
    await heardOf([0, 255], [-1, 1]);
    expect(memory().numTensors).toBe(numTensors);
  });

  it.each([
    { extremes: [0, 1], warns: true },
    { extremes: [0.25, 0.75], warns: true },
    { extremes: [-0.01, 1], warns: false },
    { extremes: [-1, 1], warns: false },
  ])('doubts the default range for values in $extremes: $warns', async ({ extremes, warns }) => {
    const sentence =
      'lpipsLoss: expected values in [-1, 1] for yTrue, got none below 0. ' +
      'Pass range: [0, 1] if the images are in [0, 1], or range: [-1, 1] if they are in [-1, 1].';
    expect(await heardOf(extremes, undefined)).toEqual(warns ? [sentence] : []);
    expect(await heardOf(extremes, [-1, 1])).toEqual([]);
  });
});
