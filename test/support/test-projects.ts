/**
 * @module
 * Which test files share a process. To import TensorFlow.js takes a second of the processor, more than most files take
 * otherwise, so the files of a package share it where they all expect the same backends and kernels. A file that changes
 * these, the environment or the memory of the process, or replaces a module, has a process of its own.
 */
import type { TestProjectInlineConfiguration } from 'vitest/config';

/** Packages whose test files share processes, and those of their files and folders that do not. */
const SHARED: Readonly<Record<string, readonly string[]>> = {
  'bapps-train': [
    'commands/before-weights.test.ts',
    'distill/distill.test.ts',
    'extraction/extract.test.ts',
    'networks/',
    'reader-bounds.test.ts',
    'training/asynchronous-step.test.ts',
    'training/clamp-trunk.test.ts',
    'training/teacher-and-student.test.ts',
    'training/train-network.test.ts',
  ],
  loss: ['captured-loss.test.ts'],
  'lpips-core': [
    'browser/image-from.test.ts',
    'change-backend.test.ts',
    'check-backend.test.ts',
    'operations/backend-traits.test.ts',
    'weights-files/reader-bounds.test.ts',
  ],
  'lpips-node': [
    'backends/',
    'commands/',
    'goldens-in-chromium.test.ts',
    'goldens-on-webgpu.test.ts',
    'goldens.test.ts',
    'images/image-source.test.ts',
    'images/size-limit.test.ts',
    'plan-commands/',
  ],
  pictures: [],
};

const folderOf = (name: string) => `packages/${name}/test/`;

/**
 * The projects of vitest: one a package of `SHARED`, and one for all other files, which comes first by its name.
 *
 * @param common what all of them have in common
 */
export function testProjects(common: TestProjectInlineConfiguration): TestProjectInlineConfiguration[] {
  const shared = Object.entries(SHARED).map(([name, alone]) => ({
    name,
    files: `${folderOf(name)}**/*.test.ts`,
    alone: alone.map((path) => folderOf(name) + (path.endsWith('/') ? `${path}**/*.test.ts` : path)),
  }));
  const others = `{packages/!(${Object.keys(SHARED).join('|')})/,examples/*/,docs/samples/,benchmarks/,}test/**/*.test.ts`;
  const project = (test: TestProjectInlineConfiguration['test']) => ({
    ...common,
    test: { ...common.test, ...test },
  });
  return [
    project({ name: 'alone', include: [others, ...shared.flatMap(({ alone }) => alone)] }),
    ...shared.map(({ name, files, alone }) =>
      project({ name, isolate: false, include: [files], exclude: alone }),
    ),
  ];
}

/** Whether a test file, relative to the root, shares its process with others. */
export function sharesProcess(path: string): boolean {
  return Object.entries(SHARED).some(
    ([name, alone]) =>
      path.startsWith(folderOf(name)) && !alone.some((one) => path.startsWith(folderOf(name) + one)),
  );
}
