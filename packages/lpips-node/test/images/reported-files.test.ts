import { at, LpipsError } from 'lpips-core';
import { beforeAll, expect, it } from 'vitest';
import { describeWithShared } from '../../../../test/support/shared-data.js';
import { selectBackend } from '../../src/backends/select-backend.js';
import { type ReadImageOptions, readImage } from '../../src/images/read-image.js';

/** 8-bit values are rounded before the conversion and after it, and linear light makes more of it in the dark. In levels of 8 bits. */
const ROUNDING_OF_LINEAR_LIGHT = 4;

const FOLDER = 'cases/files';

beforeAll(() => selectBackend('wasm'));

describeWithShared('files that people reported', [FOLDER], (path) => {
  const levels = async (name: string, options: ReadImageOptions = {}) => {
    const image = await readImage(path(`${FOLDER}/${name}`), options);
    const values = await image.data<'float32'>();
    image.dispose();
    return Array.from(values, (value) => (value + 1) * 127.5);
  };

  it.each([
    ['base.bmp', false],
    ['rgba_unspec.tif', false],
    ['icc_p3.png', true],
  ])('%s has the pixels of base.png', async (name, ignoreProfile) => {
    expect(await levels(name, { ignoreProfile })).toEqual(await levels('base.png'));
  });

  it.each(['icc_gray1', 'icc_gray22'])('%s is the same picture in 16 bits and in 8', async (name) => {
    const [deep, narrow] = [await levels(`${name}_16.png`), await levels(`${name}.png`)];
    const differences = deep.map((value, i) => Math.abs(value - at(narrow, i)));
    const mean = differences.reduce((sum, difference) => sum + difference, 0) / differences.length;
    expect(Math.max(...differences)).toBeLessThan(ROUNDING_OF_LINEAR_LIGHT);
    expect(mean).toBeLessThan(1);
  });

  it.each([
    ['phone_ff.jpg', 'a damaged or incomplete file'],
    ['zeroed_tail.gif', 'a damaged or incomplete file'],
    ['rgb2extra.tif', 'a TIFF of 5 channels'],
    ['rgbnir.tif', 'a TIFF of 4 channels'],
    ['gray_extra2.tif', 'a TIFF of 3 channels'],
    ['lab.tif', 'a TIFF in Lab colours'],
  ])('%s is refused as %s', async (name, got) => {
    const error: unknown = await readImage(path(`${FOLDER}/${name}`)).catch((fault: unknown) => fault);
    expect(error).toBeInstanceOf(LpipsError);
    expect(String(error)).toContain(`for ${path(`${FOLDER}/${name}`)}, got ${got}`);
  });
});
