/**
 * @module
 * Sets up the PyTorch side outside the repository: a virtual environment in the cache folder with `lpips` 0.1.4.
 * `LPIPS_PYTHON` can name an interpreter that has it already.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { cannot, invalid } from 'lpips-core';
import { weightsCacheDir } from 'lpips-node';

/** `lpips.load_image` needs OpenCV. */
const PACKAGES = ['lpips==0.1.4', 'torch', 'torchvision', 'opencv-python-headless'];

/**
 * glibc's allocator returns large blocks to the system at once, and PyTorch asks for them again at every step. The page
 * faults halve its speed. With these variables the allocator keeps the blocks, which makes the comparison fair.
 */
export const PYTORCH_ENVIRONMENT = {
  MALLOC_MMAP_THRESHOLD_: '4294967296',
  MALLOC_TRIM_THRESHOLD_: '8589934592',
};

/**
 * Path of a Python that can `import lpips`. The first call installs it, several GB.
 *
 * @throws LpipsError where it cannot be installed, or `LPIPS_PYTHON` names a Python without it
 */
export function pythonWithLpips(print: (line: string) => void): string {
  const given = process.env['LPIPS_PYTHON'];
  if (given) {
    if (canImport(given)) return given;
    const advice = `Install ${PACKAGES.join(' ')} for it, or unset LPIPS_PYTHON.`;
    throw invalid('pythonWithLpips', 'a Python that can import lpips and cv2', 'LPIPS_PYTHON', given, advice);
  }
  const folder = join(weightsCacheDir(), '..', 'pytorch');
  const python = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  if (existsSync(python) && canImport(python)) return python;
  print(`Installing ${PACKAGES.join(', ')} in ${folder}: several GB, once.`);
  mkdirSync(folder, { recursive: true });
  try {
    execFileSync('python3', ['-m', 'venv', folder], { stdio: 'inherit' });
    execFileSync(python, ['-m', 'pip', 'install', '--quiet', ...PACKAGES], { stdio: 'inherit' });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const advice = 'Name a Python that has it in LPIPS_PYTHON.';
    throw cannot('pythonWithLpips', 'install lpips for Python', why, advice);
  }
  return python;
}

function canImport(python: string): boolean {
  try {
    execFileSync(python, ['-c', 'import lpips, cv2'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
