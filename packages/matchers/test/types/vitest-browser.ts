import { playwright } from '@vitest/browser-playwright';
import { type PerceptualOptions, perceptual } from 'lpips-matchers/vitest-browser';
import { expect } from 'vitest';
import { page } from 'vitest/browser';
import { defineConfig } from 'vitest/config';

export const registers = defineConfig({
  test: {
    browser: {
      provider: playwright(),
      expect: {
        toMatchScreenshot: {
          comparatorName: 'perceptual',
          comparatorOptions: { preset: 'strict', pixelRatio: 2 },
          comparators: { perceptual },
        },
      },
    },
  },
});

// @ts-expect-error: there is no such preset
export const preset: PerceptualOptions = { preset: 'lax' };

// @ts-expect-error: screenshots are no tensors
export const options: PerceptualOptions = { range: [0, 1] };

export async function takesOptions(element: HTMLElement): Promise<void> {
  await expect.element(page.getByRole('button')).toMatchScreenshot('button', {
    comparatorName: 'perceptual',
    comparatorOptions: { localThreshold: 0.5, net: 'alex' },
  });
  await expect(element).toMatchScreenshot('button', {
    comparatorName: 'perceptual',
    // @ts-expect-error: an option of pixelmatch
    comparatorOptions: { allowedMismatchedPixels: 10 },
  });
}
