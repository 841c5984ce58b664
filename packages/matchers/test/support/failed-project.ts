/**
 * @module
 * A project in which comparisons have failed, without a runner: what the matchers leave, and snapshots.
 */
import { join } from 'node:path';
import { tempDir, writeInto } from '../../../../test/support/temp-dir.js';
import { placeComparison, placeSnapshot } from '../../src/beside-test-file.js';
import { compareImages } from '../../src/compare-images.js';
import { differencePictures, pairPictures } from '../../src/failure-pictures.js';
import { checkLookOptions } from '../../src/look-options.js';
import { differenceReason } from '../../src/messages.js';
import { readMasked } from '../../src/read-masked.js';
import { imageFiles } from './image-files.js';

/** A name that is markup, and the end of a script, where it is not escaped. */
export const MARKUP_NAME = '<img src=x onerror=alert(1)>"\'</script>&';

/** The project, and bytes of its images by name. */
export interface FailedProject {
  readonly folder: string;
  readonly images: Readonly<Record<string, Buffer>>;
  readonly at: (name: string) => string;
}

/** Where the snapshot `home` and the record of its failure lie. */
export const HOME = '__snapshots__/page.test.ts/home.png';
export const HOME_RECORD = '__perceptual_diffs__/page.test.ts/snapshots/home.perceptual.json';

/**
 * Three failures in `page.test.ts`: the snapshot `home` lacks an icon, that of MARKUP_NAME has another size, and a
 * comparison with a reference of the test's own.
 */
export async function failedProject(): Promise<FailedProject> {
  const folder = await tempDir();
  const images = await imageFiles();
  const image = (name: string) => images[name] ?? Buffer.alloc(0);
  const at = (name: string) => join(folder, name);
  const testPath = await writeInto(folder, 'page.test.ts', '');
  const test = { runner: 'vitest', testPath, testName: 'page > shows the page' };
  const options = checkLookOptions('test', {});
  const read = (name: string) => readMasked('test', name, image(name), options);
  const [reference, missing, small] = [
    await read('reference.png'),
    await read('missing.png'),
    await read('small.png'),
  ];
  const comparison = await compareImages(image('missing.png'), image('reference.png'));
  const pictures = await differencePictures(missing, reference, comparison);
  await writeInto(folder, HOME, image('reference.png'));
  await placeSnapshot(test, 'home', undefined).files.keep(pictures, differenceReason(comparison));
  await placeComparison(test).keep(pictures, differenceReason(comparison));
  const sizes = { reason: 'Expected 96x96 pixels, as the reference has, for the image, got 90x80.' };
  await placeSnapshot(
    { ...test, testName: MARKUP_NAME },
    MARKUP_NAME.replaceAll('/', ''),
    undefined,
  ).files.keep(await pairPictures(small, reference), sizes);
  for (const { tensor } of [reference, missing, small]) tensor.dispose();
  return { folder, images, at };
}
