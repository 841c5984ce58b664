/**
 * @module
 * What a file says of its colours where the decoder does not look: whether its profile has what a conversion needs, and in
 * which colours an AVIF without a profile is. Sources: ICC.1:2022, 7.2, 7.3 and 8; ITU-T H.273, tables 2 and 3.
 */

const HEADER_BYTES = 128;
const TAG_BYTES = 12;
/** The tags that a conversion from each kind of colours needs, where there is no table for it. */
const NEEDED: ReadonlyMap<string, readonly string[]> = new Map([
  ['RGB ', ['rXYZ', 'gXYZ', 'bXYZ', 'rTRC', 'gTRC', 'bTRC']],
  ['GRAY', ['kTRC']],
]);
const TABLE = 'A2B0';

/** Whether a profile of RGB or grey is damaged: its tags lie beyond its end, or those are missing that a conversion needs. */
export function isDamagedProfile(icc: Buffer): boolean {
  const needed = NEEDED.get(icc.toString('latin1', 16, 20));
  if (needed === undefined) return false; // the decoder knows what to do with the others
  const start = HEADER_BYTES + 4;
  if (icc.length < start || icc.toString('latin1', 36, 40) !== 'acsp') return true;
  const count = icc.readUInt32BE(HEADER_BYTES);
  if (start + count * TAG_BYTES > icc.length) return true;
  const names = new Set<string>();
  for (let at = start; at < start + count * TAG_BYTES; at += TAG_BYTES) {
    if (icc.readUInt32BE(at + 4) + icc.readUInt32BE(at + 8) > icc.length) return true;
    names.add(icc.toString('latin1', at, at + 4));
  }
  return !names.has(TABLE) && !needed.every((name) => names.has(name));
}

/** Primaries and transfer functions that are those of sRGB or are shown as if they were: BT.709, BT.601, or not stated. */
const LIKE_SRGB_PRIMARIES: ReadonlySet<number> = new Set([1, 2, 5, 6]);
const LIKE_SRGB_TRANSFERS: ReadonlySet<number> = new Set([1, 2, 6, 13]);
const PRIMARIES: ReadonlyMap<number, string> = new Map([
  [9, 'BT.2020'],
  [11, 'DCI-P3'],
  [12, 'Display P3'],
]);
const TRANSFERS: ReadonlyMap<number, string> = new Map([
  [8, 'linear light'],
  [16, 'PQ'],
  [18, 'HLG'],
]);

/**
 * @param bytes an AVIF without a profile
 * @returns the name of its colours where they are not those of sRGB, such as `BT.2020 with PQ`; else undefined
 */
export function otherColours(bytes: Buffer): string | undefined {
  const at = bytes.indexOf('colrnclx', 0, 'latin1');
  const pixels = bytes.indexOf('mdat', 0, 'latin1');
  if (at < 0 || (pixels >= 0 && at > pixels) || at + 12 > bytes.length) return undefined;
  const [primaries, transfer] = [bytes.readUInt16BE(at + 8), bytes.readUInt16BE(at + 10)];
  const isUsual = LIKE_SRGB_TRANSFERS.has(transfer);
  if (LIKE_SRGB_PRIMARIES.has(primaries) && isUsual) return undefined;
  const colours = LIKE_SRGB_PRIMARIES.has(primaries)
    ? 'BT.709'
    : (PRIMARIES.get(primaries) ?? `primaries ${primaries} of H.273`);
  return isUsual
    ? colours
    : `${colours} with ${TRANSFERS.get(transfer) ?? `transfer function ${transfer} of H.273`}`;
}
