/**
 * @module
 * A page with everything at hand that tests call in it: `page.evaluate(() => lab.imageFrom(…))`.
 */
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-webgl';
import '@tensorflow/tfjs-backend-webgpu';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import * as core from 'lpips-core';
import * as browser from 'lpips-core/browser';

setWasmPaths('/wasm/');

/** A canvas whose upper left quarter is black, the rest transparent. */
function drawn(width: number, height: number): OffscreenCanvas {
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d')?.fillRect(0, 0, width / 2, height / 2);
  return canvas;
}

const everything = { ...core, ...browser, tf, drawn };

declare global {
  var lab: typeof everything;
}

globalThis.lab = everything;
