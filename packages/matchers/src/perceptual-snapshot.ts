/**
 * @module
 * `toMatchPerceptualSnapshot` without what each runner adds: where the snapshot lies, whether it may be written, and where
 * the files of a failure go.
 */
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LpipsError } from 'lpips-core';
import { readImageBytes } from 'lpips-node';
import { writeAtomically } from 'lpips-node/files';
import type { Comparison } from './compare-images.js';
import type { FailureFiles, PicturePaths } from './failures/failure-files.js';
import { type CheckedOptions, checkLookOptions } from './look-options.js';
import { asPng, type ReadImage } from './lookable-image.js';
import type { SnapshotOptions } from './matcher-types.js';
import { callOf, differenceMessage, plainMessage, shown } from './messages.js';
import { ensureBackend } from './metric.js';
import { readMasked } from './read-masked.js';
import { checkRegionsFit } from './regions.js';
import { compareOrKeep, keepDifference, type MatcherResult, refusalsAsFailures } from './to-look-like.js';

/** What a run may do to snapshots. */
export interface UpdateRules {
  /** Where there is no snapshot, `write` writes it and passes, `write and fail` writes it and fails, `fail` only fails. */
  readonly missing: 'write' | 'write and fail' | 'fail';
  /** Where the image looks different, `keep` keeps the snapshot and fails, `write` replaces it and passes. */
  readonly different: 'keep' | 'write';
  /** Where the image looks like the snapshot but its bytes differ, `write` replaces it. Default `keep`. */
  readonly alike?: 'keep' | 'write';
}

/** A snapshot, and what the runner says about it. */
export interface SnapshotRequest {
  /** What the test calls it; empty where it has no name of its own. */
  readonly name: string;
  readonly path: string;
  readonly isNot: boolean;
  readonly rules: UpdateRules;
  /** The flag that replaces snapshots, for messages. */
  readonly updateFlag: string;
  readonly files: FailureFiles;
}

/** The result, by the names under which runners count it. */
export type SnapshotStatus = 'added' | 'updated' | 'matched' | 'unmatched';

/** What the matcher returns, and what is counted. */
export interface SnapshotResult extends MatcherResult {
  readonly status: SnapshotStatus;
}

const MATCHER = 'toMatchPerceptualSnapshot';

/**
 * Compares an image with a snapshot. Refused options and an unreadable image fail, with `.not` too. So does a snapshot that
 * is unreadable or of another size, unless it may be replaced.
 *
 * @param image what should look like the snapshot
 */
export async function matchSnapshot(
  image: unknown,
  request: SnapshotRequest,
  options: SnapshotOptions = {},
): Promise<SnapshotResult> {
  const { isNot } = request;
  const call = callOf(MATCHER, quoted(request), isNot);
  const result = await refusalsAsFailures(call, isNot, () => match(image, request, options));
  return { status: 'unmatched', ...result };
}

async function match(
  image: unknown,
  request: SnapshotRequest,
  options: SnapshotOptions,
): Promise<SnapshotResult> {
  await request.files.clear();
  const checked = checkLookOptions(MATCHER, options, ['snapshotDir']);
  await ensureBackend();
  const x = await readMasked(MATCHER, 'the image', image, checked);
  try {
    return (await isFile(request.path))
      ? await held(x, request, checked)
      : await missing(x, request, checked);
  } finally {
    x.tensor.dispose();
  }
}

async function missing(
  image: ReadImage,
  request: SnapshotRequest,
  options: CheckedOptions,
): Promise<SnapshotResult> {
  const { path, isNot, rules, files } = request;
  const call = callOf(MATCHER, quoted(request), isNot);
  const there = `There is no snapshot ${shown(path)}`;
  if (isNot) return failed(call, `${there}, and with .not none is written.`, { pass: true });
  if (rules.missing === 'fail') {
    const kept = await files.keep({ actual: await asPng(image) }, { reason: 'There is no snapshot.' });
    return failed(call, `${there}, and this run writes none.`, { kept });
  }
  await writeSnapshot(path, image, options);
  if (rules.missing === 'write') return passed('added');
  return {
    ...failed(call, `${there}; it was written. Look at it, and run the test again.`),
    status: 'added',
  };
}

