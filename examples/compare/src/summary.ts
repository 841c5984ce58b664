/**
 * @module
 * What the demo found, in a few lines for the terminal.
 */
import type { DemoResult } from './demo.js';
import { LOSSES } from './pixel-descent.js';
import { agreement } from './rank-distortions.js';

/** Lines without a closing line break. */
export function summarize({ net, version, backend, rankings, disagreements, moving }: DemoResult): string {
  const note = net === 'lite' ? ' (the project’s own small network, not a published LPIPS number)' : '';
  const share = (metric: 'psnr' | 'ssim') => `${Math.round(100 * agreement(rankings, metric, 'lpips'))} %`;
  const [widest] = disagreements;
  const lines = [
    '',
    `Net ${net}, version ${version}, backend ${backend}${note}.`,
    `LPIPS and PSNR order two distortions alike in ${share('psnr')} of all pairs, LPIPS and SSIM in ${share('ssim')}.`,
  ];
  if (widest) {
    const { ranking, metric, metricsChoice, lpipsChoice } = widest;
    lines.push(
      `Widest disagreement (${ranking.photograph.title}): ${metric.toUpperCase()} prefers “${metricsChoice.distortion.name}”, LPIPS “${lpipsChoice.distortion.name}”.`,
    );
  }
  for (const { loss, frames, ssim } of moving.descents) {
    const last = frames.at(-1);
    if (!last) continue;
    const name = LOSSES[loss].name.padEnd(10);
    lines.push(
      `Descent with ${name}  LPIPS ${last.lpips.toFixed(3)}  SSIM ${ssim.toFixed(3)}  PSNR ${last.psnr.toFixed(2)} dB`,
    );
  }
  return lines.join('\n');
}
