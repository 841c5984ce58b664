/**
 * What TypeScript takes, gives and refuses of this package. It is compiled here, and by `test/packed-packages.test.ts` against the
 * declarations that users get. None of it is run.
 */
import { expectTypeOf } from 'expect-type';
import {
  type ConformanceNet,
  ownProgram,
  type Program,
  readSuite,
  runSuite,
  type Subject,
  type Suite,
  type Verdict,
} from 'lpips-conformance';

expectTypeOf<ConformanceNet>().toEqualTypeOf<'alex' | 'squeeze' | 'vgg'>();
expectTypeOf<Verdict['outcome']>().toEqualTypeOf<'passes' | 'fails' | 'not offered'>();

export async function runs(): Promise<void> {
  // What offers distances alone is a subject.
  const subject: Subject = { distance: async ({ shape }) => new Float32Array(shape[0]) };
  const program: Program = { name: 'zero', open: async ({ net }) => (net === 'alex' ? subject : undefined) };
  expectTypeOf(await runSuite(program, { nets: ['alex'] })).toEqualTypeOf<Verdict[]>();
  expectTypeOf(ownProgram({ weightsDir: 'weights' })).toEqualTypeOf<Program>();
  expectTypeOf(readSuite()).toEqualTypeOf<Suite>();
  // @ts-expect-error: a program opens its subject
  await runSuite({ name: 'none' });
  // @ts-expect-error: lite has no published numbers
  await runSuite(program, { nets: ['lite'] });
  // @ts-expect-error: a subject gives distances
  program.open = async () => ({});
}
