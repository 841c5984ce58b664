/**
 * What TypeScript takes, gives and refuses of this package. It is compiled here, and by `test/packed-packages.test.ts` against the
 * declarations that users get. None of it is run.
 */
import { expectTypeOf } from 'expect-type';
import {
  type Device,
  findNative,
  type NativeAttempt,
  type NativePackage,
  type StartedNative,
  startNative,
  useNative,
} from 'tfjs-native';
import { type InstallOutcome, type InstallProgress, installNative } from 'tfjs-native/install';

expectTypeOf<Device>().toEqualTypeOf<'cpu' | 'gpu'>();

export async function starts(): Promise<void> {
  expectTypeOf(await useNative({ device: 'cpu' })).toEqualTypeOf<StartedNative>();
  const attempt = await startNative('gpu', 'cache');
  expectTypeOf(attempt).toEqualTypeOf<NativeAttempt>();
  if (attempt.state === 'started') expectTypeOf(attempt.native).toEqualTypeOf<StartedNative>();
  expectTypeOf(findNative('cpu')).toExtend<Iterable<NativePackage>>();
  // @ts-expect-error: there is no such device
  await startNative('tpu');
  // @ts-expect-error: which device
  await startNative();
  // @ts-expect-error: a reason is there only where it failed
  expectTypeOf(attempt.reason).toEqualTypeOf<string>();
}

export async function installs(): Promise<void> {
  const steps: InstallProgress['step'][] = [];
  const outcome = await installNative({
    device: 'cpu',
    tensorflow: '2.18.1',
    onProgress: ({ step }) => steps.push(step),
    signal: AbortSignal.timeout(1000),
  });
  expectTypeOf(outcome).toEqualTypeOf<InstallOutcome>();
  expectTypeOf(outcome.state).toEqualTypeOf<'installed' | 'present'>();
  // @ts-expect-error: a version is a text
  await installNative({ tensorflow: 2.18 });
  // @ts-expect-error: a misspelt option
  await installNative({ gpu: true });
}
