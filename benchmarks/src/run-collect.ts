/**
 * @module
 * `npm run bench:collect -- --photos FOLDER`: how many votes heads need, where those triplets are asked about first on which heads
 * disagree, beside random order.
 */
import { join } from 'node:path';
import { extract, ItemPool, synthesize } from 'bapps-train';
import { count, required } from 'example-harness/flags';
import { type Options, startProgram } from 'example-harness/program';
import { at } from 'lpips-core';
import { loadLpips, selectBackend } from 'lpips-node';
import type { Terminal } from 'lpips-node/command-line';
import { describeBackend, describeMachine } from './machine.js';
import {
  type CurvePoint,
  meanCurve,
  ORDERS,
  simulateCollecting,
  votesToReach,
} from './simulate-collecting.js';
import { inTemporaryFolder } from './temporary-folder.js';

/** 2AFC within which the score of all votes counts as reached. */
const MARGIN = 0.005;

const flags = {
  photos: required('FOLDER', 'photographs from which the triplets are made'),
  train: count('triplets that are asked about', 400, 10),
  val: count('held-out triplets', 300, 10),
  votes: count('votes on each triplet, at most', 1, 1),
  round: count('votes between two trainings', 50, 1),
  seeds: count('simulated groups of raters, each with eyes of its own', 3, 1),
};

await startProgram({
  name: 'bench:collect',
  about: `Simulates raters who look at few features of lite, and heads that learn from their votes. Shows how many votes reach the
held-out 2AFC of all votes within 0.5 points, in random order and with --choose uncertain.`,
  flags,
  run,
});

async function run(options: Options<typeof flags>, terminal: Terminal): Promise<void> {
  const { photos, train, val, votes, round, seeds } = options;
  const { name: backend } = await selectBackend('auto');
  terminal.out(`${describeMachine()}; ${describeBackend(backend)}\n`);
  await inTemporaryFolder(async (folder) => {
    const lpips = await loadLpips({ net: 'lite' });
    const [data, vectors] = [join(folder, 'data'), join(folder, 'vectors')];
    await synthesize(photos, data, lpips, { families: ['traditional'], train, val, jnd: 0 });
    await extract(lpips, data, vectors);
    lpips.dispose();
    const pool = await ItemPool.open(vectors);
    try {
      const curves = new Map<string, CurvePoint[]>();
      for (const order of ORDERS) {
        const runs: CurvePoint[][] = [];
        for (let seed = 1; seed <= seeds; seed++) {
          runs.push(await simulateCollecting(order, { pool, seed, round, perItem: votes }));
        }
        curves.set(order, meanCurve(runs));
      }
      tell(curves, terminal);
    } finally {
      pool.close();
    }
  });
}

function tell(curves: ReadonlyMap<string, readonly CurvePoint[]>, terminal: Terminal): void {
  const names = [...curves.keys()];
  const [first = []] = curves.values();
  terminal.out(`  votes   ${names.map((name) => name.padStart(10)).join('')}   held-out 2AFC, %\n`);
  for (const [place, { votes }] of first.entries()) {
    const scores = [...curves.values()].map((curve) =>
      (100 * at(curve, place).score).toFixed(2).padStart(10),
    );
    terminal.out(`  ${String(votes).padEnd(8)}${scores.join('')}\n`);
  }
  const goal = at(first, first.length - 1).score;
  terminal.out(
    `all ${first.at(-1)?.votes} votes in random order reach ${(100 * goal).toFixed(2)} %; within 0.5 points of it:\n`,
  );
  for (const [name, curve] of curves) {
    const votes = votesToReach(curve, goal, MARGIN);
    terminal.out(`  ${name.padEnd(10)} ${Number.isFinite(votes) ? `from ${votes} votes on` : 'never'}\n`);
  }
}
