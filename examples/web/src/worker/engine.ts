/**
 * @module
 * The worker that measures: one net on one backend, the pictures that are compared or searched, the photograph that
 * is distorted.
 * The page calls it through Comlink; bitmaps are transferred.
 */
import { transfer } from 'comlink';
import { type ImageSize, invalid, Lpips, LpipsError, type NetName, type OnTile } from 'lpips-core';
import { decodeBlob } from 'lpips-core/browser';
import { calibrationName, identifyWeights } from 'lpips-node/weights';
import { type BackendName, type BackendOffer, listBackends, startBackend } from './backends.js';
import { Collection, type Neighbours } from './collection.js';
import { type Comparison, comparePictures, type DifferentSizes, sizeOf } from './compare.js';
import { CONTROLS, type Control, type Measures, type Strengths, Subject } from './distort.js';
import { rasterOf } from './drawable.js';
import { exposePlainly } from './expose-plainly.js';
import { inTurn } from './in-turn.js';
import { type NetOffer, Weights } from './weights.js';

/** The net and backend that measure, in words. */
export interface Instrument {
  readonly net: NetName;
  /** Such as "lite 0.3". */
  readonly title: string;
  readonly backend: BackendName;
  readonly backendTitle: string;
  /** What the weights are called, such as "0.3" or "0.1". */
  readonly calibration: string;
  /** What is wrong with the arithmetic of the backend, as a sentence. */
  readonly warning?: string;
}

/** A comparison, and whether its time includes compiling for pictures of this size. */
export interface TimedComparison extends Comparison {
  readonly isFirst: boolean;
}

/** A picture under distortions, and its measures against the original. */
export interface Distorted extends Measures {
  readonly picture: ImageBitmap;
}

/** Shorter sides of photographs, small enough that the measures follow the sliders. */
const MOST_SIDE = 336;
const LEAST_SIDE = 64;

const weights = new Weights();
const queue = inTurn();
let current: { lpips: Lpips; instrument: Instrument } | undefined;
/** Sizes that were compared since net and backend were chosen. A graphics device compiles its programs for each. */
let compiled = new Set<string>();
let subject: Subject | undefined;
const collection = new Collection();
/** Ends the comparison that runs where another one is asked for. */
let comparing = new AbortController();
/** Counts the sweeps; a sweep stops where it is no longer the latest. */
let sweeps = 0;

const engine = {
  listBackends: (): Promise<BackendOffer[]> => listBackends(),

  listNets: (): NetOffer[] => weights.list(),

  listControls: (): readonly Control[] => CONTROLS,

  /** Chooses net and backend. Where the backend fails, the previous one stays, and the error says why. */
  choose: (net: NetName, backend: BackendName): Promise<Instrument> =>
    queue(async () => {
      const before = current?.instrument.backend;
      try {
        const { title: backendTitle, warning } = await startBackend(backend, 'compare');
        const made = await weights.of(net);
        const lpips = Lpips.fromWeights(made.weights, {
          net,
          version: made.version,
          onWarning: null, // imageFrom gives [-1, 1], and a white picture has no value below 0
        });
        subject?.dispose();
        current?.lpips.dispose();
        const calibration = calibrationName(lpips, await identifyWeights(lpips));
        const title = `${net === 'lite' ? 'lite' : `LPIPS, ${net}`} ${calibration}`;
        compiled = new Set();
        const instrument = { net, title, calibration, backend, backendTitle, ...(warning && { warning }) };
        current = { lpips, instrument };
        return instrument;
      } catch (error) {
        if (before !== undefined) await startBackend(before, 'compare');
        throw error;
      }
    }),

  addWeights: (file: File): Promise<{ net?: NetName; message: string }> => queue(() => weights.add(file)),

  /** The size of a picture. Throws where it cannot be read. */
  examine: (picture: Blob): Promise<ImageSize> => sizeOf(picture),

  compare: (
    image: Blob,
    reference: Blob,
    { resize }: { resize: boolean },
    onTile: OnTile,
  ): Promise<TimedComparison | DifferentSizes> => {
    comparing.abort(new LpipsError('Another comparison was asked for.'));
    comparing = new AbortController();
    const { signal } = comparing;
    return queue(async () => {
      const result = await comparePictures(lpips(), [image, reference], resize, { onTile, signal });
      if ('sizes' in result) return result;
      const size = `${result.image.width} ${result.image.height}`;
      const isFirst = current?.instrument.backend !== 'wasm' && !compiled.has(size);
      compiled.add(size);
      return transfer({ ...result, isFirst }, [result.image, result.reference, result.heat]);
    });
  },

  /** Adds a picture to those that are searched. */
  addToCollection: (picture: Blob): Promise<number> => queue(() => collection.add(picture)),

  /** The pictures that are nearest to one of those that were added. */
  nearest: (id: number, count: number): Promise<Neighbours> =>
    queue(() => collection.nearest(lpips(), id, count)),

  /** Takes the middle square of a photograph to distort, reduced to `MOST_SIDE`. The margin around it is not measured. */
  openPhotograph: (picture: Blob, margin: number): Promise<ImageBitmap> =>
    queue(async () => {
      const decoded = await decodeBlob(picture);
      const { width, height } = decoded;
      if (Math.min(width, height) < LEAST_SIDE) {
        const least = `${LEAST_SIDE} × ${LEAST_SIDE} pixels at least`;
        throw invalid('distort', least, 'the photograph', `${width} × ${height}`);
      }
      const factor = Math.min(1, MOST_SIDE / Math.min(width, height));
      const side = Math.round(Math.min(width, height) * factor);
      const [left, top] = [(width - side / factor) / 2, (height - side / factor) / 2];
      const square = await createImageBitmap(decoded, left, top, side / factor, side / factor, {
        resizeWidth: side,
        resizeHeight: side,
        resizeQuality: 'high',
      });
      decoded.close();
      subject?.dispose();
      subject = new Subject(rasterOf(square), margin);
      square.close();
      const shown = await subject.bitmap(subject.original);
      return transfer(shown, [shown]);
    }),

  distort: (strengths: Strengths): Promise<Distorted> => {
    sweeps++; // stops a sweep, so that this is answered first
    return queue(async () => {
      const photograph = opened();
      const picture = await photograph.distorted(strengths);
      const measures = await photograph.measure(lpips(), picture);
      const bitmap = await photograph.bitmap(picture);
      return transfer({ ...measures, picture: bitmap }, [bitmap]);
    });
  },

  /** Measures along one slider until something else is asked; the other strengths stay as they are. */
  sweep: async (
    strengths: Strengths,
    id: string,
    values: readonly number[],
    onPoint: (value: number, measures: Measures) => void,
  ): Promise<void> => {
    const own = ++sweeps;
    for (const value of values) {
      await queue(async () => {
        if (own !== sweeps) return;
        const photograph = opened();
        const picture = await photograph.distorted({ ...strengths, [id]: value });
        onPoint(value, await photograph.measure(lpips(), picture));
      });
      await nextMessage(); // so that another request is heard
      if (own !== sweeps) return;
    }
  },
};

/** What the page sees of this worker. */
export type Engine = typeof engine;

exposePlainly(engine);

/** Lets the worker hear the messages that wait: the steps of a sweep alone never let it. */
function nextMessage(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}

function lpips(): Lpips {
  if (!current) throw new LpipsError('No net has been chosen yet.');
  return current.lpips;
}

function opened(): Subject {
  if (!subject) throw new LpipsError('No photograph has been opened yet.');
  return subject;
}
