/**
 * @module
 * The whole suite on one program: every case of the chosen nets, and the properties of the first metric.
 */
import { checkCase } from './check-cases.js';
import { checkProperties } from './check-properties.js';
import type { Program } from './subject.js';
import { CONFORMANCE_NETS, type ConformanceNet, readSuite, type Suite } from './suite.js';
import { notOffered, type Verdict } from './verdict.js';

/** What to run. */
export interface SuiteOptions {
  /** Default: all. */
  readonly nets?: readonly ConformanceNet[];
  /** Default: that of this package. */
  readonly suite?: Suite;
  /** Called with each verdict. */
  readonly onVerdict?: (verdict: Verdict) => void;
}

/**
 * Runs the suite on a program.
 *
 * @returns the verdicts: those of the cases, then those of the properties
 * @throws what the program throws
 */
export async function runSuite(
  program: Program,
  { nets = CONFORMANCE_NETS, suite = readSuite(), onVerdict = () => undefined }: SuiteOptions = {},
): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  const report = (news: readonly Verdict[]) => {
    verdicts.push(...news);
    news.forEach(onVerdict);
  };
  const cases = suite.cases.filter(({ net }) => nets.includes(net));
  for (const one of cases) {
    const subject = await program.open(one);
    report(subject ? await checkCase(subject, one, suite) : [notOffered(one.name)]);
    subject?.dispose?.();
  }
  for (const net of nets) {
    const subject = await program.open({ net, version: '0.1', linear: true });
    if (!subject) continue;
    report(await checkProperties(program, subject, suite));
    subject.dispose?.();
    break;
  }
  return verdicts;
}
