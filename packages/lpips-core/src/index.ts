export { invalid, LpipsError } from './errors.js';
export type { Weight, WeightMap } from './weights/weight-map.js';
