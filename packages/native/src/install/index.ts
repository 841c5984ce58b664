export { NativeError, type NativeFault } from '../errors.js';
export { describeInstall, describeRemoval, STEP_LABELS } from './describe.js';
export {
  type InstallOptions,
  type InstallOutcome,
  type InstallProgress,
  installNative,
} from './install-native.js';
export type { NativeInstall } from './install-record.js';
export { type NativeStatus, nativeStatus } from './native-status.js';
export { type RemoveOutcome, removeNative } from './remove-native.js';