/** Compares the image with a snapshot that is there. */
async function held(
  image: ReadImage,
  request: SnapshotRequest,
  options: CheckedOptions,
): Promise<SnapshotResult> {
  const { path, isNot, rules } = request;
  const mayReplace = rules.different === 'write' && !isNot;
  const reference = await readSnapshot(image, request, options);
  if (reference instanceof LpipsError) {
    if (!mayReplace) throw reference;
    return await replaced(path, image, options);
  }
  try {
    const call = callOf(MATCHER, quoted(request), isNot);
    const comparison = await compareOrKeep(MATCHER, call, image, reference, options, request.files);
    if (!('isAlike' in comparison)) {
      if (!mayReplace) return { pass: isNot, status: 'unmatched', ...comparison };
      await request.files.clear();
      return await replaced(path, image, options);
    }
    if (isNot) return negated(comparison, request);
    if (!comparison.isAlike) {
      return mayReplace
        ? await replaced(path, image, options)
        : await different(image, reference, comparison, request);
    }
    if (rules.alike !== 'write' || (await isSameFile(path, image))) return passed('matched');
    return await replaced(path, image, options);
  } finally {
    reference.tensor.dispose();
  }
}

/** @returns the snapshot, or why it cannot be read, in which case the image is kept */
async function readSnapshot(
  image: ReadImage,
  { path, files }: SnapshotRequest,
  options: CheckedOptions,
): Promise<ReadImage | LpipsError> {
  try {
    return await readMasked(MATCHER, 'the snapshot', path, options);
  } catch (error) {
    if (!(error instanceof LpipsError)) throw error;
    await files.keep({ actual: await asPng(image) }, { reason: error.plainMessage });
    return error;
  }
}

async function replaced(path: string, image: ReadImage, options: CheckedOptions): Promise<SnapshotResult> {
  await writeSnapshot(path, image, options);
  return passed('updated');
}

function negated(comparison: Comparison, request: SnapshotRequest): SnapshotResult {
  const call = callOf(MATCHER, quoted(request), true);
  const message = differenceMessage(comparison, true, { call, reference: request.path });
  const { isAlike } = comparison;
  return { pass: isAlike, message: () => message, status: isAlike ? 'unmatched' : 'matched' };
}

async function different(
  image: ReadImage,
  reference: ReadImage,
  comparison: Comparison,
  request: SnapshotRequest,
): Promise<SnapshotResult> {
  const { path, files, updateFlag } = request;
  const picture = await keepDifference(image, reference, comparison, files);
  const message = differenceMessage(comparison, false, {
    call: callOf(MATCHER, quoted(request), false),
    reference: path,
    ...(picture !== undefined && { picture }),
    advice: `If the image is right, replace the snapshot with ${updateFlag}.`,
  });
  return { pass: false, message: () => message, status: 'unmatched' };
}

function passed(status: SnapshotStatus): SnapshotResult {
  return { pass: true, message: () => '', status };
}

function failed(
  call: string,
  sentence: string,
  { pass = false, kept = {} }: { pass?: boolean; kept?: PicturePaths } = {},
): SnapshotResult {
  return { pass, message: () => plainMessage(call, sentence, kept), status: 'unmatched' };
}

/** @throws LpipsError where its regions do not fit the image */
async function writeSnapshot(path: string, image: ReadImage, options: CheckedOptions): Promise<void> {
  checkRegionsFit(MATCHER, image, options);
  const png = await asPng(image);
  await mkdir(dirname(path), { recursive: true });
  await writeAtomically(path, png);
}

async function isSameFile(path: string, image: ReadImage): Promise<boolean> {
  return (await readImageBytes(path)).equals(await asPng(image));
}

async function isFile(path: string): Promise<boolean> {
  return await stat(path).then(
    (stats) => stats.isFile(),
    () => false,
  );
}

function quoted({ name }: SnapshotRequest): string {
  return name === '' ? '' : `'${name}'`;
}
