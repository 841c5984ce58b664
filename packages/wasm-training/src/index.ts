export { WasmTrainingError } from './errors.js';
export { registerWasmTraining, unregisterWasmTraining } from './register.js';
