/**
 * Everything that a page holds images in, as tensors; and what is refused, in words. That the numbers are those of
 * `readImage` is tested in lpips-node.
 */

import { at } from 'lpips-core';
import type { BrowserImage } from 'lpips-core/browser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Page, suiteInChromium } from '../../../../test/support/chromium.js';
import { startBackend } from '../../../../test/support/measure-in-page.js';
import type {} from '../../../../test/support/page/main.js';
import { type PageServer, serveTestPage } from '../../../../test/support/serve-page.js';

/** What tests make images of in the page: a pattern of 5 x 4 opaque pixels, no two alike, none symmetric. */
const WIDTH = 5;
const HEIGHT = 4;
const levels = Array.from({ length: WIDTH * HEIGHT * 3 }, (_, i) => (i * 37 + (i % 3) * 11) % 256);
const pixels = Array.from({ length: WIDTH * HEIGHT * 4 }, (_, i) =>
  i % 4 === 3 ? 255 : at(levels, Math.floor(i / 4) * 3 + (i % 4)),
);
const expected = levels.map((level) => Math.fround(level / 127.5 - 1));

/** Sources by name, each made in the page from the pattern. */
const SOURCES = [
  'HTMLImageElement',
  'HTMLCanvasElement',
  'OffscreenCanvas',
  'ImageBitmap',
  'ImageData',
  'VideoFrame',
  'Blob',
  'File',
  'ImageData of a wide-gamut canvas',
] as const;

