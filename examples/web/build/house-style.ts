/**
 * @module
 * The style sheet that the pages of this project share. It goes into the head, so that the page is never shown unstyled.
 */
import { STYLE } from 'lpips-pictures/page';
import type { Plugin } from 'vite';

export function houseStyle(): Plugin {
  return {
    name: 'house-style',
    transformIndexHtml: () => [{ tag: 'style', children: STYLE.toString(), injectTo: 'head-prepend' }],
  };
}
