import { loadLpips, readImage, selectBackend } from 'lpips-node';

await selectBackend('auto');
const lpips = await loadLpips({ net: 'lite' });
const distance = lpips.distance(await readImage('restored.png'), await readImage('original.png'));
console.log((await distance.data())[0]);
