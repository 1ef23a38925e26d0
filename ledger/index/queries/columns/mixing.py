"""Numbers of 64 bits that nobody can foresee, for values that are compared by them."""

import secrets

import numpy as np
from numpy.typing import NDArray

Marks = NDArray[np.uint64]

_FIRST = (np.uint64(30), np.uint64(0xBF58476D1CE4E5B9))
_SECOND = (np.uint64(27), np.uint64(0x94D049BB133111EB))
_LAST = np.uint64(31)


def seed() -> np.uint64:
    """Another one for each field and each process: what a stranger writes cannot aim at it."""
    return np.uint64(secrets.randbits(64))


def mixed(values: NDArray[np.integer], own: np.uint64) -> Marks:
    """A number for each value that looks random, and differs from that of any other value.

    Source: the finaliser of SplitMix64, in G. L. Steele, D. Lea and C. H. Flood, "Fast Splittable
    Pseudorandom Number Generators" (2014).

    Args:
        values: whole numbers.
        own: the seed of their field.
    """
    found = values.astype(np.uint64) + own
    for shift, factor in (_FIRST, _SECOND):
        found ^= found >> shift
        found *= factor
    found ^= found >> _LAST
    return found
