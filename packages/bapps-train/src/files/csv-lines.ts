/**
 * @module
 * CSV files with a header (RFC 4180), line by line.
 */
import { CsvError, parse } from 'csv-parse/sync';
import { invalid } from 'lpips-core';

/** A line of a CSV file by its columns. */
export type CsvLine = Readonly<Partial<Record<string, string>>>;

/** What else columns may be called. */
export type Synonyms = Readonly<Record<string, readonly string[]>>;

/**
 * The lines below the header, at least one.
 *
 * @param where function that reads, for messages
 * @param source name of the file, for messages
 * @param synonyms a column that the file lacks is the one that it has by the first of these names
 * @throws LpipsError if the text cannot be parsed or has no lines
 */
export function csvLines(where: string, text: string, source: string, synonyms: Synonyms = {}): CsvLine[] {
  const columns = (header: string[]): string[] => {
    const named = new Map(header.map((name) => [name, name]));
    for (const [column, others] of Object.entries(synonyms)) {
      const found = header.includes(column) ? undefined : others.find((name) => header.includes(name));
      if (found !== undefined) named.set(found, column);
    }
    return header.map((name) => named.get(name) ?? name);
  };
  try {
    const lines = parse<CsvLine>(text, { bom: true, columns, skip_empty_lines: true, trim: true });
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
