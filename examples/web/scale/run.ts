#!/usr/bin/env node
/**
 * @module
 * Measures the scale of known changes for every net whose weights are at hand, and writes `src/compare/known-changes.json`:
 *
 *     npm run setup && npm run build && node examples/web/.cache/scale/scale/run.js --weights FOLDER
 */
import { fileURLToPath } from 'node:url';
import { text } from 'example-harness/flags';
import { startProgram } from 'example-harness/program';
import { NET_NAMES } from 'lpips-core';
import { loadLpips, selectBackend } from 'lpips-node';
import { writeAtomically } from 'lpips-node/files';
import { calibrationName, identifyWeights } from 'lpips-node/weights';
import { SAMPLES, SIDE } from '../build/sample-photographs.js';
import { KNOWN_CHANGES, measureKnownChanges } from './known-changes.js';

const OUT = fileURLToPath(new URL('../../../src/compare/known-changes.json', import.meta.url));
const DIGITS = 3;

await startProgram({
  name: 'scale',
  about:
    'Measures how far known changes take the photographs of the page from themselves, by every net, and writes the table.',
  flags: { weights: text('FOLDER', 'official weights of AlexNet, SqueezeNet and VGG16') },
  run: async ({ weights }, terminal) => {
    await selectBackend('auto');
    const nets: Record<string, number[]> = {};
    for (const net of NET_NAMES) {
      const lpips = await loadLpips({ net, ...(weights !== undefined && { weightsDir: weights }) });
      const name = `${net} ${calibrationName(lpips, await identifyWeights(lpips))}`;
      const medians = await measureKnownChanges(lpips);
      nets[name] = medians.map((distance) => Number(distance.toPrecision(DIGITS)));
      terminal.out(`${name}: ${nets[name].join(', ')}\n`);
      lpips.dispose();
    }
    const likes = KNOWN_CHANGES.map(({ like }) => like);
    const table = { photographs: SAMPLES.length, side: SIDE, likes, nets };
    await writeAtomically(OUT, `${JSON.stringify(table, null, 2)}\n`);
  },
});
