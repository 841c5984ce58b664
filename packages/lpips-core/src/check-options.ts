/**
 * @module
 * The check for misspelt options.
 */
import { invalid } from './errors.js';

/** @throws LpipsError unless `options` is an object in which every name is one of `known` */
export function checkOptions(where: string, options: object, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw invalid(where, 'an object', 'options', String(options));
  }
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw invalid(where, known.join(', '), 'options', `"${unknown}"`, 'Is it a spelling mistake?');
}
