export { findNative, loadNative, type NativePackage } from './load-native.js';
export { DEFAULT_TENSORFLOW, type Device } from './native-platform.js';
