export { checkCase } from './check-cases.js';
export { checkProperties } from './check-properties.js';
export { type OwnProgramOptions, ownProgram, subjectOf } from './own-program.js';
export { type Formula, type Images, imagesOf, pictureOf } from './pictures.js';
export { runSuite, type SuiteOptions } from './run-suite.js';
export type { Program, Subject } from './subject.js';
export {
  type Answer,
  CONFORMANCE_NETS,
  type ConformanceCase,
  type ConformanceNet,
  type MetricSpec,
  type Result,
  readSuite,
  type Sampled,
  type Suite,
} from './suite.js';
export type { Verdict } from './verdict.js';
