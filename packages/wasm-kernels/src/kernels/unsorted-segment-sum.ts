/**
 * @module
 * `UnsortedSegmentSum`, the gradient of `gather` and so of an embedding: it sums the rows of x that have the same id.
 * `scatterND` adds rows that go to the same place, and does not check bounds. So rows whose id is not that of a
 * segment go to one more segment, which is left out of the result.
 */
import {
  fill,
  greaterEqual,
  less,
  logicalAnd,
  reshape,
  scatterND,
  slice,
  type Tensor,
  tidy,
  UnsortedSegmentSum,
  where,
  zeros,
} from '@tensorflow/tfjs-core';
import { unsupported } from '../errors.js';
import { input, type KernelArguments } from '../kernel-arguments.js';

/** `[segments, …]` from x `[rows, …]` and segmentIds int32 `[rows]`. */
export function unsortedSegmentSum(args: KernelArguments): Tensor {
  const x = input(args, 'x');
  const ids = input(args, 'segmentIds');
  const segments = args.attrs?.['numSegments'] as number;
  if (x.dtype !== 'float32' && x.dtype !== 'int32') {
    throw unsupported(UnsortedSegmentSum, 'float32 or int32', 'x', x.dtype, "Cast it with cast('float32').");
  }
  if (ids.dtype !== 'int32') {
    throw unsupported(UnsortedSegmentSum, 'int32', 'segmentIds', ids.dtype, "Cast it with cast('int32').");
  }
  const [rows, ...inner] = x.shape;
  if (rows === undefined) {
    throw unsupported(UnsortedSegmentSum, '[rows, …]', 'x', '[]', 'Make it a list with reshape([1]).');
  }
  if (ids.rank !== 1 || ids.size !== rows) {
    const got = `[${ids.shape.join(', ')}]`;
    throw unsupported(UnsortedSegmentSum, `[${rows}]`, 'segmentIds', got, 'Give each row of x one id.');
  }
  return tidy(() => {
    if (x.size === 0 || segments === 0) return zeros([segments, ...inner], x.dtype);
    const width = x.size / rows;
    const isSegment = logicalAnd(greaterEqual(ids, 0), less(ids, segments));
    const places = where(isSegment, ids, fill([rows], segments, 'int32'));
    const sums = scatterND(reshape(places, [rows, 1]), reshape(x, [rows, width]), [segments + 1, width]);
    return reshape(slice(sums, [0, 0], [segments, width]), [segments, ...inner]);
  });
}
