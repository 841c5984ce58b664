import 'lpips-matchers/playwright';
import { expect } from '@playwright/test';

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
  // @ts-expect-error: a snapshot has a name
  await expect(screenshot).toMatchPerceptualSnapshot();
}
