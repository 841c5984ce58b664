/**
 * @module
 * The style sheet that this project's pages share, put into the page's head, so that nothing flashes unstyled.
 */
import { STYLE } from 'lpips-pictures/page';
import type { Plugin } from 'vite';

export function houseStyle(): Plugin {
  return {
    name: 'house-style',
    transformIndexHtml: () => [{ tag: 'style', children: STYLE.toString(), injectTo: 'head-prepend' }],
  };
}
