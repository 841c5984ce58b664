import { join } from 'node:path';
import { synthesize } from 'bapps-train';
import { loadLpips, readWeights, selectBackend } from 'lpips-node';
import { expect, it } from 'vitest';
import { suiteOnBackend } from '../../../../test/support/backends.js';
import { describeWithShared } from '../../../../test/support/shared-data.js';
import { tempDir } from '../../../../test/support/temp-dir.js';
import { extract } from '../../src/extraction/extract.js';
import { PooledItems } from '../../src/extraction/open-extraction.js';
import { HeadsTrainee } from '../../src/training/heads-trainee.js';
import { OFFICIAL_RECIPE } from '../../src/training/recipe.js';
import { trainHeads } from '../../src/training/train-heads.js';
import { meanScore } from '../../src/training/training-log.js';
import { BUILT_THREAD } from '../support/run-bapps.js';

const TRAIN = 240;
const HELD = 160;
/** How far uniform heads are from the teacher at least, in 2AFC. */
const UNTAUGHT = 0.015;
/** Of that, what training may leave: so few triplets are not enough for half a point, as the README's 10,000 are. */
const REST = 0.5;

await suiteOnBackend('teacher and student', 'tensorflow', (name) => {
  for (const net of ['alex', 'squeeze'] as const) {
    const heads = `weights/lpips/v0.1/${net}.pth`;
    const needed = [
      'images/natural',
      `weights/${net === 'alex' ? 'alexnet' : 'squeezenet1_1'}_features.safetensors`,
      heads,
    ];
    describeWithShared(`${name}: ${net}`, needed, (path) => {
      it(`comes twice as near to its teacher as the uniform heads it begins with: ${TRAIN} triplets of photographs`, async () => {
        await selectBackend('tensorflow');
        const folder = await tempDir();
        const [data, vectors] = [join(folder, 'data'), join(folder, 'vectors')];
        const teacher = await loadLpips({ net, weightsDir: path('weights') });
        const families = ['traditional'] as const;
        await synthesize(path('images/natural'), data, teacher, {
          families,
          train: TRAIN,
          val: HELD,
          jnd: 0,
        });
        await extract(teacher, data, vectors, { decode: BUILT_THREAD });
        teacher.dispose();
        const recipe = { ...OFFICIAL_RECIPE, learningRate: 0.01, epochs: 20, decayEpochs: 20 };
        const { log } = await trainHeads(vectors, join(folder, 'run'), { recipe, dropout: false });
        const held = await PooledItems.open(vectors, { split: 'val' });
        const { weights } = await readWeights(path(heads));
        const best = meanScore(new HeadsTrainee(held, held, { seed: 1, initial: weights }).heldOut().scores);
        held.close();
        const untaught = best - meanScore(log.before);
        const taught = best - meanScore(log.epochs.at(-1)?.heldOut ?? {});
        expect(untaught).toBeGreaterThan(UNTAUGHT);
        expect(taught).toBeLessThan(REST * untaught);
      });
    });
  }
});
