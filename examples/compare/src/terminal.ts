/**
 * @module
 * Progress in the terminal: a bar where there is one, plain lines where the output goes to a file or a log.
 */
import { Presets, SingleBar } from 'cli-progress';

export interface Progress {
  /** what is being done; called again, it begins the next part */
  begin(part: string, steps: number): void;
  advance(): void;
  end(): void;
}

/** A progress display for a stream, made for what the stream is. */
export function terminalProgress(stream: NodeJS.WriteStream): Progress {
  return stream.isTTY ? barProgress(stream) : lineProgress((line) => stream.write(`${line}\n`));
}

/** One line as each part begins. */
export function lineProgress(print: (line: string) => void): Progress {
  return {
    begin: (part, steps) => print(`${part} (${steps} steps)`),
    advance: () => undefined,
    end: () => undefined,
  };
}

function barProgress(stream: NodeJS.WriteStream): Progress {
  let bar: SingleBar | undefined;
  const end = () => {
    bar?.stop();
    bar = undefined;
  };
  return {
    begin(part, steps) {
      end();
      bar = new SingleBar(
        {
          stream,
          format: `${part.padEnd(44)} {bar} {percentage} %  {eta_formatted}`,
          hideCursor: true,
          barsize: 24,
        },
        Presets.shades_classic,
      );
      bar.start(steps, 0);
    },
    advance: () => bar?.increment(),
    end,
  };
}
