"""Try one malformed file: it is read or ends in a reason code, within its time, and its words show no cell."""

import random
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from types import FrameType

from csae import unpacking
from csae.landing import LandedFile, SpooledFile
from csae.readers import ExtractError, read_extract
from csae.reasons import read_reasons
from csae.unpacking import Part, Unpacker
from fuzz.mutations import mutated, mutated_within
from fuzz.samples import PERSONAL, Sample

MOST_SECONDS = 60
REASONS = frozenset(read_reasons())
DAY = date(2026, 9, 1)


class HangError(Exception):
    """A file took longer than it may."""


@dataclass(frozen=True)
class Tried:
    """What became of a file: `read`, or a reason code."""

    sample: str
    seed: int
    outcome: str


def malformed(sample: Sample, seed: int) -> Sample:
    """The same seed makes the same bytes."""
    draw = random.Random(f"{sample.name} {seed}")
    change = mutated_within if sample.is_archive and draw.random() < 0.7 else mutated
    return replace(sample, content=change(sample.content, draw))


def attempt(sample: Sample, seed: int) -> Tried:
    """Raises `AssertionError` for words that show a cell and for an unknown code, and whatever the reader raises."""
    changed = malformed(sample, seed)
    with tempfile.TemporaryDirectory(prefix="csae-fuzz-") as folder, no_longer_than(MOST_SECONDS):
        outcome = outcome_of(changed, Path(folder))
    return Tried(sample.name, seed, outcome)


def outcome_of(sample: Sample, folder: Path) -> str:
    """`read`, or a reason code. Nothing that was unpacked may be left in the folder."""
    path = folder / "spooled"
    path.write_bytes(sample.content)
    name = {"gz": "crimes.csv.gz", "zip": "night.zip"}.get(sample.packing, "crimes.csv")
    landed = LandedFile(f"06/{DAY}/{name}", "06", DAY, name, "etag", len(sample.content))
    spooled = SpooledFile(landed, path, "sha256")
    try:
        with Unpacker(folder / "spool") as unpacker:
            parts = unpacking.members(spooled) if sample.packing == "zip" else [Part(spooled)]
            for part in parts:
                plain = unpacker.plain(part)
                for batch in read_extract(plain.path, plain.name, sample.extract):
                    assert all(frame.height >= 0 for frame in batch.frames)
    except ExtractError as error:
        return _reason(error)
    finally:
        left = [item for item in folder.rglob("*") if item.is_file() and item != path]
        assert not left, "something unpacked was left behind"
        assert path.read_bytes() == sample.content, "the delivered file was changed"
    return "read"


def _reason(error: ExtractError) -> str:
    """A code that `reasons.csv` has, in words that show no cell and with no other error behind them that may."""
    assert error.reason_code in REASONS, error.reason_code
    assert PERSONAL.lower() not in f"{error!r} {error}".lower(), "the refusal shows a cell"
    assert error.__cause__ is None
    assert error.__context__ is None or error.__suppress_context__
    return error.reason_code


@contextmanager
def no_longer_than(seconds: int) -> Iterator[None]:
    """Only in the main thread. Raises `HangError`."""

    def stop(_: int, __: FrameType | None) -> None:
        raise HangError(f"not done within {seconds} seconds")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
