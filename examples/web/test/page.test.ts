/**
 * The page in a real browser: what a visitor does in its four tabs, and the numbers that are shown.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { io, loadLayersModel, type Tensor, type Tensor4D } from '@tensorflow/tfjs';
import { autoencoder } from 'example-harness/autoencoder';
import { MARGIN } from 'example-harness/photographs';
import { at, type Lpips } from 'lpips-core';
import { loadLpips, readImage, readWeights, selectBackend, serializePytorch } from 'lpips-node';
import { distort, fromBytes, psnr, toTensor, trim } from 'lpips-pictures';
import { DISTORTIONS } from 'lpips-pictures/node';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { suiteInChromium } from '../../../test/support/chromium.js';
import { describeWithShared } from '../../../test/support/shared-data.js';
import { type ServedPage, servePage } from './support/serve-page.js';
import {
  countFrames,
  distanceAfter,
  handOver,
  openPage,
  shownNumber,
  shownText,
  slide,
  waitForText,
} from './support/visitor.js';

/** A little more than half of the last of four digits. */
const SHOWN = 6e-5;
/** The official package's squeeze 0.1 on its own example, in float64. */
const SQUEEZE_REF_P0 = 0.7110475301742554;
/** Points of a curve. A page that computed them on its own thread would draw one frame for each. */
const POINTS = 13;
const DISTANCE = '[data-distance]';
/** A build, and some forty steps of training, on a busy machine. */
const SLOW_MS = 180_000;

