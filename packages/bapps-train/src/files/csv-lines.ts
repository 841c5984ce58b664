/**
 * @module
 * CSV files with a header (RFC 4180), line by line.
 */
import { CsvError, parse } from 'csv-parse/sync';
import { invalid } from 'lpips-core';

/** A line of a CSV file by its columns. */
export type CsvLine = Readonly<Partial<Record<string, string>>>;

/**
 * The lines below the header, at least one.
 *
 * @param where function that reads, for messages
 * @param source name of the file, for messages
 * @param namesOf names of the columns of a header
 * @throws LpipsError if the text cannot be parsed or has no lines
 */
export function csvLines(
  where: string,
  text: string,
  source: string,
  namesOf: (header: string[]) => string[],
): CsvLine[] {
  try {
    const options = { bom: true, columns: namesOf, skip_empty_lines: true, trim: true } as const;
    const lines = parse<CsvLine>(text, options);
    if (lines.length > 0) return lines;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw invalid(where, 'a CSV file', source, `a fault in it (${error.message})`);
  }
  throw invalid(where, 'a header and lines', source, 'no lines');
}

/** A line below the header, for messages. */
export function placeOf(index: number, source: string): string {
  return `line ${index + 2} of ${source}`;
}
