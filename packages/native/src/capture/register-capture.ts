/**
 * @module
 * Gives the backend its recorder of steps (tfjs-fused-training says what it is for): a recorded step becomes a function of
 * TensorFlow, which runs as one operation.
 */
import { engine } from '@tensorflow/tfjs-core';
import {
  registerStepRecorder,
  type Source,
  type StepProgram,
  type StepRecorder,
  type StepRecording,
} from 'tfjs-fused-training';
import { BACKEND, isNativeBackend, type NativeBackend } from '../kernels/tensorflow-operation.js';
import type { Device } from '../native-platform.js';
import { addFunction, callFunction, removeFunction } from './binding-commands.js';
import { functionDefinition } from './function-definition.js';
import { OperationDefinitions } from './operation-definition.js';
import { NativeRecording, type RecordableBackend } from './step-recording.js';

/**
 * To be called once the backend is registered. It does nothing where the binding has no commands for functions, such as
 * tfjs-node's own, and for GPUs, on which no captured step has run yet.
 */
export function registerCapture(device: Device): void {
  const backend = engine().findBackend(BACKEND);
  if (device !== 'cpu' || !isNativeBackend(backend) || !isRecordable(backend) || !hasCommands(backend))
    return;
  registerStepRecorder(backend, new NativeRecorder(backend));
}

class NativeRecorder implements StepRecorder {
  readonly #backend: RecordableBackend;
  readonly #definitions: OperationDefinitions;
  #functions = 0;

  constructor(backend: RecordableBackend) {
    this.#backend = backend;
    this.#definitions = new OperationDefinitions(backend.binding);
  }

  start(): NativeRecording {
    return new NativeRecording(this.#backend);
  }

  compile(recording: StepRecording, inputs: readonly Source[], outputs: readonly Source[]): StepProgram {
    if (!(recording instanceof NativeRecording)) throw new Error('the recording is of another backend');
    const name = `LpipsStep${this.#functions++}`;
    const backend = this.#backend;
    addFunction(backend.binding, functionDefinition(name, recording, inputs, outputs, this.#definitions));
    return {
      run(given) {
        const ids = backend.getInputTensorIds(given.map((dataId) => ({ dataId })));
        return callFunction(backend.binding, name, ids, outputs.length).map((made) =>
          backend.createOutputTensor(made),
        );
      },
      dispose: () => removeFunction(backend.binding, name),
    };
  }
}

function isRecordable(backend: NativeBackend): backend is RecordableBackend {
  return ['binding', 'tensorMap', 'getInputTensorIds', 'createOutputTensor'].every((name) => name in backend);
}

/** tfjs-node's own binding has none. */
function hasCommands({ binding }: RecordableBackend): boolean {
  try {
    return new OperationDefinitions(binding).of('Relu').outputs.length === 1;
  } catch {
    return false;
  }
}
