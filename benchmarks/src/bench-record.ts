/**
 * @module
 * What a benchmark measured, as a file: every single time of every row, the machine, the versions, the commit and the command
 * line. `npm run bench:compare` reads two of them.
 */
import { readFile } from 'node:fs/promises';
import { cannot, invalid } from 'lpips-core';
import type { Machine } from './machine.js';

export const FORMAT = 'lpips-benchmark';
export const VERSION = 1;

/** What the values of a row are. Less is better in all of them. */
export type Unit = 'ms' | 's' | 'bytes';

/** One thing that was measured. */
export interface Row {
  /** Unique in its record. */
  readonly name: string;
  readonly unit: Unit;
  /** One for each turn, in the order of the turns; those for warming up are left out. */
  readonly values: readonly number[];
  /** Whether this is a competitor: code that is not ours, so that a change of it is one of the machine. */
  readonly isCompetitor: boolean;
}

/** What a benchmark measured. */
export interface BenchRecord {
  readonly format: typeof FORMAT;
  readonly version: typeof VERSION;
  /** Such as `bench:pytorch`. */
  readonly benchmark: string;
  /** When it began, in ISO 8601. */
  readonly date: string;
  readonly machine: Machine;
  /** Versions by name: packages, and what a competitor says of itself. */
  readonly versions: Readonly<Record<string, string>>;
  /** The commit, with `+` behind it where files were changed; null outside a repository. */
  readonly commit: string | null;
  /** Arguments of the command, without `--json`. */
  readonly commandLine: readonly string[];
  readonly rows: readonly Row[];
}

/**
 * Reads a record.
 *
 * @throws LpipsError where the file cannot be read or holds something else
 */
export async function readRecord(path: string): Promise<BenchRecord> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw cannot('readRecord', `read ${path}`, String(error instanceof Error ? error.message : error));
  });
  const content = parse(text);
  if (!isRecord(content)) {
    const advice = 'Name files that a benchmark wrote with --json.';
    throw invalid(
      'readRecord',
      `a file of format ${FORMAT}, version ${VERSION},`,
      path,
      kindOf(content),
      advice,
    );
  }
  return content;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What a file that is no record holds, in words. */
function kindOf(content: unknown): string {
  if (content === undefined) return 'text that is not JSON';
  if (!isObject(content) || !('format' in content)) return 'JSON without a format';
  const { format, version } = content;
  if (format === FORMAT && version === VERSION) return 'one that lacks a part or holds another kind of value';
  return `${JSON.stringify(format)}, version ${JSON.stringify(version ?? null)}`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isRecord(content: unknown): content is BenchRecord {
  if (!isObject(content) || content['format'] !== FORMAT || content['version'] !== VERSION) return false;
  const { benchmark, date, machine, versions, commit, commandLine, rows } = content;
  const areTexts = [benchmark, date].every((text) => typeof text === 'string');
  const hasCommit = commit === null || typeof commit === 'string';
  const hasLine = Array.isArray(commandLine) && commandLine.every((word) => typeof word === 'string');
  if (!areTexts || !hasCommit || !hasLine || !areFacts(machine) || !areFacts(versions)) return false;
  if (!Array.isArray(rows) || !rows.every(isRow)) return false;
  return new Set(rows.map(({ name }) => name)).size === rows.length;
}

/** Whether it is an object of texts and numbers. */
function areFacts(value: unknown): boolean {
  return (
    isObject(value) &&
    Object.values(value).every((fact) => typeof fact === 'string' || typeof fact === 'number')
  );
}

function isRow(row: unknown): row is Row {
  if (!isObject(row)) return false;
  const { name, unit, values, isCompetitor } = row;
  const isNamed = typeof name === 'string' && ['ms', 's', 'bytes'].some((known) => known === unit);
  const isMeasured =
    Array.isArray(values) &&
    values.length > 0 &&
    values.every((value) => Number.isFinite(value) && value > 0);
  return isNamed && isMeasured && typeof isCompetitor === 'boolean';
}
