import type { PerceptualUse } from 'lpips-matchers/playwright';
import 'lpips-matchers/playwright';
import { defineConfig, expect, type Page } from '@playwright/test';

export async function takesImages(screenshot: Buffer): Promise<void> {
  const result: Promise<void> = expect(screenshot).toLookLike('reference.png', {
    threshold: 0.1,
    net: 'alex',
  });
  await result;
  await expect(screenshot).not.toLookLike(new Uint8Array());
  await expect(Promise.resolve(screenshot)).resolves.toMatchPerceptualSnapshot('home', {
    localThreshold: 0.5,
  });
  // @ts-expect-error: there is no such net
  await expect(screenshot).toLookLike('reference.png', { net: 'resnet' });
  await expect(screenshot).toMatchPerceptualSnapshot();
  await expect(screenshot).toMatchPerceptualSnapshot({ preset: 'strict' });
  await expect(screenshot).toMatchPerceptualSnapshot(['pages', 'home.png'], {
    mask: [{ left: 0, top: 0, width: 8, height: 8 }],
  });
  // @ts-expect-error: a name is no number
  await expect(screenshot).toMatchPerceptualSnapshot(7);
}

export async function takesPages(page: Page): Promise<void> {
  await expect(page).toMatchPerceptualSnapshot();
  await expect(page).toMatchPerceptualSnapshot({ fullPage: true, preset: 'strict' });
  const button = page.getByRole('button');
  await expect(button).toMatchPerceptualSnapshot('button', { mask: [button], timeout: 100 });
  await expect(page).not.toLookLike('reference.png', { scale: 'device' });
  // @ts-expect-error: Playwright decides where snapshots lie
  await expect(page).toMatchPerceptualSnapshot('home', { snapshotDir: 'elsewhere' });
}

export default defineConfig<PerceptualUse>({
  use: { perceptual: { preset: 'strict' } },
  projects: [{ name: 'phone', use: { perceptual: { pixelRatio: 3, scale: 'device' } } }],
});
