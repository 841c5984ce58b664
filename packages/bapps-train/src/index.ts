export { type CommitteeOptions, HeadsCommittee } from './committee/heads-committee.js';
export { ItemPool, type PoolVote } from './committee/item-pool.js';
export { type GrowOptions, growFolder } from './data-set/grow-folder.js';
export { Pair, SPLITS, type Split, splitFolder, type Task, Triplet } from './data-set/layout.js';
export { type NpyArray, parseNpy, readJudgement, readNpy, serializeNpy } from './data-set/npy.js';
export {
  type DistortionFolder,
  listDistortions,
  type ScanOptions,
  scanPairs,
  scanTriplets,
} from './data-set/scan-data-set.js';
export {
  AUTOENCODER_TRAINING,
  type AutoencoderLoss,
  type AutoencoderTraining,
  convolutionalAutoencoder,
  trainAutoencoder,
} from './distill/autoencoder.js';
export {
  DISTILL_RECIPE,
  type DistillOptions,
  type DistillProgress,
  type DistillRecipe,
  distill,
} from './distill/distill.js';
export { type Evaluation, evaluateAgainst } from './distill/evaluate-student.js';
export { type PhotographFolder, readPhotographs } from './distill/read-photographs.js';
export {
  addWeightsFiles,
  type Contender,
  contenderOf,
  disposeTrunks,
  type Trunk,
  type WeightsFile,
  withoutHeads,
} from './evaluation/contenders.js';
export {
  type FoundItems,
  findItems,
  type Measurable,
  type Measurements,
  measure,
} from './evaluation/measure.js';
export { type Extraction, type ExtractOptions, extract } from './extraction/extract.js';
export { OFFICIAL_SIZE } from './extraction/extraction-shards.js';
export { TrainableNetwork } from './networks/trainable-network.js';
export { composeReport, type ReportInput } from './report/compose-report.js';
export { averagePrecision, type NoticedDifferences } from './scores/average-precision.js';
export type { BootstrapOptions, Difference, Estimate } from './scores/bootstrap.js';
export { type JudgementTable, parseJudgements, readJudgements } from './scores/judgement-csv.js';
export type { RaterVote } from './scores/rater-votes.js';
export { type CountedVotes, findShares, type SharesByItem } from './scores/read-shares.js';
export { findVotes, parseVotes, type VotesByItem } from './scores/read-votes.js';
export type { ScoreKind } from './scores/score-kinds.js';
export {
  type JudgedDistortion,
  jndTable,
  type NoticedDistortion,
  type TableOptions,
  type TwoAfcOptions,
  twoAfcTable,
} from './scores/score-table.js';
export type { Cluster, DifferenceRow, ScoreRow, ScoreTable } from './scores/tabulate.js';
export {
  agreementCredits,
  humanCredits,
  type JudgedDistances,
  oracleCredits,
  twoAfcCredits,
  twoAfcScore,
  votesBehind,
} from './scores/two-afc.js';
export type { FamilyName } from './synthesize/distorters.js';
export { drawVotes, type Observers, preference, sameness, VOTES } from './synthesize/observers.js';
export { MANIFEST_NAME, type SynthesisManifest } from './synthesize/synthesis-manifest.js';
export { type SynthesizeOptions, synthesize } from './synthesize/synthesize.js';
export { OFFICIAL_RECIPE, type Recipe } from './training/recipe.js';
export { HEADS_FILES } from './training/run-files.js';
export { type TrainHeadsOptions, trainHeads } from './training/train-heads.js';
export type { TrainedRun } from './training/train-in-folder.js';
export { type Epoch, meanScore, readTrainingLog, type TrainingLog } from './training/training-log.js';
