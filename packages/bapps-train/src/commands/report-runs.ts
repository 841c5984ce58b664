/**
 * @module
 * `bapps report` of several runs: all of them are measured on the same judgements, and compared on one page.
 */
import { basename, resolve } from 'node:path';
import { printable } from 'lpips-core';
import { EXIT, type ExitCode, type Terminal } from 'lpips-node/command-line';
import { checkOutput, writeAtomically } from 'lpips-node/files';
import { openMetric } from 'lpips-node/metric-options';
import { addWeightsFiles, disposeTrunks, type Trunk } from '../evaluation/contenders.js';
import { findItems } from '../evaluation/measure.js';
import { type ComparedRun, composeComparison } from '../report/compare-runs.js';
import { withVotes } from '../scores/votes-on-triplets.js';
import { WHAT } from '../synthesize/synthesis-manifest.js';
import { TOOL } from '../tool.js';
import { readTrainingLog, type TrainingLog } from '../training/training-log.js';
import { COUNT_FILES, findVotesAloud, tellNoAgreement } from './find-votes-aloud.js';
import { measureAloud } from './measure-aloud.js';
import { FILE, findRunWeights, noteOfFold, noteOfNetwork, type ReportArguments } from './report-arguments.js';

/** A run, its log and its weights. */
interface FoundRun {
  readonly name: string;
  readonly log: TrainingLog;
  readonly weights: string;
}

/** Measures the runs and writes their page. */
export async function reportRuns(options: ReportArguments, terminal: Terminal): Promise<ExitCode> {
  const { data, extraction, out = FILE, json } = options;
  const found: FoundRun[] = [];
  for (const [index, run] of options.run.entries()) {
    const name = namesOf(options.run)[index] ?? run;
    found.push({ name, log: await readTrainingLog(run), weights: await findRunWeights(run) });
  }
  await checkOutput(
    out,
    found.map(({ weights }) => weights),
  );
  const items = await findItems({ data, split: 'val', ...(extraction !== undefined && { extraction }) });
  const votes = await findVotesAloud(items, terminal, options.quiet);
  const trunks: Trunk[] = [];
  try {
    const ofNetworks: string[] = [];
    for (const group of groupsOf(found)) {
      const opened = await openGroup(group, options, terminal);
      trunks.push(...opened.trunks);
      ofNetworks.push(...opened.notes);
    }
    const measured = withVotes(await measureAloud(items, trunks, options, terminal), votes);
    if (!options.quiet) tellNoAgreement(measured.judged, COUNT_FILES, terminal);
    const contenders = trunks.flatMap((trunk) => trunk.contenders);
    const runs = found.flatMap(({ name, log }): ComparedRun[] => {
      const heads = contenders.find((one) => one.name === name)?.heads;
      return heads ? [{ name, log, heads }] : [];
    });
    const ofFolds = runs.map(({ name, log }) => noteOfFold(name, log));
    const notes = [items.simulated ? WHAT : undefined, ...ofFolds, ...ofNetworks].filter(
      (note) => note !== undefined,
    );
    const page = composeComparison({
      title: `${runs.length} runs, compared on ${basename(resolve(data))}`,
      ...(notes.length > 0 && { note: notes.join(' ') }),
      simulated: items.simulated,
      runs,
      measured,
      tool: `bapps report, ${TOOL}`,
    });
    await writeAtomically(out, page);
    const told = { runs: options.run, data, out, bytes: Buffer.byteLength(page), tool: TOOL };
    terminal.out(json ? `${JSON.stringify(told)}\n` : `${printable(out)}\n`);
    return EXIT.done;
  } finally {
    disposeTrunks(trunks);
  }
}

/** The runs of each net and version, which share a backbone unless it was trained too. */
function groupsOf(runs: readonly FoundRun[]): FoundRun[][] {
  const groups = new Map<string, FoundRun[]>();
  for (const run of runs) {
    const key = `${run.log.net} ${run.log.version}`;
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  return [...groups.values()];
}

/** Opens the networks of a group, with what is to be told of runs that learned on another one. */
async function openGroup(
  group: readonly FoundRun[],
  options: ReportArguments,
  terminal: Terminal,
): Promise<{ readonly trunks: Trunk[]; readonly notes: readonly string[] }> {
  const [first] = group;
  const net = options.net ?? first?.log.net;
  const version = options.version ?? (first?.log.version === '0.0' ? '0.0' : undefined);
  const { lpips } = await openMetric({ ...options, net, version }, terminal);
  const trunks: Trunk[] = [{ lpips, contenders: [] }];
  const notes: string[] = [];
  try {
    await addWeightsFiles(
      trunks,
      group.map(({ name, weights }) => ({ path: weights, name })),
    );
    for (const { name, log } of group) {
      const note = await noteOfNetwork(name, log, lpips);
      if (note === undefined) continue;
      notes.push(note);
      if (!options.quiet) terminal.error(`bapps: ${printable(note)}\n`);
    }
  } catch (error) {
    disposeTrunks(trunks);
    throw error;
  }
  const used = trunks.filter(({ contenders }) => contenders.length > 0);
  disposeTrunks(trunks.filter((trunk) => !used.includes(trunk))); // whole networks bring their own backbone
  return { trunks: used, notes };
}

/** Names of folders, or their paths if two folders have the same name. */
function namesOf(runs: readonly string[]): string[] {
  const short = runs.map((run) => basename(resolve(run)));
  return short.map((name, index) =>
    short.filter((other) => other === name).length > 1 ? (runs[index] ?? name) : name,
  );
}
