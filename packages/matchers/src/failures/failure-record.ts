/**
 * @module
 * What a failed comparison leaves beside its pictures, as JSON: enough to show it later, and to accept the image as the new
 * snapshot. Such a file may come from anywhere, so it is read with care.
 */
import { isAbsolute } from 'node:path';
import { invalid } from 'lpips-core';

/** How the names of these files end. */
export const RECORD_SUFFIX = '.perceptual.json';
/** Changes with the layout. */
const FORMAT = 1;

/** Pictures of a failure: the two images alone, both and the heat map side by side, and the heat map alone. */
export const PICTURE_KINDS = ['expected', 'actual', 'diff', 'heat'] as const;
export type PictureKind = (typeof PICTURE_KINDS)[number];

/** A number of a comparison and its threshold. */
export interface RecordedNumber {
  readonly value: number;
  readonly threshold: number;
}

/** A failed comparison. Paths are relative to the folder of the file, with `/` in them. */
export interface FailureRecord {
  readonly format: typeof FORMAT;
  readonly runner: string;
  /** Full name of the test. */
  readonly test: string;
  readonly testFile: string;
  /** What went wrong, in a sentence. */
  readonly reason: string;
  /** Distance, local distance, colour and shape, where the images could be compared. */
  readonly numbers?: Readonly<Record<string, RecordedNumber>>;
  /** The snapshot that the image did not match. A reference that a test names itself is none. */
  readonly snapshot?: { readonly name: string; readonly path: string };
  /** Names of the pictures, which lie beside the file. */
  readonly pictures: Readonly<Partial<Record<PictureKind, string>>>;
}

/** The text of a file. */
export function serializeRecord(record: Omit<FailureRecord, 'format'>): string {
  return `${JSON.stringify({ format: FORMAT, ...record }, undefined, 2)}\n`;
}

/**
 * @param file what messages call it
 * @throws LpipsError unless the text is a record, whose pictures lie beside it and whose snapshot is a PNG file
 */
export function parseRecord(text: string, file: string): FailureRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid('lpips-matchers', 'the record of a failure', file, 'a file that is not JSON');
  }
  const fault = faultOf(value);
  if (fault !== undefined) {
    const advice = 'Run the tests again, which writes it anew.';
    throw invalid('lpips-matchers', `the record of a failure, format ${FORMAT},`, file, fault, advice);
  }
  return value as FailureRecord;
}

/** What is wrong with a record, undefined where nothing is. */
function faultOf(value: unknown): string | undefined {
  if (!isObject(value)) return 'JSON of another kind';
  if (value['format'] !== FORMAT) return `format ${JSON.stringify(value['format'])}`;
  for (const name of ['runner', 'test', 'testFile', 'reason']) {
    if (typeof value[name] !== 'string') return `no ${name}`;
  }
  const { numbers, snapshot, pictures } = value;
  if (numbers !== undefined && !(isObject(numbers) && Object.values(numbers).every(isRecordedNumber))) {
    return 'numbers that are none';
  }
  if (snapshot !== undefined) {
    if (!isObject(snapshot) || typeof snapshot['name'] !== 'string') return 'a snapshot without a name';
    const { path } = snapshot;
    if (typeof path !== 'string' || isAbsolute(path) || !path.endsWith('.png') || path.includes('\0')) {
      return 'a snapshot that is no PNG file near it';
    }
  }
  if (!isObject(pictures)) return 'no pictures';
  const names = PICTURE_KINDS.map((kind) => pictures[kind]).filter((name) => name !== undefined);
  return names.every(isPictureName) ? undefined : 'pictures that do not lie beside it';
}

function isPictureName(name: unknown): boolean {
  return typeof name === 'string' && /^[^/\\\0]+\.png$/u.test(name);
}

function isRecordedNumber(number: unknown): boolean {
  // JSON has no Infinity, which a threshold may be.
  return (
    isObject(number) && typeof number['value'] === 'number' && !(typeof number['threshold'] === 'string')
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
