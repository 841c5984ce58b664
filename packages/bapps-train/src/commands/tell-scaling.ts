/**
 * @module
 * The note about images of another size than the network is given: one line, once.
 */
import type { Terminal } from 'lpips-node/command-line';
import { scalingNote } from '../extraction/read-patch.js';

/** Remembers the first image that was scaled, and tells of it when no progress bar is in the way. */
export class ScalingNote {
  #side: number | undefined;

  /** For options of this name. */
  readonly onScaled = (side: number): void => {
    this.#side ??= side;
  };

  /** @param size to which images were scaled */
  tell(terminal: Terminal, size: number, quiet: boolean): void {
    if (this.#side !== undefined && !quiet) terminal.error(`bapps: ${scalingNote(this.#side, size)}\n`);
  }
}
