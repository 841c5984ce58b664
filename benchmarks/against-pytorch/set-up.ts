/**
 * @module
 * The PyTorch side, set up outside the repository: a virtual environment in the cache folder with `lpips` 0.1.4.
 * `LPIPS_PYTHON` names an interpreter that has it already.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { weightsCacheDir } from 'lpips-node';

/** OpenCV reads the files in lpips's `load_image`. */
const PACKAGES = ['lpips==0.1.4', 'torch', 'torchvision', 'opencv-python-headless'];

/**
 * glibc's allocator returns large blocks to the system at once, and PyTorch asks for them again at every step: page
 * faults then halve its speed. With these it keeps them, as it deserves in a comparison.
 */
export const PYTORCH_ENVIRONMENT = {
  MALLOC_MMAP_THRESHOLD_: '4294967296',
  MALLOC_TRIM_THRESHOLD_: '8589934592',
};

/** Path of a Python that can `import lpips`; installs it (several GB) at the first call. */
export function pythonWithLpips(print: (line: string) => void): string {
  const given = process.env['LPIPS_PYTHON'];
  if (given) return given;
  const folder = join(weightsCacheDir(), '..', 'pytorch');
  const python = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  const isReady = existsSync(python) && canImport(python);
  if (isReady) return python;
  print(`Installing ${PACKAGES.join(', ')} in ${folder}: several GB, once.`);
  mkdirSync(folder, { recursive: true });
  execFileSync('python3', ['-m', 'venv', folder], { stdio: 'inherit' });
  execFileSync(python, ['-m', 'pip', 'install', '--quiet', ...PACKAGES], { stdio: 'inherit' });
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
