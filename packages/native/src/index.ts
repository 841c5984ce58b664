export { NativeError, type NativeFault } from './errors.js';
export { findNative, loadNative, type NativePackage } from './load-native.js';
export { DEFAULT_TENSORFLOW, type Device } from './native-platform.js';
export { type NativeAttempt, type StartedNative, startNative, useNative } from './use-native.js';
