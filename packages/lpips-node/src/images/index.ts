export { type OpenImage, openImage } from './open-image.js';
