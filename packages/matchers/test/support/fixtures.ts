/**
 * @module
 * Screenshots of the page that are kept in `test/fixtures`, so that the tests hold without Chromium too. They are
 * written by `npx vitest run packages/matchers/test/rendered-pages.test.ts --update`.
 */
import { fileURLToPath } from 'node:url';
import pixelmatch from 'pixelmatch';
import sharp from 'sharp';
import type { PageName } from './ui-page.js';

/** Which page each shows, by the name of its file. */
export const FIXTURES = {
  reference: 'reference',
  moved: 'moved by half a pixel',
  'lcd-smoothing': 'LCD font smoothing',
  'missing-icon': 'without the icon of a row',
  'other-digit': 'another digit',
} as const satisfies Record<string, PageName>;

/** Name of a fixture. */
export type FixtureName = keyof typeof FIXTURES;

export const fixtureNames = Object.keys(FIXTURES) as FixtureName[];

/** Path of a fixture. */
export function fixture(name: FixtureName): string {
  return fileURLToPath(new URL(`../fixtures/${name}.png`, import.meta.url));
}

/** A piece of a fixture around the icon that one of them lacks, 96x96, as a PNG. */
export function iconPiece(name: FixtureName): Promise<Buffer> {
  return sharp(fixture(name)).extract({ left: 16, top: 228, width: 96, height: 96 }).png().toBuffer();
}

/** How many pixels pixelmatch finds different, with its default threshold of 0.1. */
export async function differentPixels(image: string | Buffer, reference: string | Buffer): Promise<number> {
  const [a, b] = [await rgba(image), await rgba(reference)];
  return pixelmatch(a.data, b.data, undefined, a.info.width, a.info.height);
}

function rgba(image: string | Buffer) {
  return sharp(image).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
}
