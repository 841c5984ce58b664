/** Made by build/sample-pictures.ts. */
declare module 'virtual:samples' {
  /** A photograph with its margin. */
  export interface Photograph {
    readonly id: string;
    /** Author, title and year. */
    readonly caption: string;
    readonly publisher: string;
    readonly source: string;
    /** The package that brought it here, in words. */
    readonly via: string;
    readonly licence: string;
    readonly url: string;
  }

  /** Two pictures to compare. */
  export interface Pair {
    readonly id: string;
    readonly name: string;
    readonly image: string;
    readonly reference: string;
  }

  /** Pixels around each photograph; distortions that move the picture draw from them. */
  export const MARGIN: number;
  export const PHOTOGRAPHS: readonly Photograph[];
  export const PAIRS: readonly Pair[];
}
