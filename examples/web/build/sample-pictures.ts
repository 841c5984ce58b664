/**
 * @module
 * The photographs of the examples as pictures of the page, and pairs of one of them with a distortion of it. They are
 * reduced here and stored without loss, so that any other program measures the same on these files. `virtual:samples`
 * lists them.
 */
import { captionOf, loadSquare, MARGIN } from 'example-harness/photographs';
import { distort, type Raster, toBytes, trim } from 'lpips-pictures';
import { DISTORTIONS } from 'lpips-pictures/node';
import sharp from 'sharp';
import type { Plugin } from 'vite';
import { SAMPLES, SIDE } from './sample-photographs.js';

/** The photograph of the pairs. */
const SHOWN = 'coffee';
const PAIRS = [
  { id: 'jpeg', name: 'Saved as a poor JPEG', strength: 90 },
  { id: 'blur', name: 'Blurred', strength: 1.6 },
  { id: 'shift', name: 'Moved by one pixel', strength: 1 },
] as const;

const MODULE = 'virtual:samples';
const RESOLVED = `\0${MODULE}`;

/** The pictures as WebP files by name: photographs with their margin, and pairs without. */
async function drawSamples(): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for (const photograph of SAMPLES) {
    const raster = await loadSquare(photograph, SIDE);
    files.set(photograph.id, await encode(raster));
    if (photograph.id !== SHOWN) continue;
    files.set('reference', await encode(trim(raster, MARGIN)));
    for (const { id, strength } of PAIRS) {
      const distortion = DISTORTIONS.find((each) => each.id === id);
      if (!distortion) throw new Error(`samplePictures: there is no distortion ${id}`);
      files.set(id, await encode(trim(await distort(raster, distortion, strength), MARGIN)));
    }
  }
  return files;
}

export function samplePictures(): Plugin {
  let isBuild = false;
  return {
    name: 'sample-pictures',
    configResolved: ({ command }) => {
      isBuild = command === 'build';
    },
    resolveId: (id) => (id === MODULE ? RESOLVED : undefined),
    async load(id) {
      if (id !== RESOLVED) return;
      const files = await drawSamples();
      const address = (name: string): string => {
        const source = files.get(name);
        if (!source) throw new Error(`samplePictures: there is no picture ${name}`);
        if (!isBuild) return JSON.stringify(`data:image/webp;base64,${source.toString('base64')}`);
        const reference = this.emitFile({ type: 'asset', name: `${name}.webp`, source });
        return `import.meta.ROLLUP_FILE_URL_${reference}`;
      };
      const photographs = SAMPLES.map((photograph) => {
        const { id, publisher, source, via, licence } = photograph;
        const told = { id, caption: captionOf(photograph), publisher, source, via, licence };
        return `{ ...${JSON.stringify(told)}, url: ${address(id)} }`;
      });
      const pairs = PAIRS.map(
        ({ id, name }) =>
          `{ ...${JSON.stringify({ id, name })}, image: ${address(id)}, reference: ${address('reference')} }`,
      );
      return `export const MARGIN = ${MARGIN};
export const PHOTOGRAPHS = [${photographs.join(',\n')}];
export const PAIRS = [${pairs.join(',\n')}];
`;
    },
  };
}

function encode(image: Raster): Promise<Buffer> {
  const { width, height } = image;
  return sharp(toBytes(image), { raw: { width, height, channels: 3 } })
    .webp({ lossless: true, effort: 2 })
    .toBuffer();
}
