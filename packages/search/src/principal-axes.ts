/**
 * @module
 * The axes along which some rows differ most: their principal components, by the eigenvectors of the products of the centred rows.
 * Whatever the axes, the squared distance of two rows is at least that of their coordinates, as long as the axes are orthonormal.
 */
import { mulberry32 } from 'lpips-core';

/** Steps of the orthogonal iteration. Axes that are not exact tell rows apart little worse, and exclude no pair wrongly. */
const STEPS = 12;
/** Shorter than this, relative to the longest, an axis is rounding. */
const NEGLIGIBLE = 1e-6;

/**
 * @param rows of one length; changed: they are centred
 * @returns at most `most` orthonormal vectors, those along which the rows differ most first; fewer where the rows span fewer
 */
export function principalAxes(rows: readonly Float64Array[], most: number): Float64Array[] {
  const count = rows.length;
  const length = rows[0]?.length ?? 0;
  centre(rows, length);
  const products = rows.map((row) => Float64Array.from(rows, (other) => dot(row, other)));
  const next = mulberry32(1);
  let vectors: Float64Array[] = Array.from({ length: Math.min(most, count - 1) }, () =>
    Float64Array.from({ length: count }, () => next() - 0.5),
  );
  for (let step = 0; step < STEPS; step++) {
    vectors = orthonormal(
      vectors.map((vector) => Float64Array.from(products, (product) => dot(product, vector))),
    );
  }
  return orthonormal(vectors.map((vector) => combine(rows, vector, length)));
}

function centre(rows: readonly Float64Array[], length: number): void {
  for (let i = 0; i < length; i++) {
    let sum = 0;
    for (const row of rows) sum += row[i] ?? 0;
    for (const row of rows) row[i] = (row[i] ?? 0) - sum / rows.length;
  }
}

/** Gram-Schmidt, each vector twice, without those that the others span. */
function orthonormal(vectors: readonly Float64Array[]): Float64Array[] {
  const longest = Math.max(...vectors.map((vector) => Math.sqrt(dot(vector, vector))));
  const found: Float64Array[] = [];
  for (const vector of vectors) {
    const rest = vector.slice();
    for (const other of [...found, ...found]) {
      addTimes(rest, -dot(rest, other), other);
    }
    const size = Math.sqrt(dot(rest, rest));
    if (size > NEGLIGIBLE * longest) found.push(rest.map((value) => value / size));
  }
  return found;
}

function combine(rows: readonly Float64Array[], weights: Float64Array, length: number): Float64Array {
  const sum = new Float64Array(length);
  for (const [place, row] of rows.entries()) {
    addTimes(sum, weights[place] ?? 0, row);
  }
  return sum;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

/** sum += times · vector */
function addTimes(sum: Float64Array, times: number, vector: Float64Array): void {
  for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + times * (vector[i] ?? 0);
}
