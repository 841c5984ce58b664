/**
 * @module
 * Heads of several nets and seeds, trained by both sides on the same triplets. For each seed both begin with the same heads; the
 * order of the triplets and the dropout are each side's own. The official package scores both on the held-out triplets. Its
 * trainer clamps the 1x1 convolutions of SqueezeNet's trunk, so this side trains on the clamped trunk too.
 */
import { join } from 'node:path';
import { bapps, weightsOption } from '../src/bapps-command.js';
import { type Contested, officialTrainer, writeBackbone } from './official-trainer.js';

/** What is compared. */
export interface SeedsContest extends Omit<Contested, 'net' | 'seed'> {
  /** Folder for files of the benchmark. */
  readonly folder: string;
  readonly nets: readonly Contested['net'][];
  readonly seeds: number;
  /** Largest difference of the means in points of 2AFC. */
  readonly most: number;
}

/** 2AFC in percent. */
interface Scores {
  readonly theirs: number;
  readonly ours: number;
}

/** Prints a line for each net and seed, and then one for each net. @returns whether all means are near enough */
export async function compareSeeds(
  python: string,
  { folder, nets, seeds, most, ...shared }: SeedsContest,
  print: (line: string) => void,
): Promise<boolean> {
  const epochs = `${shared.epochs} epochs of the official recipe`;
  print(
    `\nHeld-out 2AFC after ${epochs}, scored by lpips, in percent; ± standard deviation over the seeds\n`,
  );
  print('| net | | lpips.Trainer | this project | difference |\n|---|---|---|---|---|');
  let isMet = true;
  for (const net of nets) {
    const backbone = await writeBackbone(folder, { net, weights: shared.weights });
    const vectors = join(folder, `vectors-${net}`);
    const network = ['--net', net, ...weightsOption(shared.weights), '--backend', 'tensorflow', '--quiet'];
    const clamp = net === 'squeeze' ? ['--clamp', 'trunk'] : [];
    bapps('extract', shared.data, '--out', vectors, '--only', '2afc/train', ...network, ...clamp);
    const scores: Scores[] = [];
    for (let seed = 1; seed <= seeds; seed++) {
      const trainer = officialTrainer(python, { folder, backbone }, { ...shared, net, seed });
      const theirs = trainer.trainUntimed();
      const run = join(folder, `own-${net}-${seed}`);
      trainOwn(vectors, run, trainer.initialHeads, { epochs: shared.epochs, seed });
      const ours = trainer.score(join(run, 'heads.pth'));
      const both = { theirs: 100 * theirs.score, ours: 100 * ours.score };
      scores.push(both);
      const difference = both.ours - both.theirs;
      print(
        `| ${net} | seed ${seed} | ${both.theirs.toFixed(2)} | ${both.ours.toFixed(2)} | ${signed(difference)} |`,
      );
    }
    const [theirs, ours] = [spreadOf(scores, 'theirs'), spreadOf(scores, 'ours')];
    const difference = ours.mean - theirs.mean;
    print(`| ${net} | mean | ${tell(theirs)} | ${tell(ours)} | ${signed(difference)} |`);
    isMet &&= Math.abs(difference) <= most;
  }
  print(isMet ? `\nAll means are within ${most} points.` : `\nA mean is more than ${most} points away.`);
  return isMet;
}

function trainOwn(
  vectors: string,
  out: string,
  initialHeads: string,
  { epochs, seed }: { readonly epochs: number; readonly seed: number },
): void {
  const [full, decay] = [Math.ceil(epochs / 2), Math.floor(epochs / 2)];
  const recipe = ['--epochs', `${full}`, '--decay-epochs', `${decay}`, '--seed', `${seed}`];
  bapps('train', vectors, '--out', out, '--init', initialHeads, '--quiet', ...recipe);
}

interface Spread {
  readonly mean: number;
  /** Of a sample; undefined for a single seed. */
  readonly deviation: number | undefined;
}

function spreadOf(scores: readonly Scores[], side: keyof Scores): Spread {
  const values = scores.map((each) => each[side]);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (values.length === 1) return { mean, deviation: undefined };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / (values.length - 1)) };
}

function tell({ mean, deviation }: Spread): string {
  return deviation === undefined ? mean.toFixed(2) : `${mean.toFixed(2)} ± ${deviation.toFixed(2)}`;
}

function signed(points: number): string {
  return `${points < 0 ? '−' : '+'}${Math.abs(points).toFixed(2)}`;
}
