/**
 * @module
 * The digests that wheels must have: those that are pinned, and what the caller states of other versions. pip compares a
 * wheel with the digest of the index by itself, which says nothing where the index is another's.
 */
import { invalid } from '../errors.js';
import type { Wheel } from '../native-platform.js';

/** What a caller states. */
export interface StatedDigests {
  /** Of TensorFlow's wheel. */
  readonly tensorflow: string;
  /** Of CUDA's wheels, under their requirements, such as `nvidia-nccl-cu12==2.21.5`. */
  readonly cuda: ReadonlyMap<string, string>;
}

const DIGEST = /^[0-9a-f]{64}$/i;
const CUDA_DIGEST = /^(?<requirement>nvidia-[\w-]+==[\w.]+):(?<digest>[0-9a-f]{64})$/i;
const HOW_TO_LEARN_IT =
  'The page of that version on the Python package index lists the sha256 of each wheel.';

/**
 * Reads the option sha256: the digest of TensorFlow's wheel, and behind it those of CUDA's, as in
 * `DIGEST,nvidia-nccl-cu12==2.21.5:DIGEST`.
 *
 * @throws NativeError unless each is 64 hex digits
 */
export function parseDigests(text: unknown): StatedDigests | undefined {
  if (text === undefined) return undefined;
  const [tensorflow = '', ...others] = typeof text === 'string' ? text.split(',') : [];
  if (!DIGEST.test(tensorflow)) {
    const got = typeof text === 'string' ? `"${tensorflow}"` : typeof text;
    throw invalid('installNative', '64 hex digits', 'sha256', got, HOW_TO_LEARN_IT);
  }
  const cuda = others.map((other): [string, string] => {
    const { requirement, digest } = { ...CUDA_DIGEST.exec(other.trim())?.groups };
    if (requirement !== undefined && digest !== undefined) return [requirement, digest.toLowerCase()];
    const wanted = 'NAME==VERSION:DIGEST behind the first comma';
    throw invalid('installNative', wanted, 'sha256', `"${other}"`, HOW_TO_LEARN_IT);
  });
  return { tensorflow: tensorflow.toLowerCase(), cuda: new Map(cuda) };
}

/**
 * The digest that TensorFlow's wheel must have.
 *
 * @throws NativeError where it is neither pinned nor stated, or stated to be another than the pinned one
 */
export function tensorflowDigest(
  { digests, distribution }: Wheel,
  version: string,
  stated: StatedDigests | undefined,
): string {
  const pinned = Object.hasOwn(digests, version) ? digests[version] : undefined;
  const digest = pinned ?? stated?.tensorflow;
  if (digest === undefined) {
    const requirement = `the digest of the wheel of ${distribution} ${version}, which is not pinned,`;
    throw invalid('installNative', requirement, 'sha256', 'none', HOW_TO_LEARN_IT);
  }
  if (stated === undefined || stated.tensorflow === digest) return digest;
  const requirement = `${digest}, the pinned digest of ${distribution} ${version},`;
  throw invalid('installNative', requirement, 'sha256', stated.tensorflow, 'Leave it out.');
}

/**
 * The digests that CUDA's wheels must have.
 *
 * @param requirements such as `nvidia-nccl-cu12==2.21.5`
 * @param pinned digests under their requirements
 * @returns a digest for each requirement, in order
 * @throws NativeError naming those that are neither pinned nor stated
 */
export function cudaDigests(
  requirements: readonly string[],
  pinned: Readonly<Record<string, string>>,
  stated: StatedDigests['cuda'] = new Map(),
): readonly string[] {
  const missing: string[] = [];
  const digests = requirements.map((each) => {
    const digest = Object.hasOwn(pinned, each) ? pinned[each] : stated.get(each);
    if (digest === undefined) missing.push(each);
    return digest ?? '';
  });
  if (missing.length === 0) return digests;
  throw invalid(
    'installNative',
    'the digests of CUDA wheels that are not pinned',
    'sha256',
    `none of ${missing.join(', ')}`,
    'State each behind that of TensorFlow, as in DIGEST,NAME==VERSION:DIGEST. Their pages on the Python package index list ' +
      'the sha256 of each wheel.',
  );
}
