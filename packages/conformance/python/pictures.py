"""The pictures of the suite, by formula: integers alone, so that every language makes the same bytes.

src/pictures.ts is the same in TypeScript.
"""

import numpy

GOLDEN = 0x9E3779B9


def hashed(seed, count):
    """murmur3's 32-bit finaliser of i * GOLDEN + seed, its highest byte: uint8 `[count]`."""
    h = (numpy.arange(count, dtype=numpy.uint64) * GOLDEN + seed) & 0xFFFFFFFF
    h ^= h >> 16
    h = (h * 0x85EBCA6B) & 0xFFFFFFFF
    h ^= h >> 13
    h = (h * 0xC2B2AE35) & 0xFFFFFFFF
    h ^= h >> 16
    return (h >> 24).astype(numpy.int64)


def stripes(height, width, seed):
    """Triangle waves of 512 pixels' period in steps of (3 + c) to the right and (5 + 2c) down, one for each channel c."""
    y, x, c = numpy.meshgrid(numpy.arange(height), numpy.arange(width), numpy.arange(3), indexing="ij")
    phase = ((3 + c) * x * 4 + (5 + 2 * c) * y * 4 + 37 * seed * (c + 1)) % 512
    return numpy.where(phase < 256, phase, 511 - phase)


def picture(formula):
    """Bytes of a formula of suite.json, int64 `[height, width, 3]` in 0..255."""
    height, width, seed = formula["height"], formula["width"], formula.get("seed", 0)
    count = height * width * 3
    if formula["kind"] == "flat":
        return numpy.full((height, width, 3), formula["value"])
    if formula["kind"] == "noise":
        return hashed(seed, count).reshape(height, width, 3)
    base = stripes(height, width, seed)
    if formula["kind"] == "stripes":
        return base
    if formula["kind"] != "noisy stripes":
        raise ValueError(f"there is no picture of the kind {formula['kind']}")
    moved = (hashed(seed + 1000, count).reshape(base.shape) - 128) * formula["amount"] // 128
    return numpy.clip(base + moved, 0, 255)


def images(formulas):
    """float32 `[batch, height, width, 3]` in [-1, 1]: byte / 127.5 - 1 in float64, rounded once."""
    return numpy.stack([(picture(one) / 127.5 - 1).astype(numpy.float32) for one in formulas])
