/**
 * @module
 * Fields of CSV files (RFC 4180).
 */
import { checkText } from 'lpips-core';

/** A text as a field: in quotes where it holds a comma, a quote or the end of a line. */
export function csvField(text: string): string {
  checkText('csvField', 'text', text);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