suiteInChromium('imageFrom', (chromium) => {
  let server: PageServer;
  let page: Page;
  beforeAll(async () => {
    server = await serveTestPage();
    page = await chromium.newPage();
    await page.goto(server.url);
    await page.route('**/never', () => undefined); // a request without an answer
    await startBackend(page, 'cpu');
  });
  afterAll(() => server.close());

  /** The message of what `imageFrom` throws for the value of an expression. */
  async function refusal(expression: string, options: object = {}): Promise<string> {
    const source = await page.evaluateHandle<BrowserImage>(expression);
    return page.evaluate(
      async ({ source, options }) =>
        lab.imageFrom(source, options).then(
          () => 'nothing refused',
          (error: Error) => `${error.name}: ${error.message}`,
        ),
      { source, options },
    );
  }

  it.each(SOURCES)('takes %s, to the bit', async (kind) => {
    const { shape, values, left } = await page.evaluate(
      async ({ kind, pixels, width, height }) => {
        const data = new ImageData(Uint8ClampedArray.from(pixels), width, height);
        const canvas = new OffscreenCanvas(width, height);
        canvas.getContext('2d')?.putImageData(data, 0, 0);
        const png = await canvas.convertToBlob();
        const makers = {
          HTMLImageElement: async () => {
            const image = new Image();
            image.src = URL.createObjectURL(png);
            await image.decode();
            return image;
          },
          HTMLCanvasElement: () => {
            const element = document.createElement('canvas');
            Object.assign(element, { width, height });
            element.getContext('2d')?.putImageData(data, 0, 0);
            return element;
          },
          OffscreenCanvas: () => canvas,
          ImageBitmap: () => createImageBitmap(data),
          ImageData: () => data,
          VideoFrame: () => new VideoFrame(canvas, { timestamp: 0 }),
          Blob: () => png,
          File: () => new File([png], 'pattern.png', { type: 'image/png' }),
          'ImageData of a wide-gamut canvas': () => {
            const wide = new OffscreenCanvas(width, height);
            const context = wide.getContext('2d', { colorSpace: 'display-p3' });
            context?.putImageData(data, 0, 0); // sRGB, converted
            return context?.getImageData(0, 0, width, height) ?? data;
          },
        };
        const { numTensors } = lab.tf.memory();
        const source = await makers[kind]();
        const tensor = await lab.imageFrom(source);
        if ('close' in source) source.close();
        const values = Array.from(await tensor.data());
        const { shape } = tensor;
        tensor.dispose();
        return { shape, values, left: lab.tf.memory().numTensors - numTensors };
      },
      { kind, pixels, width: WIDTH, height: HEIGHT },
    );
    expect(shape).toEqual([1, HEIGHT, WIDTH, 3]);
    expect(left).toBe(0);
    if (!kind.includes('wide-gamut')) expect(values).toEqual(expected);
    // Eight bits of the wider gamut are coarser than those of sRGB.
    else
      expect(Math.max(...values.map((value, i) => Math.abs(value - at(expected, i)) * 127.5))).toBeLessThan(
        3,
      );
  });

  it('composites transparency on white, or on the colour of the option', async () => {
    const composited = await page.evaluate(async () => {
      const data = new ImageData(Uint8ClampedArray.from([255, 0, 51, 51, 10, 20, 30, 0]), 2, 1);
      const read = async (options: object) => Array.from(await (await lab.imageFrom(data, options)).data());
      return [await read({}), await read({ background: '#000000' })];
    });
    const [onWhite = [], onBlack = []] = composited.map((values) =>
      values.map((value) => Number(((value + 1) * 127.5).toFixed(3))),
    );
    expect(onWhite).toEqual([255, 204, 214.2, 255, 255, 255]);
    expect(onBlack).toEqual([51, 0, 10.2, 0, 0, 0]);
  });

  it('scales to a size', async () => {
    const [shape, mean] = await page.evaluate(async () => {
      const canvas = new OffscreenCanvas(64, 32);
      const context = canvas.getContext('2d');
      context?.fillRect(0, 0, 32, 32); // black on the left, white by transparency on the right
      const tensor = await lab.imageFrom(canvas, { size: { width: 16, height: 8 } });
      return [tensor.shape, (await lab.tf.mean(tensor).data())[0]];
    });
    expect(shape).toEqual([1, 8, 16, 3]);
    expect(mean).toBeCloseTo(0, 2);
  });

  describe('refuses', () => {
    const asFile = (text: string, name: string, type: string) =>
      `new File([${JSON.stringify(text)}], '${name}', { type: '${type}' })`;
    const needsImage = 'LpipsError: imageFrom: expected a PNG, JPEG, WebP, AVIF or GIF image for';
    const needsPixels = 'LpipsError: imageFrom: expected an image with pixels for source, got';

    it.each([
      [
        'a PDF',
        asFile('%PDF-1.7 …', 'report.pdf', 'application/pdf'),
        `${needsImage} report.pdf, got a PDF. Save its pages as PNG first.`,
      ],
      [
        'a text file',
        asFile('hello', 'notes.txt', 'text/plain'),
        `${needsImage} notes.txt, got a file of type text/plain.`,
      ],
      ['an unknown file', asFile('hello', 'notes', ''), `${needsImage} notes, got a file of another kind.`],
      ['an empty file', asFile('', 'empty.png', 'image/png'), `${needsImage} empty.png, got an empty file.`],
      [
        'an SVG file',
        asFile('<svg xmlns="http://www.w3.org/2000/svg"/>', 'a.svg', 'image/svg+xml'),
        `${needsImage} a.svg, got a drawing in SVG format. Draw it on a canvas first.`,
      ],
      [
        'a HEIC file',
        `new Blob([new Uint8Array([0, 0, 0, 24]), 'ftypheic'])`,
        `${needsImage} the blob, got an image in HEIC format, which this browser does not read. Convert it first.`,
      ],
      ['a canvas without pixels', 'new OffscreenCanvas(0, 8)', `${needsPixels} a canvas of 0 x 8.`],
      [
        'a closed bitmap',
        `(async () => { const b = await createImageBitmap(new ImageData(2, 2)); b.close(); return b; })()`,
        `${needsPixels} a bitmap that is closed.`,
      ],
      [
        'a closed video frame',
        `(() => { const f = new VideoFrame(lab.drawn(8, 8), { timestamp: 0 }); f.close(); return f; })()`,
        `${needsPixels} a frame that is closed.`,
      ],
      [
        'an image element that still loads',
        `Object.assign(new Image(), { src: '/never' })`,
        `${needsPixels} one that has not loaded. Await image.decode() first.`,
      ],
      [
        'an image element without an image',
        'new Image()',
        `${needsPixels} one without pixels. Did it load? image.decode() tells why not.`,
      ],
      [
        'a video',
        `document.createElement('video')`,
        'LpipsError: imageFrom: expected an image element, canvas, ImageBitmap, ImageData, VideoFrame, File or Blob ' +
          'for source, got HTMLVideoElement. A video is taken frame by frame: new VideoFrame(video).',
      ],
      [
        'a path',
        `'image.png'`,
        'LpipsError: imageFrom: expected an image element, canvas, ImageBitmap, ImageData, VideoFrame, File or Blob ' +
          'for source, got String.',
      ],
    ])('%s', async (_, make, message) => {
      expect(await refusal(make)).toBe(message);
    });

    it.each(['canvas', 'file'])('too many pixels of a %s', async (kind) => {
      const canvas = 'lab.drawn(20, 10)';
      const make = kind === 'canvas' ? canvas : `${canvas}.convertToBlob()`;
      const name = kind === 'canvas' ? 'source' : 'the blob';
      expect(await refusal(make, { maxPixels: 100 })).toBe(
        `LpipsError: imageFrom: expected at most 100 pixels for ${name}, got 20 x 10 = 200. ` +
          'Scale it down or crop it first.',
      );
    });

    it('a size that is none, a colour that is none, an option that nobody knows', async () => {
      const make = 'new OffscreenCanvas(2, 2)';
      expect(await refusal(make, { size: { width: 0, height: 4 } })).toContain('for size, got 0 x 4');
      expect(await refusal(make, { background: 'white' })).toContain('for background, got "white"');
      expect(await refusal(make, { backgroud: '#ffffff' })).toContain('got "backgroud"');
    });

    it('pixels of another site, which a page may show but not read', async () => {
      const png = await page.evaluate(async () => {
        const canvas = new OffscreenCanvas(8, 8);
        canvas.getContext('2d');
        return Array.from(new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer()));
      });
      server.files.set('/foreign.png', Uint8Array.from(png));
      const url = `${server.url.replace('127.0.0.1', 'localhost')}/foreign.png`;
      const make = `(async () => { const i = new Image(); i.src = '${url}'; await i.decode(); return i; })()`;
      expect(await refusal(make)).toBe(
        `${needsPixels} one with pixels of another site, which the page may not read. ` +
          'Load it with crossorigin="anonymous", from a server that allows it.',
      );
    });

    it.each(['image/png', 'image/jpeg', 'image/webp'])('%s without its last bytes', async (type) => {
      const make = `lab.drawn(64, 64).convertToBlob({ type: '${type}' }).then((blob) => blob.slice(0, blob.size - 20))`;
      expect(await refusal(make)).toBe(`${needsImage} the blob, got a damaged or incomplete file.`);
    });

    it('a page without a backend', async () => {
      const bare = await chromium.newPage();
      await bare.goto(server.url);
      const message = await bare.evaluate(() => {
        for (const name of ['webgl', 'webgpu', 'wasm', 'cpu']) lab.tf.removeBackend(name);
        return lab.imageFrom(new ImageData(2, 2)).catch((error: Error) => error.message);
      });
      expect(message).toMatch(
        /^imageFrom: cannot compute: TensorFlow\.js has no backend that starts\. Import one/,
      );
    });
  });
});
