/**
 * @module
 * What judges the pictures. HaarPSI, SSIM and PSNR need no weights, and no loss here contains them. Where official weights are at
 * hand, LPIPS judges too, with nets that no loss here contains. Otherwise the net in the loss is asked as well, and the page
 * says that it flatters what it taught.
 */
import { type Tensor, type Tensor4D, tidy } from '@tensorflow/tfjs';
import { rastersOf } from 'example-harness/rasters';
import { at, type Lpips, type NetName } from 'lpips-core';
import { listWeights, loadLpips } from 'lpips-node';
import { haarPsi, psnr, ssim } from 'lpips-pictures';

/** The metrics that judge a picture. */
export interface Judges {
  /** Never empty; the first one also judges on the way. */
  readonly nets: readonly Lpips[];
  /** Whether these are other nets than the one in the loss. */
  readonly isIndependent: boolean;
}

/** How close a picture came to its original. */
export interface Verdict {
  /** by the judges, in their order */
  readonly lpips: readonly number[];
  readonly haarPsi: number;
  readonly psnr: number;
  readonly ssim: number;
}

/** The quickest first, which also judges on the way. */
const CANDIDATES = ['squeeze', 'alex', 'vgg'] as const;

/**
 * Loads the judges of a training with `teacher`; nothing is downloaded.
 *
 * @param weightsDir folder of weights files, before the cache
 */
export async function loadJudges(teacher: Lpips, weightsDir: string | undefined): Promise<Judges> {
  const place = weightsDir === undefined ? {} : { weightsDir };
  const rows = await listWeights(place);
  const isAtHand = (net: NetName) =>
    (['backbone', 'heads'] as const).every((part) =>
      rows.some(
        (row) =>
          row.net === net && row.part === part && row.path !== undefined && (row.version ?? '0.1') === '0.1',
      ),
    );
  const nets: Lpips[] = [];
  for (const net of CANDIDATES) {
    if (net !== teacher.net && isAtHand(net)) nets.push(await loadLpips({ net, offline: true, ...place }));
  }
  return nets.length > 0 ? { nets, isIndependent: true } : { nets: [teacher], isIndependent: false };
}

/** The judge that is asked on the way, when only a curve is drawn. */
export function quickestOf({ nets }: Judges): Pick<Judges, 'nets'> {
  return { nets: nets.slice(0, 1) };
}

/** The judges that no training has seen, in a sentence: `squeeze, alex and vgg`, or `HaarPSI`. */
export function namesOf({ nets, isIndependent }: Judges): string {
  return isIndependent ? new Intl.ListFormat('en-GB').format(nets.map(({ net }) => net)) : 'HaarPSI';
}

/** Disposes the judges, except the net in the loss. */
export function dismiss({ nets, isIndependent }: Judges): void {
  if (isIndependent) for (const net of nets) net.dispose();
}

/**
 * Judges pictures as an 8-bit file would hold them.
 *
 * @param images, references `[batch, height, width, 3]`, in [-1, 1], both rounded to 8 bits
 */
export async function judge(
  { nets }: Pick<Judges, 'nets'>,
  images: Tensor4D,
  references: Tensor4D,
): Promise<Verdict[]> {
  const distances = await Promise.all(nets.map((net) => valuesOf(() => net.distance(images, references))));
  const [pictures, originals] = [await rastersOf(images), await rastersOf(references)];
  return pictures.map((picture, index) => {
    const original = at(originals, index);
    return {
      lpips: distances.map((values) => at(values, index)),
      haarPsi: haarPsi(picture, original),
      psnr: psnr(picture, original),
      ssim: ssim(picture, original),
    };
  });
}

/** Means of verdicts, measure by measure. */
export function meanVerdict(verdicts: readonly Verdict[]): Verdict {
  const over = (of: (verdict: Verdict) => number) =>
    verdicts.reduce((sum, verdict) => sum + of(verdict), 0) / verdicts.length;
  return {
    lpips: at(verdicts, 0).lpips.map((_, net) => over(({ lpips }) => at(lpips, net))),
    haarPsi: over((verdict) => verdict.haarPsi),
    psnr: over(({ psnr }) => psnr),
    ssim: over(({ ssim }) => ssim),
  };
}

async function valuesOf(work: () => Tensor): Promise<Float32Array> {
  const result = tidy(work);
  const values = await result.data<'float32'>();
  result.dispose();
  return values;
}
