/** The configuration of vitest for the sample that is a test, in the place of that of this repository. */
export default { test: { testTimeout: 240_000 } };
