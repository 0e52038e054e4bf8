"""Seeded draws, a whole column at a time. Each purpose has its own stream, so that one cannot shift another."""

import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.integer[Any]]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


def stream(seed: int, *purpose: str | int) -> np.random.Generator:
    """A generator for one purpose; PCG64's bits, and so `random()`, are the same on every machine."""
    key = zlib.crc32("/".join(str(part) for part in purpose).encode())
    return np.random.Generator(np.random.PCG64([seed, key]))


def pick(rng: np.random.Generator, count: int, weights: Sequence[float]) -> Ints:
    """`count` positions in `weights`, each as likely as its weight."""
    edges = np.cumsum(np.asarray(weights, dtype=np.float64))
    places = np.searchsorted(edges, rng.random(count) * edges[-1], side="right")
    picked: Ints = np.minimum(places, len(weights) - 1).astype(np.int32)
    return picked


def below(rng: np.random.Generator, count: int, limit: int | Ints) -> Ints:
    """`count` whole numbers from 0 to below `limit` (one for all, or one each)."""
    drawn: Ints = (rng.random(count) * limit).astype(np.int32)
    return drawn


def happens(rng: np.random.Generator, count: int, rate: float | Floats) -> Bools:
    return rng.random(count) < rate


def spans(starts: Ints, counts: Ints) -> Ints:
    """The positions start, start + 1, … of each span, one span after the other."""
    before = np.cumsum(counts) - counts
    offsets: Ints = np.repeat(starts - before, counts)
    return offsets + np.arange(len(offsets))
