/**
 * @module
 * The metric of a plan and how its images are read: as the command is given them, as the plan states them, and as they are on a machine
 * that opens the plan.
 */
import type { NetName } from 'lpips-core';
import { BACKEND_CHOICES } from '../backends/select-backend.js';
import { oneOf } from '../command-line/exit-code.js';
import { type JsonRecord, pathFromPlan } from '../shards/plan.js';
import type { KindContext } from '../shards/shard-kind.js';
import type { MetricArguments } from './metric-options.js';
import type { ReadingArguments } from './reading-options.js';

/** What decides the numbers beside the images. */
export interface PlannedMetric
  extends ReadingArguments,
    Pick<MetricArguments, 'net' | 'version' | 'noLinear' | 'weights' | 'heads' | 'network' | 'backend'> {}

/** As a plan states it. @param place gives a path as the plan states it */
export function statedMetric(options: PlannedMetric, place: (path: string) => string): JsonRecord {
  const { net, version, noLinear, backend, background, ignoreProfile } = options;
  const placed = (path: string | undefined) => (path === undefined ? null : place(path));
  return {
    net: net ?? null,
    version: version ?? null,
    noLinear,
    weights: placed(options.weights),
    heads: placed(options.heads),
    network: placed(options.network),
    backend,
    background,
    ignoreProfile,
  };
}

/** What a plan states, with the paths of this machine. */
export function metricFromPlan<Inputs extends PlannedMetric>(inputs: Inputs, base: string): Inputs {
  return {
    ...inputs,
    net: inputs.net ?? undefined,
    version: inputs.version ?? undefined,
    weights: pathFromPlan(inputs.weights, base),
    heads: pathFromPlan(inputs.heads, base),
    network: pathFromPlan(inputs.network, base),
  };
}

/** What was chosen when the plan was written: it is not chosen again. @param identity net, version and backend */
export function chosenMetric({ net, version, backend }: JsonRecord) {
  return {
    net: net as NetName,
    version: net === 'lite' ? undefined : (version as '0.1' | '0.0'),
    backend: oneOf('--backend', BACKEND_CHOICES, backend),
  };
}

/** For `openMetric`, with what is this machine's own. */
export function metricArguments<Options extends PlannedMetric>(
  options: Options,
  { quiet, offline, weights, workers }: KindContext,
) {
  return { ...options, weights: weights ?? options.weights, quiet, offline, workers, json: false };
}
