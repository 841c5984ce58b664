/**
 * @module
 * Measures under a progress bar, and tells where images were scaled.
 */
import { startProgress, type Terminal } from 'lpips-node/command-line';
import type { Trunk } from '../evaluation/contenders.js';
import { type FoundItems, type Measurements, measure } from '../evaluation/measure.js';
import { ScalingNote } from './tell-scaling.js';

/** What the commands that measure are given. */
interface MeasuringArguments {
  readonly noBaselines: boolean;
  readonly size: number;
  readonly quiet: boolean;
}

/** @param references whether it is told which items show the same reference */
export async function measureAloud(
  found: FoundItems,
  trunks: readonly Trunk[],
  { noBaselines, size, quiet }: MeasuringArguments,
  terminal: Terminal,
  references = false,
): Promise<Measurements> {
  const progress = startProgress(terminal, 'measuring', 0, { unit: 'judgements', quiet });
  const scaling = new ScalingNote();
  try {
    const measured = await measure(found, trunks, {
      baselines: !noBaselines,
      size,
      references,
      onScaled: scaling.onScaled,
      onProgress: (done, total) => progress.update(done, total),
    });
    progress.stop();
    scaling.tell(terminal, size, quiet);
    return measured;
  } finally {
    progress.stop();
  }
}
