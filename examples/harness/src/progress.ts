/**
 * @module
 * Work that has several parts: the name of each as it begins, and a bar with the time left while it goes on.
 */
import { type Progress, startProgress, type Terminal } from 'lpips-node/command-line';

/** Shows how far the work is. */
export interface Parts {
  /**
   * Says how much of a part is done. The first call for a part ends the one before.
   *
   * @param note what else there is to see, such as the present loss
   */
  update(part: string, done: number, total: number, note?: string): void;
  /** Begins a part of `total` pieces. Each call of the returned function says that one more piece is done. */
  begin(part: string, total: number): () => void;
  /** Takes the last bar away. */
  end(): void;
}

/**
 * @param unit what is counted
 * @param rate also shows how many of them a second
 */
export function tellParts(
  terminal: Terminal,
  { unit = 'done', rate = false }: { readonly unit?: string; readonly rate?: boolean } = {},
): Parts {
  let current: { readonly part: string; readonly progress: Progress } | undefined;
  const parts: Parts = {
    update(part, done, total, note) {
      if (part !== current?.part) {
        current?.progress.stop();
        terminal.out(`${part}\n`);
        current = { part, progress: startProgress(terminal, part, total, { unit, rate }) };
      }
      current.progress.update(done, total, note);
    },
    begin(part, total) {
      let done = 0;
      parts.update(part, done, total);
      return () => parts.update(part, ++done, total);
    },
    end: () => current?.progress.stop(),
  };
  return parts;
}
