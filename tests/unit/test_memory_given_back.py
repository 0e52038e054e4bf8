"""What a part of a delivery took is given back before the next is read: a great one takes no more than a small one."""

import subprocess
import sys

import pytest
from pseudonymised import people

from csae.pseudonyms import Made

MADE_AND_DROPPED = """
import csae
import polars as pl
import time
from pathlib import Path

def mib():
    return int(Path("/proc/self/statm").read_text().split()[1]) / 256

before = mib()
made = [pl.Series([0]).extend_constant(at, 4_000) for at in range(4_000)]
held = mib()
del made
time.sleep(2)
for at in range(2_000):  # it gives back while it is asked for more
    pl.Series([0]).extend_constant(at, 4_000)
print(held - before, mib() - before)
"""


def test_polars_gives_memory_back_within_seconds() -> None:
    told = subprocess.run([sys.executable, "-c", MADE_AND_DROPPED], capture_output=True, text=True, check=True)
    held, left = map(float, told.stdout.split())
    assert held > 100
    assert left < 40


@pytest.mark.parametrize(("new", "kept"), [(5, 150), (100, 250)])
def test_what_is_made_of_a_few_new_names_is_not_kept(new: int, kept: int) -> None:
    first = [{"surname": f"SMITH{'X' * at}"} for at in range(150)]
    second = [*first[:20], *({"surname": f"JONES{'X' * at}"} for at in range(new))]
    made: Made = {}
    for part in (first, second, second):
        assert people(*part, made=made).equals(people(*part))
    assert made["surname"].height == kept
