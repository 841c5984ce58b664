/**
 * @module
 * The official tensors of a net in a page: from the browser's cache, else from files on servers. Of a published file only the
 * tensors that the net needs are downloaded, where the server sends ranges. Each is checked against its own sha256.
 */
import { weightShapes } from '../backbones/check-weights.js';
import { cannot, invalid, LpipsError } from '../errors.js';
import {
  type HeadsVersion,
  type OfficialFile,
  type OfficialNet,
  officialFiles,
} from '../official/official-files.js';
import { OFFICIAL_BACKBONES, OFFICIAL_HEADS, tensorDigest } from '../official/official-tensors.js';
import { DownloadError, type RequestSettings } from '../remote-files/patient-request.js';
import { NoRangesError } from '../remote-files/url-source.js';
import { digestOf } from '../weights/digest.js';
import type { Weight, WeightMap } from '../weights/weight-map.js';
import { BlobSource, type ByteSource } from '../weights-files/byte-source.js';
import { streamWeights } from '../weights-files/parse-weights.js';
import { isBackboneWeight, isHead } from '../weights-files/parts.js';
import { type FetchProgress, fetchBlob, openRanges, pageSettings, translateFailure } from './fetch-file.js';
import { KeptTensors } from './kept-tensors.js';

/** Which tensors, and where they are. */
export interface OfficialRequest {
  readonly net: OfficialNet;
  readonly version: HeadsVersion;
  readonly linear: boolean;
  readonly url: string;
  readonly headsUrl: string | undefined;
  readonly cache: string | null;
  readonly onProgress: ((progress: FetchProgress) => void) | undefined;
  readonly signal: AbortSignal | undefined;
}

const FLOAT32_BYTES = 4;

/** Why a file is not taken: a tensor that it lacks, or one that is not the published one. */
type Fault = { readonly lacks: string } | { readonly differs: string };

/**
 * All tensors of the net, with its heads where it is `linear`.
 *
 * @throws LpipsError where they cannot be fetched or are not the published ones; what aborted the signal
 */
export async function officialWeights(request: OfficialRequest): Promise<WeightMap> {
  const { net, version, linear, url, headsUrl, signal } = request;
  await digestOf(new Uint8Array()); // refuses a page without Web Crypto before anything is downloaded
  const tensors = await OfficialTensors.open(request);
  const [backbone, heads] = officialFiles(net, linear ? [version] : []);
  const settings = pageSettings(signal);
  const mayHaveHeads = (name: string) => headsUrl === undefined || isBackboneWeight(name);
  await tensors.fetchBackbone(
    fileAt(url, backbone),
    { required: isBackboneWeight, taken: mayHaveHeads },
    settings,
  );
  if (heads) {
    const published = url.endsWith('/') ? fileAt(url, heads) : heads.url;
    await tensors.fetchHeads(headsUrl ?? published, settings);
  }
  return tensors.all();
}

/** An address that ends with a slash is a folder of the published files, under their own names. */
function fileAt(url: string, file: OfficialFile | undefined): string {
  return url.endsWith('/') && file ? url + file.path : url;
}

/** What is asked of a file. */
interface Wanted {
  /** Tensors that it must hold. */
  readonly required: (name: string) => boolean;
  /** Tensors that are taken from it where it holds them. */
  readonly taken: (name: string) => boolean;
}

/** The tensors of a net, of which more and more are there. */
class OfficialTensors {
  /** Their sha256. */
  readonly #known: Readonly<Record<string, string>>;
  readonly #kept: KeptTensors;
  readonly #weights = new Map<string, Weight>();
  readonly #shapes: ReadonlyMap<string, readonly number[]>;
  readonly #onProgress: (progress: FetchProgress) => void;
  /** Of the values of all tensors, in float32. */
  readonly #totalBytes: number;
  #receivedBytes = 0;

  private constructor({ net, version, linear, onProgress }: OfficialRequest, kept: KeptTensors) {
    this.#known = { ...OFFICIAL_BACKBONES[net], ...(linear && OFFICIAL_HEADS[net][version]) };
    this.#kept = kept;
    this.#shapes = weightShapes(net);
    this.#totalBytes = this.#bytesOf(Object.keys(this.#known));
    this.#onProgress = onProgress ?? (() => undefined);
  }

