/**
 * @module
 * The platforms on which the native backend can be installed, and the wheel of TensorFlow that has the library for
 * each. A wheel for CPython 3.11 serves with any Python, since only its libraries and headers are used. Its sha256 is
 * pinned for the default version and for some others; the caller states that of any other.
 */
import { cannot } from './errors.js';
import { lacksAvx } from './processor.js';

/** The version of TensorFlow that is installed by default. */
export const DEFAULT_TENSORFLOW = '2.18.1';

/** Version of the npm packages that bring the binding. The lockfiles in `locks/` pin it and all that it needs. */
export const TFJS_NODE_VERSION = '4.22.0';

/** The package for each kind of device. */
export const NATIVE_PACKAGES = { cpu: '@tensorflow/tfjs-node', gpu: '@tensorflow/tfjs-node-gpu' } as const;

/** What to do where TensorFlow does not run. */
export const WASM_ADVICE = 'The wasm backend works everywhere.';

/** What TensorFlow computes on. */
export type Device = keyof typeof NATIVE_PACKAGES;

/** A wheel, as pip finds it. */
export interface Wheel {
  /** Name on the Python package index. */
  readonly distribution: string;
  /** Platform tags, best first. */
  readonly tags: readonly string[];
  /** sha256 by version. */
  readonly digests: Readonly<Record<string, string>>;
  /** Size of the default version. */
  readonly bytes: number;
}

/** How shared libraries are named and linked. */
export interface Linking {
  /** Names in the wheel. */
  readonly library: string;
  readonly framework: string;
  /** Names under which the linker looks for `-ltensorflow` and `-ltensorflow_framework`. */
  readonly libraryLink: string;
  readonly frameworkLink: string;
  /** Makes the binding look for its libraries beside itself, wherever the folder lies. */
  readonly flags: readonly string[];
}

/** A platform on which the native backend can be installed. */
export interface NativePlatform {
  /** As Node names it, such as `linux-x64`. */
  readonly name: string;
  readonly wheels: { readonly [Kind in Device]?: Wheel };
  readonly linking: Linking;
}

const LINUX: Linking = {
  library: 'libtensorflow_cc.so.2',
  framework: 'libtensorflow_framework.so.2',
  libraryLink: 'libtensorflow.so',
  frameworkLink: 'libtensorflow_framework.so',
  flags: ['-Wl,-rpath,$ORIGIN/../../deps/lib'],
};
const MAC: Linking = {
  library: 'libtensorflow_cc.2.dylib',
  framework: 'libtensorflow_framework.2.dylib',
  libraryLink: 'libtensorflow.dylib',
  frameworkLink: 'libtensorflow_framework.dylib',
  flags: ['-Wl,-rpath,@loader_path/../../deps/lib', '-undefined', 'dynamic_lookup'],
};
const LINUX_TAGS = (cpu: string) => [`manylinux_2_17_${cpu}`, `manylinux2014_${cpu}`];

const PLATFORMS: readonly NativePlatform[] = [
  {
    name: 'linux-x64',
    linking: LINUX,
    wheels: {
      cpu: {
        distribution: 'tensorflow-cpu',
        tags: LINUX_TAGS('x86_64'),
        digests: {
          [DEFAULT_TENSORFLOW]: '810c75d7149d2da0cb2092187817b0dcabb80728ca9f9cf3a61f3f42fadd1298',
          '2.17.1': '4935d35d15924602605c839cb6cd5a578f89f626d8736f62065fe3a089b63b6f',
          '2.19.1': '0b6d72bd09c267e7573757bd309f5b1e2cdb02577339991da751f3a1411e4dae',
          '2.20.0': 'cf756bbe2d256e942ab5d0ad2c858fb40017581494febdb4387c149b1afde780',
        },
        bytes: 230_236_181,
      },
      gpu: {
        distribution: 'tensorflow',
        tags: [...LINUX_TAGS('x86_64'), 'manylinux1_x86_64'],
        digests: { [DEFAULT_TENSORFLOW]: 'c9f87e5d2a680a4595f5dc30daf6bbaec9d4129b46d7ef1b2af63c46ac7d2828' },
        bytes: 615_510_377,
      },
    },
  },
  {
    name: 'linux-arm64',
    linking: LINUX,
    wheels: {
      cpu: {
        distribution: 'tensorflow',
        tags: LINUX_TAGS('aarch64'),
        digests: { [DEFAULT_TENSORFLOW]: '8a6485edd2148f70d011dbd1d8dc2c775e91774a5a159466e83d0d1f21580944' },
        bytes: 231_937_898,
      },
    },
  },
  {
    name: 'darwin-arm64',
    linking: MAC,
    wheels: {
      cpu: {
        distribution: 'tensorflow',
        tags: ['macosx_12_0_arm64'],
        digests: { [DEFAULT_TENSORFLOW]: '661029cd769b311db910b79a3a6ef50a5a61ecc947172228c777a49989722508' },
        bytes: 239_549_037,
      },
    },
  },
];

/** This machine as Node names it, with `-musl` where its C library is not glibc, and `without AVX`: the wheels need both. */
export function thisPlatform(): string {
  const name = `${process.platform}-${process.arch}`;
  if (lacksAvx()) return `${name} without AVX`;
  return process.platform === 'linux' && !hasGlibc() ? `${name}-musl` : name;
}

/**
 * @param name as `thisPlatform` gives it
 * @throws NativeError where TensorFlow has no library for it
 */
export function nativePlatform(name: string, device: Device): { platform: NativePlatform; wheel: Wheel } {
  const platform = PLATFORMS.find((known) => known.name === name);
  const wheel = platform?.wheels[device];
  if (platform !== undefined && wheel !== undefined) return { platform, wheel };
  const known = PLATFORMS.filter(({ wheels }) => wheels[device] !== undefined).map((each) => each.name);
  const what = device === 'gpu' ? 'install TensorFlow with CUDA' : 'install TensorFlow';
  const why = `there is no library of it for ${name}, only for ${known.join(', ')}`;
  throw cannot('installNative', what, why, WASM_ADVICE, 'impossible here');
}

function hasGlibc(): boolean {
  const report: unknown = process.report.getReport();
  if (typeof report !== 'object' || report === null || !('header' in report)) return true;
  const { header } = report;
  return typeof header === 'object' && header !== null && 'glibcVersionRuntime' in header;
}
