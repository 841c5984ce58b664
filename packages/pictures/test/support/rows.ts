/**
 * @module
 * Small pictures whose samples can be worked out by hand.
 */
import { at } from 'lpips-core';
import { paint, type Raster } from 'lpips-pictures';
import { expect } from 'vitest';

/** Decimals: samples are float32. */
const DECIMALS = 5;

export const grey = (value: number): [number, number, number] => [value, value, value];

/** A row of greys. */
export const row = (...values: number[]): Raster => paint(values.length, 1, (x) => grey(at(values, x)));

/** The red samples. */
export const reds = ({ data }: Raster): number[] => [...data].filter((_, i) => i % 3 === 0);

/** All samples, rounded. */
export const samples = ({ data }: Raster): number[] => Array.from(data, rounded);

export const rounded = (value: number): number => Math.round(value * 1e5) / 1e5;

/** Expects as many pixels as there are numbers, and their red samples to be these numbers. */
export function expectReds(image: Raster, expected: readonly number[]): void {
  expect(image.data).toHaveLength(3 * expected.length);
  expect(image.width * image.height).toBe(expected.length);
  for (const [i, value] of reds(image).entries()) expect(value).toBeCloseTo(at(expected, i), DECIMALS);
}
