/**
 * @module
 * The choice of a TensorFlow.js backend: by name, or the best that is installed and starts.
 */
import { ready, setBackend } from '@tensorflow/tfjs-core';
import { cannot, invalid, kindOf } from 'lpips-core';
import { type Attempt, type BackendName, CANDIDATES, type Demands, tryCandidate } from './candidates.js';

/** A backend, or `auto`: tfjs-node-gpu, WebGPU on a GPU, tfjs-node, WASM, whichever comes first and works. */
export type BackendChoice = 'auto' | BackendName;

/** Every choice. */
export const BACKEND_CHOICES: readonly BackendChoice[] = ['auto', 'tensorflow', 'webgpu', 'wasm', 'cpu'];

/** The backend that was taken, and the attempts in their order. The last attempt is the one that was taken. */
export interface SelectedBackend {
  readonly name: BackendName;
  readonly tried: readonly Attempt[];
}

/** A candidate as `lpips backend list` shows it. */
export interface BackendState extends Attempt {
  readonly state: 'ready' | 'failed' | 'not installed' | 'not tried';
  /** What `auto` takes. */
  readonly chosen: boolean;
}

const UNASKED: Demands = { acceptsCpu: false, checksGpu: true };
const BY_NAME: Demands = { acceptsCpu: true, checksGpu: false };
const LISTED: Demands = { acceptsCpu: true, checksGpu: true };

/** Settled once no choice is under way: a backend that starts while another does makes the other fail. */
let lastChoice: Promise<unknown> = Promise.resolve();

/** Runs `choose` after the choices that began earlier. */
async function inTurn<T>(choose: () => Promise<T>): Promise<T> {
  const turn = lastChoice.then(choose);
  lastChoice = turn.catch(() => undefined);
  return await turn;
}

/**
 * Makes a backend TensorFlow.js's current one, loading the package that brings it. Calls at the same time are served one
 * after the other, so that the backend of the last one remains.
 *
 * @param choice default `auto`
 * @throws LpipsError where no such backend works, with the reason for each that was tried
 */
export async function selectBackend(choice: BackendChoice = 'auto'): Promise<SelectedBackend> {
  if (!BACKEND_CHOICES.includes(choice)) {
    throw invalid('selectBackend', `one of ${BACKEND_CHOICES.join(', ')}`, 'backend', kindOf(choice));
  }
  return await inTurn(() => startFirst(choice));
}

async function startFirst(choice: BackendChoice): Promise<SelectedBackend> {
  const candidates = CANDIDATES.filter(({ backend, automatic }) =>
    choice === 'auto' ? automatic : backend === choice,
  );
  const tried: Attempt[] = [];
  for (const candidate of candidates) {
    const attempt = await tryCandidate(candidate, choice === 'auto' ? UNASKED : BY_NAME);
    tried.push(attempt);
    if (attempt.ok) {
      await ready();
      return { name: attempt.backend, tried };
    }
  }
  const reasons = tried
    .map(({ name, reason = 'unknown' }) => (name === choice ? reason : `${name}: ${reason}`))
    .join('; ');
  const install = choice === 'tensorflow' ? 'Install it with "lpips backend install", or use' : 'Use';
  const advice = `${install} the wasm backend, which needs nothing else.`;
  throw cannot('selectBackend', `start ${choice === 'auto' ? 'any backend' : choice}`, reasons, advice);
}

/**
 * Tries every backend and says how each fared, best first. Afterwards the one that `auto` takes is the current backend.
 * Where two packages bring one backend, only the first that works is loaded, since both register under the same name.
 */
export async function listBackends(): Promise<readonly BackendState[]> {
  return await inTurn(tryAll);
}

async function tryAll(): Promise<readonly BackendState[]> {
  const attempts: { attempt: Attempt; state: BackendState['state']; automatic: boolean }[] = [];
  for (const candidate of CANDIDATES) {
    const { name, backend, automatic } = candidate;
    const better = attempts.find(({ attempt }) => attempt.ok && attempt.backend === backend);
    if (better !== undefined) {
      const reason = `${better.attempt.name} comes first`;
      attempts.push({ attempt: { name, backend, ok: false, reason }, state: 'not tried', automatic });
      continue;
    }
    const attempt = await tryCandidate(candidate, LISTED);
    attempts.push({ attempt, state: stateOf(attempt), automatic });
  }
  const chosen = attempts.find(
    ({ attempt: { ok, adapter }, automatic }) => automatic && ok && adapter?.isCpu !== true,
  )?.attempt;
  if (chosen !== undefined) await setBackend(chosen.backend);
  return attempts.map(({ attempt, state }) => ({ ...attempt, state, chosen: attempt === chosen }));
}

function stateOf({ ok, version }: Attempt): BackendState['state'] {
  if (ok) return 'ready';
  return version === undefined ? 'not installed' : 'failed';
}
