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

const everything = { ...core, ...browser, tf };

declare global {
  var lab: typeof everything;
}

globalThis.lab = everything;