  /** Begins with what the browser keeps. */
  static async open(request: OfficialRequest): Promise<OfficialTensors> {
    const tensors = new OfficialTensors(request, await KeptTensors.open(request.cache));
    for (const [name, sha256] of Object.entries(tensors.#known)) {
      request.signal?.throwIfAborted();
      const weight = await tensors.#kept.read(name, sha256);
      if (weight && (await tensors.#isPublished(name, weight))) tensors.#weights.set(name, weight);
    }
    tensors.#report(tensors.#bytesOf([...tensors.#weights.keys()]));
    return tensors;
  }

  /** Takes what is missing from a file: by ranges, or, where there are none or they hold something else, out of the whole file. */
  async fetchBackbone(url: string, wanted: Wanted, settings: RequestSettings): Promise<void> {
    if (this.#missing(wanted.required).length === 0) return;
    await translateFailure(url, settings, async () => {
      if (await this.#takeByRanges(url, wanted, settings)) return;
      this.#receivedBytes = this.#totalBytes; // the file's own bytes are reported instead
      await this.#takeWhole(url, wanted, settings, this.#onProgress);
    });
  }

  /** Takes the heads, a file of a few kilobytes. */
  async fetchHeads(url: string, settings: RequestSettings): Promise<void> {
    if (this.#missing(isHead).length === 0) return;
    const wanted = { required: isHead, taken: isHead };
    await translateFailure(url, settings, () => this.#takeWhole(url, wanted, settings, () => undefined));
  }

  /** All tensors, once they are there. */
  all(): WeightMap {
    if (this.#receivedBytes < this.#totalBytes) this.#report(this.#totalBytes);
    return this.#weights;
  }

  /** @returns whether they came; else the whole file may have them */
  async #takeByRanges(url: string, wanted: Wanted, settings: RequestSettings): Promise<boolean> {
    const file = await openRanges(url, settings, (bytes) => this.#report(bytes));
    if (!file) return false;
    let fault: Fault | undefined;
    try {
      fault = await this.#takeFrom(file, wanted, settings.signal);
    } catch (error) {
      settings.signal.throwIfAborted();
      const isOfFile = error instanceof LpipsError && !(error instanceof DownloadError); // it cannot be read
      if (isOfFile || error instanceof NoRangesError) return false;
      throw error;
    }
    if (fault && 'lacks' in fault) throw refusal(url, fault);
    return fault === undefined;
  }

  async #takeWhole(
    url: string,
    wanted: Wanted,
    settings: RequestSettings,
    onProgress: (progress: FetchProgress) => void,
  ): Promise<void> {
    const file = new BlobSource(url, await fetchBlob(url, settings, onProgress));
    const fault = await this.#takeFrom(file, wanted, settings.signal);
    if (fault) throw refusal(url, fault);
  }

  async #takeFrom(
    file: ByteSource,
    { required, taken }: Wanted,
    signal: AbortSignal,
  ): Promise<Fault | undefined> {
    const names = new Set<string>();
    const missing = new Set(this.#missing(taken));
    const isMissing = (name: string) => {
      names.add(name);
      return missing.has(name);
    };
    const lacking = () => this.#missing(required).find((name) => !names.has(name));
    for await (const [name, weight] of streamWeights(file, isMissing)) {
      signal.throwIfAborted();
      const lacks = lacking(); // all names are known by now, and those of another net differ
      if (lacks !== undefined) return { lacks };
      if (!(await this.#isPublished(name, weight))) return { differs: name };
      this.#weights.set(name, weight);
      await this.#kept.write(name, this.#known[name] ?? '', weight);
    }
    const lacks = lacking();
    return lacks === undefined ? undefined : { lacks };
  }

  #missing(isOf: (name: string) => boolean): string[] {
    return Object.keys(this.#known).filter((name) => isOf(name) && !this.#weights.has(name));
  }

  async #isPublished(name: string, weight: Weight): Promise<boolean> {
    const shape = this.#shapes.get(name);
    return weight.shape.join() === shape?.join() && (await tensorDigest(weight)) === this.#known[name];
  }

  #bytesOf(names: readonly string[]): number {
    return names.reduce((sum, name) => {
      const shape = this.#shapes.get(name) ?? [];
      return sum + shape.reduce((product, side) => product * side, FLOAT32_BYTES);
    }, 0);
  }

  #report(bytes: number): void {
    const totalBytes = this.#totalBytes;
    this.#receivedBytes = Math.min(totalBytes, this.#receivedBytes + bytes); // the directory of a file comes on top
    this.#onProgress({ receivedBytes: this.#receivedBytes, totalBytes });
  }
}

function refusal(url: string, fault: Fault): LpipsError {
  if ('lacks' in fault) {
    const why = `it has no ${fault.lacks}`;
    return cannot('loadLpips', `take ${url}`, why, 'Is it the file of this net and version?');
  }
  const advice = 'Is it the file of this net and version? For weights of your own, use Lpips.fromWeights.';
  return invalid('loadLpips', `the published values of ${fault.differs}`, url, 'others', advice);
}
