/**
 * @module
 * Files on servers, whole or by HTTP ranges, over networks that break off.
 */
export {
  BrokenOffError,
  DownloadError,
  type RequestOptions,
  type RequestSettings,
  requestSettings,
  validatorOf,
  withAttempts,
  withResponse,
} from './remote-files/patient-request.js';
export { NoRangesError, UrlSource } from './remote-files/url-source.js';
