/**
 * @module
 * A reporter beside the default one, which only counts what was skipped: names each skipped suite and test at the end
 * of the run, and with its name the reason.
 */
import type { Reporter, TestModule } from 'vitest/node';

/** Makes the reporter. */
export function reportSkipped(): Reporter {
  return {
    onTestRunEnd(modules) {
      const lines = modules.flatMap((module) =>
        namesOfSkipped(module).map((name) => `skipped: ${module.relativeModuleId}: ${name}\n`),
      );
      process.stdout.write(lines.join(''));
    },
  };
}

/** Full names; of a suite that is skipped as a whole its own alone. */
function namesOfSkipped({ children }: TestModule): string[] {
  const suites = [...children.allSuites()].filter(({ options }) => options.mode === 'skip');
  const tests = [...children.allTests('skipped')].filter(
    ({ options, parent }) =>
      options.mode === 'skip' && (parent.type === 'module' || parent.options.mode !== 'skip'),
  );
  return [...suites, ...tests].map(({ fullName }) => fullName);
}
