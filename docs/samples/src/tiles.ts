import { loadLpips, openTiles, readImage, selectBackend } from 'lpips-node';

await selectBackend('wasm');
const lpips = await loadLpips({ net: 'lite' });

// #region files
const [image, reference] = [await openTiles('restored.png'), await openTiles('original.png')];
const { distance } = await lpips.compareSources(image, reference, {
  tiles: { side: 64 }, // 'auto', the default, tiles what memory does not hold
  onTile: (done, total) => console.log(`${done} of ${total}`),
  signal: AbortSignal.timeout(600_000),
});
// #endregion files
console.log(distance);

// #region tensors
const whole = lpips.distance(await readImage('restored.png'), await readImage('original.png'), {
  tiles: 'auto',
});
// #endregion tensors
console.log((await whole.data())[0]);
