import { expect } from '@jest/globals';
import { configurePerceptual } from 'lpips-matchers/jest';

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

configurePerceptual({ preset: 'strict', snapshotDir: 'snapshots' });
// @ts-expect-error: there is no such preset
configurePerceptual({ preset: 'loose' });
