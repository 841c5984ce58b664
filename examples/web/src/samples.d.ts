/** Made by build/sample-pictures.ts. */
declare module 'virtual:samples' {
  /** A photograph with its margin. */
  export interface Photograph {
    readonly id: string;
    readonly title: string;
    readonly author: string;
    readonly year: string;
    readonly description: string;
    readonly packageName: string;
    readonly source: string;
    readonly url: string;
  }

  /** Two pictures to compare. */
  export interface Pair {
    readonly id: string;
    readonly name: string;
    readonly image: string;
    readonly reference: string;
  }

  export const LICENCE: string;
  /** Pixels around each photograph; distortions that move the picture draw from them. */
  export const MARGIN: number;
  export const PHOTOGRAPHS: readonly Photograph[];
  export const PAIRS: readonly Pair[];
}
