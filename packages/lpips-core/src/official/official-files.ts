/**
 * @module
 * The official weights files as data: their addresses, sizes, licences, and the sha256 that a file must have to be taken
 * for one. Torchvision publishes the first 8 hex digits in the names of its files; of SqueezeNet's file no more are known. The
 * LPIPS heads come from a pinned commit. What the files hold is pinned in `official-tensors.ts`.
 */
import type { NetName } from '../backbones/backbone.js';
import { checkOneOf } from '../check-options.js';
import { OFFICIAL_BACKBONES, type TensorDigests } from './official-tensors.js';

/** Nets whose weights are published elsewhere; `lite` ships inside lpips-core. */
export type OfficialNet = Exclude<NetName, 'lite'>;

/** Calibrations of the heads. */
export type HeadsVersion = '0.1' | '0.0';

/** The part of a published file that a net needs, as a safetensors file of its own, which holds the official tensors and nothing else. */
export interface Excerpt {
  /** Its name in the cache or a folder. */
  path: string;
  bytes: number;
  /** Of the whole excerpt. */
  sha256: string;
  /** The tensors that it holds, and their sha256. */
  tensors: TensorDigests;
}

/** One official file. */
export interface OfficialFile {
  net: OfficialNet;
  /** Torchvision's network, or the LPIPS heads on it. */
  part: 'backbone' | 'heads';
  /** Version of the heads. */
  version?: HeadsVersion;
  /** Path within the cache, a mirror, or a folder of weights, with `/`. */
  path: string;
  url: string;
  /** Hex digits that the file's sha256 begins with: 8 or all 64. */
  sha256: string;
  /** Size; for the backbone of squeeze it is approximate. */
  bytes: number;
  licence: string;
  /** The part of it that the net needs, which is downloaded alone where the server sends parts. */
  excerpt?: Excerpt;
}

/** The nets in the order in which they are tried where none is named. */
export const OFFICIAL_NETS: readonly OfficialNet[] = ['alex', 'vgg', 'squeeze'];

/** Versions of the heads, the default first. */
export const HEADS_VERSIONS: readonly HeadsVersion[] = ['0.1', '0.0'];

const TORCHVISION = 'https://download.pytorch.org/models';
const LPIPS_COMMIT = '082bb24f84c091ea94de2867d34c4544f68e0963';
const LPIPS = `https://raw.githubusercontent.com/richzhang/PerceptualSimilarity/${LPIPS_COMMIT}/lpips/weights`;

const ALEX_SHA256 = '7be5be791159472b1fbf3c69796f7cb30dca7ad8466c2df70058c37116cdee02';
const VGG_SHA256 = '397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0';

/** Every official file. */
export const OFFICIAL_FILES: readonly OfficialFile[] = [
  backbone('alex', 'alexnet-owt', ALEX_SHA256, 244_408_911, {
    bytes: 9_879_728,
    sha256: '4a6e561264b3e2a6fee7b7025cb0a133671085fb775917d07724857a71323427',
  }),
  backbone('vgg', 'vgg16', VGG_SHA256, 553_433_881, {
    bytes: 58_861_104,
    sha256: '5ef5a0e19b68577e5d267b10779671dc9a58b74e5bd4329bfa94de1140036502',
  }),
  backbone('squeeze', 'squeezenet1_1', 'b8a52dc0', 5_000_000, {
    bytes: 2_894_768,
    sha256: '6b011061e9f1229a5141372419cb517abf8cf9dc1a3a32cf07a23b09a727b23d',
  }),
  heads('alex', '0.1', 6009, 'df73285e35b22355a2df87cdb6b70b343713b667eddbda73e1977e0c860835c0'),
  heads('vgg', '0.1', 7289, 'a78928a0af1e5f0fcb1f3b9e8f8c3a2a5a3de244d830ad5c1feddc79b8432868'),
  heads('squeeze', '0.1', 10811, '4a5350f23600cb79923ce65bb07cbf57dca461329894153e05a1346bd531cf76'),
  heads('alex', '0.0', 5455, '18720f55913d0af89042f13faa7e536a6ce1444a0914e6db9461355ece1e8cd5'),
  heads('vgg', '0.0', 6735, 'b9e4236260c3dd988fc79d2a48d645d885afcbb21f9fd595e6744cf7419b582c'),
  heads('squeeze', '0.0', 10057, 'c27abd3a0145541baa50990817df58d3759c3f8154949f42af3b59b4e042d0bf'),
];

/**
 * The last convolution that a backbone needs. A file without it holds only a part of the network, whatever its name.
 */
export const DEEPEST_WEIGHT: Readonly<Record<OfficialNet, string>> = {
  alex: 'features.10.weight',
  squeeze: 'features.12.expand3x3.weight',
  vgg: 'features.28.weight',
};

/**
 * The files that a net needs: its backbone and, with `versions`, their heads.
 *
 * @throws LpipsError unless `net` is an official one
 */
export function officialFiles(
  net: OfficialNet,
  versions: readonly HeadsVersion[],
  files: readonly OfficialFile[] = OFFICIAL_FILES,
): OfficialFile[] {
  checkOneOf('officialFiles', 'net', net, OFFICIAL_NETS);
  return files.filter(
    (file) => file.net === net && (file.version === undefined || versions.includes(file.version)),
  );
}

function backbone(
  net: OfficialNet,
  name: string,
  sha256: string,
  bytes: number,
  pinned: Pick<Excerpt, 'bytes' | 'sha256'>,
): OfficialFile {
  const stem = `${name}-${sha256.slice(0, 8)}`;
  const path = `${stem}.pth`;
  const licence = 'BSD-3-Clause (torchvision)';
  const excerpt = { path: `${stem}.features.safetensors`, ...pinned, tensors: OFFICIAL_BACKBONES[net] };
  return { net, part: 'backbone', path, url: `${TORCHVISION}/${path}`, sha256, bytes, licence, excerpt };
}

function heads(net: OfficialNet, version: HeadsVersion, bytes: number, sha256: string): OfficialFile {
  const path = `v${version}/${net}.pth`;
  const licence = 'BSD-2-Clause (richzhang/PerceptualSimilarity)';
  return { net, part: 'heads', version, path, url: `${LPIPS}/${path}`, sha256, bytes, licence };
}
