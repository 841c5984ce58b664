import 'lpips-matchers/vitest';
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

test('the page looks as it did', async () => {
  const screenshot = await readFile('screenshot.png'); // or: await page.screenshot()
  await expect(screenshot).toLookLike('reference.png');
});
