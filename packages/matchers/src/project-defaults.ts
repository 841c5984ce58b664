/**
 * @module
 * Options that hold for every matcher of a project, unless the call states its own.
 */
import { checkLookOptions } from './look-options.js';
import type { LookOptions, SnapshotOptions } from './matcher-types.js';

let defaults: SnapshotOptions = {};

/**
 * Sets the options of all matchers, in the setup file of vitest or jest. They replace those of an earlier call.
 *
 * @throws LpipsError as a matcher with these options
 */
export function configurePerceptual(options: SnapshotOptions): void {
  checkLookOptions('configurePerceptual', options, ['snapshotDir']);
  defaults = { ...options };
}

/** Options of `toLookLike` over those of the project. */
export function lookOptions(options: LookOptions | undefined): LookOptions {
  const { snapshotDir: _, ...look } = defaults;
  return overProject(options, look);
}

/** The same for `toMatchPerceptualSnapshot`. */
export function snapshotOptions(options: SnapshotOptions | undefined): SnapshotOptions {
  return overProject(options, defaults);
}

/** Options of a call over those of a project. What is no object is left to the matcher, which refuses it. */
export function overProject<Options extends object>(options: Options | undefined, project: Options): Options {
  if (options === undefined) return project;
  if (typeof options !== 'object' || options === null || Array.isArray(options)) return options;
  const stated = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...project, ...Object.fromEntries(stated) };
}
