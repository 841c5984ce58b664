/**
 * @module
 * The page: four tabs, and below them how it is measured.
 */
import { CompareView } from './compare/compare-view.js';
import { DistortView } from './distort/distort-view.js';
import { find } from './dom.js';
import { startEngine } from './engine.js';
import { showFooter } from './footer.js';
import { InstrumentBar } from './instrument-bar.js';
import { NearestView } from './nearest/nearest-view.js';
import { keepForOffline } from './offline.js';
import { makeTabs } from './tabs.js';
import { TrainView } from './train/train-view.js';
import { isWeightsFile } from './weights-files.js';

const engine = startEngine((reason) => bar.fail(reason, true));
const bar = new InstrumentBar(
  find(document, '#measured', HTMLDetailsElement),
  find(document, '#notice', HTMLElement),
  engine,
);
const compare = new CompareView(find(document, '#compare', HTMLElement), engine, bar);
const distort = new DistortView(find(document, '#distort', HTMLElement), engine, bar);
const nearest = new NearestView(find(document, '#nearest', HTMLElement), engine, bar);
const train = new TrainView(find(document, '#train', HTMLElement), bar);

showFooter(find(document, '#footer', HTMLElement), keepForOffline());
makeTabs(find(document, '[role=tablist]', HTMLElement), (id) => {
  if (id === 'distort') distort.open();
  if (id === 'nearest') nearest.open();
  if (id === 'train') train.open();
});
document.addEventListener('paste', (event) => take(event.clipboardData));
// The browser would otherwise open a file that is dropped beside a slot in place of the page.
document.addEventListener('dragover', (event) => event.preventDefault());
document.addEventListener('drop', (event) => {
  if (event.defaultPrevented) return;
  event.preventDefault();
  take(event.dataTransfer);
});
await bar.start();

/** Gives pasted or dropped pictures to the open tab, and weights to the instrument. */
function take(data: DataTransfer | null): void {
  const all = [...(data?.files ?? [])];
  const weights = all.filter(isWeightsFile);
  if (weights.length > 0) void bar.addWeights(weights);
  const files = all.filter((file) => !isWeightsFile(file));
  if (files.length === 0) return;
  if (!find(document, '#compare', HTMLElement).hidden) compare.take(files);
  else if (!find(document, '#distort', HTMLElement).hidden) distort.take(files);
  else if (!find(document, '#nearest', HTMLElement).hidden) nearest.take(files);
  else train.refuse();
}