suiteInChromium('the page', (chromium) => {
  let served: ServedPage;
  let lpips: Lpips;
  let page: Page;
  const requests: string[] = [];

  beforeAll(async () => {
    await selectBackend('wasm');
    lpips = await loadLpips({ net: 'lite' });
    served = await servePage();
    page = await chromium.newPage();
    page.context().on('request', (request) => requests.push(request.url()));
    page.setDefaultTimeout(SLOW_MS);
    await openPage(page, served.url);
  }, SLOW_MS);
  afterAll(async () => {
    lpips.dispose();
    await page.close();
    await served.close();
  });

  /** A picture of the page: photographs by their ids, `jpeg`, `reference`. */
  const pictureOf = async (name: string) => {
    const found = (await readdir(served.assets)).find((each) => each.startsWith(`${name}-`));
    return join(served.assets, found ?? name);
  };
  const slot = (name: string) => `[data-slot=${name}]`;
  const choose = async (name: string, ...file: Parameters<ReturnType<Page['locator']>['setInputFiles']>) =>
    page.locator(`${slot(name)} input`).setInputFiles(...file);

  describe('Compare', () => {
    it('begins with a pair, whose distance is the one that lpips-core gives in Node', async () => {
      const [x, y] = [
        await readImage(await pictureOf('jpeg')),
        await readImage(await pictureOf('reference')),
      ];
      const [expected = Number.NaN] = await lpips.distance(x, y).data();
      expect(expected).toBeGreaterThan(0.01);
      expect(Math.abs((await shownNumber(page, DISTANCE)) - expected)).toBeLessThan(SHOWN);
      const layers = await page.locator('.heat .bars .value').allTextContents();
      expect(layers).toHaveLength(5);
      const sum = layers.reduce((total, text) => total + Number(text), 0);
      expect(Math.abs(sum - expected)).toBeLessThan(layers.length * SHOWN);
    });

    it('keeps the pair that is asked for while the page still starts', async () => {
      const other = await chromium.newPage();
      await other.goto(served.url);
      await other.click('[data-pair=blur]');
      await other.waitForSelector(DISTANCE, { timeout: SLOW_MS });
      await other.waitForSelector('#compare:not([aria-busy])', { timeout: SLOW_MS });
      expect(await shownText(other, slot('image'))).toContain('Blurred');
      await other.close();
    });

    it('places the number among known changes, in their order, and says what it is about like', async () => {
      const rows = await page.locator('.ladder th').allTextContents();
      const own = rows.indexOf('These two pictures');
      expect(own).toBeGreaterThan(0);
      const values = await page.locator('.ladder .value').allTextContents();
      expect(values.map(Number)).toEqual(values.map(Number).toSorted((a, b) => a - b));
      const [below, above] = [rows[own - 1], rows[own + 1]];
      const told = await shownText(page, '[data-likeness]');
      expect([
        `More than ${below}, less than ${above}.`,
        `About like ${below}.`,
        `About like ${above}.`,
      ]).toContain(told);
    });

    it('keeps net, backend and time folded, and mentions the arithmetic nowhere, since it is right', async () => {
      expect(await page.locator('#instrument [data-status]').isVisible()).toBe(false);
      await page.locator('[data-how]').click();
      await waitForText(page, '#instrument [data-status]', /^Measuring with lite 0\.3 on WebAssembly/);
      expect(await shownText(page, '#instrument [data-report]')).toMatch(/comparison took \d+ ms/);
      expect(await shownText(page, 'body')).not.toMatch(/comput\w+ (in)?correctly|off by/);
      expect(await shownText(page, '#notice')).toBe('');
    });

    it('gives 0 for the same picture twice', async () => {
      const reference = await pictureOf('reference');
      expect(await distanceAfter(page, () => choose('image', reference))).toBe(0);
      expect(await shownText(page, '[data-likeness]')).toBe('The pictures are identical.');
    });

    it('takes a pasted picture', async () => {
      const file = {
        name: 'image.webp',
        type: 'image/webp',
        content: await readFile(await pictureOf('blur')),
      };
      expect(await distanceAfter(page, () => handOver(page, 'paste', 'body', file))).toBeGreaterThan(0.1);
    });

    it('takes a dropped picture where it is dropped', async () => {
      const file = {
        name: 'image.webp',
        type: 'image/webp',
        content: await readFile(await pictureOf('blur')),
      };
      const drop = `${slot('reference')} .drop`;
      expect(await distanceAfter(page, () => handOver(page, 'drop', drop, file))).toBe(0);
      const reference = await pictureOf('reference');
      expect(await distanceAfter(page, () => choose('reference', reference))).toBeGreaterThan(0.1);
    });

    it('slides the heat map over the image, by keys too', async () => {
      await page.locator('.wipe input').focus();
      await page.keyboard.press('End');
      expect(await page.locator('.wipe').getAttribute('style')).toContain('100%');
      expect(await page.locator('.wipe input').getAttribute('aria-valuetext')).toBe('100 percent');
    });

    it('offers to scale where sizes differ, and says that it did', async () => {
      const small = await sharp(await pictureOf('reference'))
        .resize(200, 150)
        .png()
        .toBuffer();
      await choose('image', { name: 'small.png', mimeType: 'image/png', buffer: small });
      const trouble = page.locator('#compare [data-trouble]');
      await waitForText(page, '#compare [data-trouble]', '200 × 150 pixels, the reference 320 × 320');
      expect(await page.locator(DISTANCE).count()).toBe(0);
      await trouble.locator('button').click();
      await page.locator(DISTANCE).waitFor();
      expect(await shownNumber(page, DISTANCE)).toBeGreaterThan(0);
      expect(await shownText(page, '#compare [data-status]')).toContain('scaled from 200 × 150 to 320 × 320');
      expect(await trouble.isHidden()).toBe(true);
    });

    it('compares pictures of more than 1.5 megapixels in tiles, and gives what whole ones give in Node', async () => {
      const enlarged = async (name: string) => {
        const file = sharp(await pictureOf(name)).resize(1304, 1160, { fit: 'fill' });
        return { name: `${name}.png`, mimeType: 'image/png', buffer: await file.png().toBuffer() };
      };
      const [image, reference] = [await enlarged('blur'), await enlarged('reference')];
      await choose('reference', reference);
      await waitForText(page, '#compare [data-trouble]', 'the reference 1304 × 1160');
      const told = waitForText(page, '#compare [data-status]', 'tile 1 of 2');
      const found = await distanceAfter(page, () => choose('image', image));
      await told;
      const [x, y] = [await readImage(image.buffer), await readImage(reference.buffer)];
      const whole = lpips.distance(x, y);
      const [expected = Number.NaN] = await whole.data();
      for (const tensor of [x, y, whole]) tensor.dispose();
      expect(expected).toBeGreaterThan(0.01);
      expect(Math.abs(found - expected)).toBeLessThan(SHOWN);
      await choose('reference', await pictureOf('reference'));
      await waitForText(page, '#compare [data-trouble]', 'The image is 1304 × 1160 pixels');
      expect(await distanceAfter(page, async () => choose('image', await pictureOf('blur')))).toBeGreaterThan(
        0.1,
      );
    });

    /** No picture of the refused file, no number and no heat map. */
    const expectNothingShown = async () => {
      expect(
        await page
          .locator(`${slot('image')} img`)
          .first()
          .isHidden(),
      ).toBe(true);
      expect(await page.locator(DISTANCE).count()).toBe(0);
      expect(await page.locator('.heat canvas').count()).toBe(0);
      expect(await shownText(page, '#compare [data-status]')).toContain('Add an image to compare.');
    };

    it.each([
      ['a PDF', Buffer.from('%PDF-1.7\n1 0 obj'), 'application/pdf', /Expected .*, got a PDF/],
      ['a text', Buffer.from('no picture'), 'text/plain', /got a file of type text\/plain/],
      ['an empty file', Buffer.alloc(0), 'image/png', /got an empty file/],
    ])('refuses %s in words, where it was dropped', async (name, buffer, mimeType, words) => {
      await choose('image', { name, mimeType, buffer });
      await waitForText(page, `${slot('image')} [data-error]`, words);
      await expectNothingShown();
      await distanceAfter(page, async () => choose('image', await pictureOf('blur')));
      expect(await page.locator(`${slot('image')} [data-error]`).isHidden()).toBe(true);
    });

    it('refuses a picture that ends too early', async () => {
      const whole = await sharp(await pictureOf('reference'))
        .png()
        .toBuffer();
      const buffer = whole.subarray(0, whole.length / 2);
      await choose('image', { name: 'half.png', mimeType: 'image/png', buffer });
      await waitForText(page, `${slot('image')} [data-error]`, /damaged or incomplete/);
      await expectNothingShown();
    });

    it('takes two files that are dropped on one slot, and says what became of a third', async () => {
      const files = await Promise.all(
        ['blur', 'reference', 'jpeg'].map(async (name) => ({
          name: `${name}.webp`,
          type: 'image/webp',
          content: await readFile(await pictureOf(name)),
        })),
      );
      await handOver(page, 'drop', `${slot('reference')} .drop`, ...files.slice(0, 2));
      await waitForText(
        page,
        '#compare [data-status]',
        'The first file is the image, the second the reference.',
      );
      expect(await shownText(page, `${slot('reference')} [data-name]`)).toBe('reference.webp');
      await handOver(page, 'drop', 'body', ...files);
      await waitForText(page, '#compare [data-status]', 'Left out: jpeg.webp.');
      await handOver(page, 'drop', 'body', ...files.slice(2));
      await waitForText(page, '#compare [data-status]', 'The file is the new image.');
      expect(await shownText(page, `${slot('image')} [data-name]`)).toBe('jpeg.webp');
    });
  });

  describeWithShared(
    'official weights',
    [
      'weights/squeezenet1_1_features.safetensors',
      'weights/lpips/v0.1/squeeze.pth',
      'images/lpips/ex_ref.png',
      'images/lpips/ex_p0.png',
    ],
    (path) => {
      it('are read from their files, and give the published distance', async () => {
        const files = page.locator('[data-weights]');
        const status = '#instrument [data-status]';
        const content = await readFile(path('weights/lpips/v0.1/squeeze.pth'));
        const heads = { name: 'squeeze.pth', type: '', content };
        await handOver(page, 'drop', `${slot('image')} .drop`, heads); // wherever they fall
        await waitForText(page, status, 'The heads of SqueezeNet are here.');
        // The backbone as torch.save writes it, a zip file; the heads are of the format before.
        const backbone = await readWeights(path('weights/squeezenet1_1_features.safetensors'));
        const buffer = Buffer.from(serializePytorch(backbone.weights));
        await files.setInputFiles({ name: 'backbone.pth', mimeType: 'application/octet-stream', buffer });
        await waitForText(page, status, 'Measuring with LPIPS, squeeze 0.1');
        await choose('reference', path('images/lpips/ex_ref.png'));
        const distance = await distanceAfter(page, () => choose('image', path('images/lpips/ex_p0.png')));
        expect(Math.abs(distance - SQUEEZE_REF_P0)).toBeLessThan(SHOWN);
        const again = await distanceAfter(page, () =>
          files.setInputFiles(path('weights/squeezenet1_1_features.safetensors')),
        );
        expect(again).toBe(distance);
        await page.locator('[data-net]').selectOption('lite');
        await waitForText(page, status, 'Measuring with lite');
      });

      it('that are no part of a net are refused', async () => {
        const buffer = Buffer.from('<!doctype html>');
        const files = page.locator('[data-weights]');
        await files.setInputFiles({ name: 'squeeze.pth', mimeType: 'text/html', buffer });
        await waitForText(page, '#instrument [data-error]', 'got a web page');
      });
    },
  );

  describe('Distort', () => {
    const lpipsShown = '[data-value=lpips]';

    it('begins with all sliders at 0: LPIPS 0, SSIM 1, PSNR infinite', async () => {
      await page.locator('#tab-compare').focus();
      await page.keyboard.press('ArrowRight');
      expect(await page.locator('#tab-distort').getAttribute('aria-selected')).toBe('true');
      expect(await page.locator('#compare').isHidden()).toBe(true);
      await waitForText(page, lpipsShown, '0.0000');
      expect(await shownText(page, '[data-value=psnr]')).toBe('infinite');
      expect(await shownText(page, '[data-value=ssim]')).toBe('1.000');
    });

    it('measures what lpips-pictures and lpips-core measure in Node', async () => {
      const shift = DISTORTIONS.find(({ id }) => id === 'shift');
      if (!shift) throw new Error('there is no shift');
      const { data, info } = await sharp(await pictureOf('pavilion'))
        .removeAlpha()
        .raw()
        .toBuffer({ resolveWithObject: true });
      const original = fromBytes(data, info.width, info.height);
      const [x, y] = [trim(await distort(original, shift, 2), MARGIN), trim(original, MARGIN)];
      const [expected = Number.NaN] = await lpips.distance(toTensor(x), toTensor(y)).data();
      await slide(page, '#slider-shift', 8); // in quarters of a pixel
      await waitForText(page, lpipsShown, /0\.0[1-9]/);
      expect(await page.locator('#slider-shift').getAttribute('aria-valuetext')).toBe('2.0 px to the right');
      expect(Math.abs((await shownNumber(page, lpipsShown)) - expected)).toBeLessThan(SHOWN);
      expect(await shownNumber(page, '[data-value=psnr]')).toBeCloseTo(psnr(x, y), 1);
    });

    it('draws how each measure goes along the slider, and stays alive meanwhile', async () => {
      const frames = await countFrames(page);
      await slide(page, '#slider-blur', 20);
      await page.waitForFunction((count) => {
        const chart = document.querySelector('[data-chart=lpips]');
        const points = chart?.querySelector('polyline')?.getAttribute('points')?.split(' ') ?? [];
        return points.length === count && chart?.textContent?.includes('Blur');
      }, POINTS);
      expect(await frames()).toBeGreaterThan(3 * POINTS);
      const points = (await page.locator('[data-chart=lpips] polyline').getAttribute('points')) ?? '';
      const heights = points.split(' ').map((point) => Number(point.split(',')[1]));
      expect(heights.at(-1)).toBeLessThan(at(heights, 0) - 50); // up is less
    });

    it('returns to LPIPS 0 where the sliders return to 0', async () => {
      await page.locator('#distort button[type=reset]').click();
      await waitForText(page, lpipsShown, '0.0000');
    });

    it('shows a contradiction at one click', async () => {
      await page.locator('[data-case=shift-blur]').click();
      await waitForText(
        page,
        '.outcome',
        'PSNR and SSIM prefer “Blurred”. LPIPS prefers “Moved by two pixels”.',
      );
      await waitForText(page, lpipsShown, /0\.0[1-9]/);
      expect(await page.locator('#slider-shift').inputValue()).toBe('8');
    });
  });

  describe('Train', () => {
    const step = async () => shownNumber(page, '#train [data-step]');
    const lossOf = (side: string) => shownNumber(page, `[data-side=${side}] [data-loss]`);
    const waitForStep = (most: number) =>
      page.waitForFunction(
        (least) =>
          Number(/\d+/.exec(document.querySelector('#train [data-step]')?.textContent ?? '')?.[0]) >= least,
        most,
      );

    it('lowers both losses', { timeout: SLOW_MS }, async () => {
      await page.locator('#tab-train').click();
      await page.waitForFunction(() => {
        const canvas = document.querySelector<HTMLCanvasElement>('[data-originals]');
        return canvas?.width === 3 * 64; // the originals stand there before Start
      });
      expect(await shownText(page, '[data-go]')).toBe('Start');
      await page.locator('[data-go]').click();
      await waitForText(page, '[data-side=lpips] [data-loss]', /\d/);
      const [mse, perceptual] = [await lossOf('mse'), await lossOf('lpips')];
      await waitForStep(20);
      expect(await lossOf('mse')).toBeLessThan(mse);
      expect(await lossOf('lpips')).toBeLessThan(perceptual);
    });

    it('stops, and goes on from where it stopped', { timeout: SLOW_MS }, async () => {
      await page.locator('[data-go]').click();
      await waitForText(page, '#train [data-status]', /Stopped after step \d+/);
      const stopped = await shownNumber(page, '#train [data-status]');
      expect(stopped).toBeGreaterThanOrEqual(20);
      await page.locator('[data-go]').click();
      await waitForStep(1);
      expect(await step()).toBeGreaterThan(stopped);
      expect(await step()).toBeLessThanOrEqual(stopped + 10);
      await page.locator('[data-go]').click();
      await waitForText(page, '#train [data-status]', /Stopped after step \d+/);
    });

    it('hands over a model that loadLayersModel reads, and that rebuilds better than an untrained one', async () => {
      const downloads: string[] = [];
      const waiting = new Promise<Map<string, Buffer>>((resolve) => {
        const files = new Map<string, Buffer>();
        page.on('download', (download) => {
          downloads.push(download.suggestedFilename());
          void download.path().then(async (path) => {
            files.set(download.suggestedFilename(), await readFile(path));
            if (files.size === 2) resolve(files);
          });
        });
      });
      await page.locator('[data-side=lpips] [data-save]').click();
      const files = await waiting;
      expect(downloads.toSorted()).toEqual(['autoencoder-lpips.json', 'autoencoder-lpips.weights.bin']);
      const json = JSON.parse(files.get('autoencoder-lpips.json')?.toString() ?? '') as io.ModelJSON;
      expect(json.weightsManifest.flatMap(({ paths }) => paths)).toEqual(['autoencoder-lpips.weights.bin']);
      const weights = Uint8Array.from(files.get('autoencoder-lpips.weights.bin') ?? []).buffer;
      const trained = await loadLayersModel(
        io.fromMemory({
          modelTopology: json.modelTopology,
          weightSpecs: json.weightsManifest.flatMap((group) => group.weights),
          weightData: weights,
        }),
      );
      const untrained = autoencoder(1);
      const original = (await readImage(await pictureOf('reference'))).slice([0, 96, 96, 0], [1, 64, 64, 3]);
      const errorOf = (rebuilt: Tensor | Tensor[]) =>
        at((rebuilt as Tensor4D).sub(original).square().mean().dataSync(), 0);
      expect(errorOf(trained.predict(original))).toBeLessThan(errorOf(untrained.predict(original)));
      trained.dispose();
      untrained.dispose();
    });
  });

  describe('everywhere', () => {
    it('finds the picture that a distorted copy was made of, and takes more pictures', async () => {
      await page.locator('#tab-nearest').click();
      await waitForText(page, '#nearest [data-status]', 'Proven: no other is nearer.');
      const count = await page.locator('#nearest [data-collection] button').count();
      expect(count).toBeGreaterThan(4);
      const distances = await page.locator('[data-neighbour-distance]').allTextContents();
      expect(distances.map(Number)).toEqual(distances.map(Number).toSorted((a, b) => a - b));
      const noise = Uint8Array.from({ length: 80 * 90 * 3 }, (_, i) => (i * 7919) % 256);
      const picture = sharp(noise, { raw: { width: 80, height: 90, channels: 3 } });
      await page.locator('#nearest [data-files]').setInputFiles([
        { name: 'noise.png', mimeType: 'image/png', buffer: await picture.clone().png().toBuffer() },
        {
          name: 'again.png',
          mimeType: 'image/png',
          buffer: await picture.clone().blur(0.5).png().toBuffer(),
        },
        ...Array.from({ length: 7 }, (_, i) => ({
          name: `text-${i}.png`,
          mimeType: 'image/png',
          buffer: Buffer.from('no picture'),
        })),
      ]);
      await waitForText(page, '#nearest [data-trouble]', 'text-0.png: ');
      await waitForText(page, '#nearest [data-trouble]', 'And 2 more files cannot be read.');
      await page.locator('#nearest [data-collection] [title="noise.png"]').press('Enter');
      await waitForText(page, '.neighbours li:first-child', 'again.png');
      const focused = page.locator('#nearest [data-collection] button:focus');
      expect(await focused.getAttribute('title')).toBe('noise.png');
      expect(await focused.getAttribute('aria-pressed')).toBe('true');
      expect(await page.locator('#nearest [data-collection] button').count()).toBe(count + 2);
    });

    it('asks no other host for anything', () => {
      const origins = new Set(requests.map((url) => new URL(url).origin));
      origins.delete('null'); // data: and blob:
      expect([...origins]).toEqual([new URL(served.url).origin]);
      expect(requests.length).toBeGreaterThan(10);
    });

    it('says why WebGPU cannot be chosen where there is none', async () => {
      const option = page.locator('[data-backend] option[value=webgpu]');
      expect(await option.isDisabled()).toBe(true);
      expect(await option.textContent()).toMatch(/^WebGPU: /);
    });

    it('follows the address and Back from tab to tab', async () => {
      const chosen = () => page.locator('[role=tab][aria-selected=true]').getAttribute('id');
      await page.evaluate(() => {
        location.hash = '#distort';
      });
      await page.locator('#distort').waitFor();
      await page.locator('#tab-train').click();
      expect(new URL(page.url()).hash).toBe('#train');
      await page.goBack();
      expect(await chosen()).toBe('tab-distort');
      expect(await page.locator('#train').isHidden()).toBe(true);
      await page.goForward();
      expect(await chosen()).toBe('tab-train');
    });

    it('refuses a picture where training takes none, and a PDF where it distorts, without stale numbers', async () => {
      const file = { name: 'a.pdf', type: 'application/pdf', content: Buffer.from('%PDF-1.7') };
      await handOver(page, 'drop', 'body', file);
      await waitForText(page, '#train [data-error]', 'The other tabs take pictures');
      await page.locator('#tab-distort').click();
      await handOver(page, 'drop', '#distort .drop', file);
      await waitForText(page, '#distort .slot [data-error]', 'got a PDF');
      expect(await shownText(page, '[data-value=lpips]')).toBe('–');
      expect(await page.locator('#distort [data-chart] svg').count()).toBe(0);
      await page.locator('#distort [data-sample=pavilion]').click();
      await waitForText(page, '[data-value=lpips]', /\d/);
    });

    it('keeps the distorted picture in sight on a phone while the last slider moves', async () => {
      await page.setViewportSize({ width: 390, height: 844 });
      await page.locator('#slider-jpeg').scrollIntoViewIfNeeded();
      const [picture, slider] = await Promise.all(
        ['#distort [data-picture]', '#slider-jpeg'].map((selector) => page.locator(selector).boundingBox()),
      );
      if (!picture || !slider) throw new Error('one of them is not shown');
      expect(picture.y).toBeGreaterThanOrEqual(0);
      expect(picture.height).toBeGreaterThan(100);
      expect(picture.y + picture.height).toBeLessThan(slider.y);
    });

    it('fits a phone 360 pixels wide, in every tab', async () => {
      await page.setViewportSize({ width: 360, height: 740 });
      await page.locator('#tab-compare').click();
      const longest = await page.locator('.ladder tr:last-child i').boundingBox();
      expect(longest?.width).toBeGreaterThan(60); // the names leave room for the bars
      for (const tab of ['compare', 'distort', 'nearest', 'train']) {
        await page.locator(`#tab-${tab}`).click();
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
      }
    });

    it('works without a network once it was open with one: measures, distorts and trains', async () => {
      await waitForText(page, '[data-kept]', 'opens without a network');
      await page.context().setOffline(true);
      try {
        await openPage(page, served.url);
        await page.locator('#tab-distort').click();
        await waitForText(page, '[data-value=lpips]', '0.0000');
        await page.locator('#tab-train').click();
        await page.locator('[data-go]').click();
        await waitForText(page, '#train [data-step]', 'Step 1');
      } finally {
        await page.context().setOffline(false);
      }
    });

    it('works on a host that knows nothing of isolation', async () => {
      const other = await chromium.newPage();
      await openPage(other, served.plainUrl);
      expect(await other.evaluate(() => crossOriginIsolated)).toBe(false);
      expect(await shownNumber(other, DISTANCE)).toBeGreaterThan(0.01);
      await other.close();
    });
  });
});
