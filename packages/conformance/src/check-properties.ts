/**
 * @module
 * What any LPIPS should be, whatever its numbers. Each property names what was measured, so that a reader can judge.
 */
import { type Formula, type Images, imagesOf } from './pictures.js';
import type { Program, Subject } from './subject.js';
import type { Suite } from './suite.js';
import { notOffered, relativeError, type Verdict, verdict } from './verdict.js';

const [HEIGHT, WIDTH] = [40, 48];
const picture = (kind: Formula['kind'], rest: Partial<Formula> = {}): Formula => ({
  kind,
  height: HEIGHT,
  width: WIDTH,
  ...rest,
});
const STRIPES = imagesOf([picture('stripes', { seed: 3 })]);
const NOISY = imagesOf([picture('noisy stripes', { seed: 3, amount: 50 })]);
const NOISE = imagesOf([picture('noise', { seed: 11 })]);
const BLACK = imagesOf([picture('flat', { value: 0 })]);

/** Two float32 evaluations of one formula, in another order or another batch. */
const SAME = 1e-5;

const PROPERTIES: readonly (readonly [
  name: string,
  check: (subject: Subject, name: string) => Promise<Verdict>,
])[] = [
  [
    'the distance of an image from itself is 0',
    async (subject, name) => {
      const [distance = Number.NaN] = Array.from(await subject.distance(NOISY, NOISY));
      return verdict(name, distance === 0, `${distance}`);
    },
  ],
  [
    'is symmetric',
    async (subject, name) => {
      const there = await subject.distance(NOISY, STRIPES);
      const error = relativeError(await subject.distance(STRIPES, NOISY), there);
      return verdict(name, error <= SAME, `relative difference ${error.toExponential(1)}`);
    },
  ],
  [
    'is never negative',
    async (subject, name) => {
      const pairs = [
        [STRIPES, NOISY],
        [NOISE, NOISY],
        [BLACK, NOISE],
        [BLACK, BLACK],
      ] as const;
      const all: number[] = [];
      for (const [x, y] of pairs) all.push(...Array.from(await subject.distance(x, y)));
      return verdict(
        name,
        all.every((one) => one >= 0),
        `least ${Math.min(...all)}`,
      );
    },
  ],
  [
    'gives a batch the distances of its images',
    async (subject, name) => {
      const singles = [
        ...Array.from(await subject.distance(NOISY, STRIPES)),
        ...Array.from(await subject.distance(NOISE, NOISY)),
      ];
      const error = relativeError(
        await subject.distance(batch(NOISY, NOISE), batch(STRIPES, NOISY)),
        singles,
      );
      return verdict(name, error <= SAME, `relative difference ${error.toExponential(1)}`);
    },
  ],
  [
    'the gradient is finite where the features of a tap are 0',
    async (subject, name) => {
      const dead = await subject.withDeadTap?.();
      if (!dead?.gradients) return notOffered(name);
      const { image, reference } = await dead.gradients(NOISY, STRIPES, [1]);
      dead.dispose?.();
      const values = [...Array.from(image), ...Array.from(reference)];
      const wrong = values.filter((one) => !Number.isFinite(one)).length;
      return verdict(name, wrong === 0, `${wrong} of ${values.length} values are not finite`);
    },
  ],
  [
    'stays as it is while an optimiser moves all that it may',
    async (subject, name) => {
      if (!subject.minimize) return notOffered(name);
      const before = await subject.distance(NOISE, STRIPES);
      await subject.minimize(NOISY, STRIPES);
      const change = relativeError(await subject.distance(NOISE, STRIPES), before);
      return verdict(name, change === 0, `another pair's distance changed by ${change.toExponential(1)}`);
    },
  ],
  [
    'takes [0, 1] and [0, 255] where it is told so',
    async (subject, name) => {
      if (!subject.distanceInRange) return notOffered(name);
      const expected = await subject.distance(NOISY, STRIPES);
      const errors: number[] = [];
      for (const [low, high] of [
        [0, 1],
        [0, 255],
      ] as const) {
        const [x, y] = [rescaled(NOISY, low, high), rescaled(STRIPES, low, high)];
        errors.push(relativeError(await subject.distanceInRange(x, y, [low, high]), expected));
      }
      const worst = Math.max(...errors);
      return verdict(name, worst <= SAME, `relative difference ${worst.toExponential(1)}`);
    },
  ],
  [
    'refuses or warns of images in [0, 255] where it expects [-1, 1]',
    async (subject, name) => {
      if (!subject.toldOfRange) return notOffered(name);
      const told = await subject.toldOfRange(rescaled(NOISY, 0, 255), rescaled(STRIPES, 0, 255));
      return verdict(name, told, told ? 'the caller is told' : 'the caller is not told');
    },
  ],
  [
    'nothing outside of a mask has any influence',
    async (subject, name) => {
      if (!subject.masked) return notOffered(name);
      const mask = Float32Array.from({ length: HEIGHT * WIDTH }, (_, i) => (i % WIDTH < WIDTH / 2 ? 1 : 0));
      const spoilt = NOISY.values.map((value, i) =>
        mask[Math.floor(i / 3)] === 0 ? (NOISE.values[i] ?? 0) : value,
      );
      const expected = await subject.masked(NOISY, STRIPES, mask);
      const change = relativeError(
        await subject.masked({ ...NOISY, values: spoilt }, STRIPES, mask),
        expected,
      );
      const [inside = 0] = Array.from(expected);
      return verdict(name, change === 0 && inside > 0, `changed by ${change.toExponential(1)}`);
    },
  ],
  [
    'takes a greyscale image as one of three equal channels',
    async (subject, name) => {
      if (!subject.greyscale) return notOffered(name);
      const side = 40;
      const [x, y] = [21, 22].map((seed) => {
        const { values } = imagesOf([{ kind: 'noise', height: side, width: side, seed }]);
        return values.filter((_, i) => i % 3 === 0);
      });
      if (!x || !y) throw new Error('no images');
      const repeated = (grey: Float32Array): Images => ({
        shape: [1, side, side, 3],
        values: Float32Array.from({ length: grey.length * 3 }, (_, i) => grey[Math.floor(i / 3)] ?? 0),
      });
      const expected = await subject.distance(repeated(x), repeated(y));
      const error = relativeError(await subject.greyscale(x, y, side), expected);
      return verdict(name, error <= SAME, `relative difference ${error.toExponential(1)}`);
    },
  ],
];

/** All properties, in order. */
export async function checkProperties(
  program: Program,
  subject: Subject,
  { jnd }: Pick<Suite, 'jnd'>,
): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  for (const [name, check] of PROPERTIES) verdicts.push(await check(subject, name));
  return [...verdicts, checkJnd(program, jnd)];
}

function checkJnd(program: Program, { distances, same, score: right }: Suite['jnd']): Verdict {
  const name = 'the JND mAP of an unsorted list is that of the sorted one';
  const score = program.jnd?.(distances, same);
  if (score === undefined) return notOffered(name);
  return verdict(name, Math.abs(score - right) <= SAME, `${score}, ${right} is right`);
}

function batch(first: Images, second: Images): Images {
  const [, height, width] = first.shape;
  return { shape: [2, height, width, 3], values: Float32Array.of(...first.values, ...second.values) };
}

/** Images in [-1, 1] brought to another range. */
function rescaled({ shape, values }: Images, low: number, high: number): Images {
  return { shape, values: values.map((value) => low + ((value + 1) / 2) * (high - low)) };
}
