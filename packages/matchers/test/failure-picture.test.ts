/** The picture of a failure in the README is what the code draws. `--update` writes it. */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { selectBackend } from 'lpips-node';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { compareRead } from '../src/compare-images.js';
import { differencePictures } from '../src/failure-pictures.js';
import { checkLookOptions } from '../src/look-options.js';
import { readMasked } from '../src/read-masked.js';
import { fixture } from './support/fixtures.js';

const PICTURE = fileURLToPath(new URL('../failure.png', import.meta.url));
/** Levels by which another version of the codec, or another order of sums, may change a pixel. */
const LEVELS = 4;
/** Share of the pixels that an outline at another place changes: more than this. */
const MOST_OTHERS = 1e-4;

it('failure.png shows the page without the icon, 800x600, as a failure shows it today', async () => {
  await selectBackend('wasm');
  const options = checkLookOptions('test', {});
  const image = await readMasked('test', 'the image', fixture('missing-icon'), options);
  const reference = await readMasked('test', 'the reference', fixture('reference'), options);
  const { diff } = await differencePictures(
    image,
    reference,
    await compareRead('test', image, reference, options),
  );
  image.tensor.dispose();
  reference.tensor.dispose();
  if (!diff) throw new Error('there is no picture');
  if (expect.getState().snapshotState.snapshotUpdateState === 'all') await writeFile(PICTURE, diff);
  const [drawn, shown] = [await rgb(diff), await rgb(PICTURE)];
  expect({ width: shown.info.width, height: shown.info.height }).toEqual({
    width: drawn.info.width,
    height: drawn.info.height,
  });
  const others = drawn.data.filter(
    (level, index) => Math.abs(level - (shown.data[index] ?? 0)) > LEVELS,
  ).length;
  expect(others / drawn.data.length).toBeLessThan(MOST_OTHERS);
});

function rgb(image: string | Uint8Array) {
  return sharp(image).removeAlpha().raw().toBuffer({ resolveWithObject: true });
}
