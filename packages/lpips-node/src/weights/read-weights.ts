/**
 * @module
 * Weights from a file on disk.
 */
import { access, constants, stat } from 'node:fs/promises';
import { cannot, checkOptions, checkText, invalid } from 'lpips-core';
import {
  type NetworkContent,
  parseNetwork,
  parseWeights,
  type WeightsFileContent,
} from 'lpips-core/weights-files';
import { codeOf, firstLine } from '../errors/foreign-error.js';
import { FileSource } from './file-source.js';

/**
 * Reads a safetensors or PyTorch file (zip or legacy). Of a PyTorch file, only the wanted tensors are loaded.
 *
 * @param options.filter which tensors are wanted, by name. Default: all
 * @throws LpipsError where the file is missing, unreadable, damaged, of no known format, or names anything but tensors
 */
export async function readWeights(
  path: string,
  options: { filter?: (name: string) => boolean } = {},
): Promise<WeightsFileContent> {
  checkOptions('readWeights', options, ['filter']);
  await checkWeightsFile(path);
  return await FileSource.use(path, (file) => parseWeights(file, options));
}

/**
 * Reads what a file holds of a network, in any layout that people have, under the names that `Lpips.fromWeights` takes:
 * torchvision's convolutions, the whole network or the heads of Python's `lpips.LPIPS`, torchmetrics', and what
 * `bapps train` writes; inside of `state_dict`, `model` or `network`; with `module.` or `_orig_mod.` before the names.
 *
 * @returns float32 weights, and in `leftOut` the name of everything else in the file
 * @throws LpipsError as `readWeights`, and where the file holds two networks, or one with another scaling layer
 */
export async function readNetwork(path: string): Promise<NetworkContent> {
  await checkWeightsFile(path);
  return await FileSource.use(path, parseNetwork);
}

/** @throws LpipsError where there is no file, or it cannot be read, or it is empty */
export async function checkWeightsFile(path: string): Promise<void> {
  checkText('readWeights', 'path', path);
  const requirement = 'a weights file';
  const stats = await stat(path).catch((error: unknown) => {
    const code = codeOf(error);
    const isMissing = code === 'ENOENT' || code === 'ENOTDIR';
    const why = isMissing ? 'there is no such file' : `the system reports ${code ?? firstLine(error)}`;
    throw cannot('readWeights', `read ${path}`, why, isMissing ? 'Check the path.' : '');
  });
  if (stats.isDirectory()) throw invalid('readWeights', requirement, path, 'a folder', 'Name a file in it.');
  if (!stats.isFile()) throw invalid('readWeights', requirement, path, 'a device', 'Name a file.');
  if (stats.size === 0) {
    throw invalid('readWeights', requirement, path, 'an empty file', 'Fetch or copy it again.');
  }
  await access(path, constants.R_OK).catch(() => {
    throw cannot('readWeights', `read ${path}`, 'there is no permission', 'Check its permissions.');
  });
}
