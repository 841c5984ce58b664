export { DISTORTIONS } from './distortions.js';
export { type EncodedPicture, encodeHeat, encodeLevels, encodePicture } from './encode-picture.js';
export {
  type DistortOptions,
  distortAtRandom,
  distortBy,
  drawStrength,
  type Family,
  HELD_OUT_FAMILIES,
  TRADITIONAL_FAMILIES,
  TRAINING_FAMILIES,
  UNSEEN_FAMILIES,
} from './families.js';
export { type Area, drawHeatMap, heatPixels, mapTitle } from './heat-map.js';
export { type CaptionedPicture, drawSideBySide } from './side-by-side.js';
