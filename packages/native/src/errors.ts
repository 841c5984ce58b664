/**
 * @module
 * Errors. The error of a refused argument reads
 * `<function>: expected <requirement> for <argument>, got <value>. <What to do.>`,
 * and that of a fault of the environment `<function>: cannot <what>: <why>. <What to do.>`
 */

/**
 * Why something did not work: an argument is wrong, this machine cannot do it (a tool is missing, there is no network
 * or no library for the platform), or something failed that may succeed another time.
 */
export type NativeFault = 'wrong argument' | 'impossible here' | 'failed';

/** One text, or two where a function's options and a command's flags go by different names. */
export type Wording = string | { readonly inCode: string; readonly inCommand: string };

/** Anything a caller can mend: a wrong argument, a missing tool, a full disk. Its message is one clear sentence. */
export class NativeError extends Error {
  override readonly name = 'NativeError';
  readonly #inCommand: string;

  /**
   * @param where function that fails, as its caller knows it
   * @param sentence what is wrong, without a full stop
   * @param advice what to do about it: whole sentences, with their full stop
   */
  constructor(
    where: string,
    sentence: Wording,
    readonly fault: NativeFault,
    advice: Wording = '',
  ) {
    const text = (name: string, audience: 'inCode' | 'inCommand') => {
      const said = (wording: Wording) => (typeof wording === 'string' ? wording : wording[audience]);
      return `${name}: ${said(sentence)}. ${said(advice)}`.trimEnd();
    };
    super(text(where, 'inCode'));
    this.#inCommand = text('', 'inCommand');
  }

  /**
   * The message as a command gives it: under its own name, and with its flags in the place of the function's options.
   */
  asCommand(name: string): string {
    return name + this.#inCommand;
  }
}

/** Builds the error of a refused argument. Commands have a flag of the same name. */
export function invalid(
  where: string,
  requirement: string,
  argument: string,
  got: string,
  advice: Wording = '',
): NativeError {
  const sentence = (name: string) => `expected ${requirement} for ${name}, got ${got}`;
  const wording = { inCode: sentence(argument), inCommand: sentence(`--${argument}`) };
  return new NativeError(where, wording, 'wrong argument', advice);
}

/** Builds the error of a fault of the environment. */
export function cannot(
  where: string,
  what: string,
  why: string,
  advice: Wording = '',
  fault: NativeFault = 'failed',
): NativeError {
  return new NativeError(where, `cannot ${what}: ${why}`, fault, advice);
}
