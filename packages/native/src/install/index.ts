export { NativeError } from '../errors.js';
export {
  type InstallOptions,
  type InstallOutcome,
  type InstallProgress,
  installNative,
  type NativeInstall,
  removeNative,
} from './install-native.js';
