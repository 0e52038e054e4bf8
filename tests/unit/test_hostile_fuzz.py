"""A short run of the fuzzer, the same each time: `python -m fuzz` makes the long one. See `tests/fuzz`."""

from collections import Counter

import pytest

from fuzz.samples import Sample, samples
from fuzz.trying import attempt, malformed

FILES = {"xlsx": 8, "ods": 8, "xls": 8, "zip": 30, "gz": 30}
"""Of each sample; a workbook is read in a process of its own."""


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.name)
def test_each_malformed_file_is_read_or_ends_in_a_reason(sample: Sample) -> None:
    number = FILES.get(sample.name, 60)
    outcomes = Counter(attempt(sample, seed).outcome for seed in range(number))
    assert outcomes.total() == number
    assert len(outcomes) > 1, "mutations that change nothing try nothing"


def test_a_seed_makes_the_same_file_again() -> None:
    for sample in samples():
        assert malformed(sample, 7).name == sample.name
        if not sample.is_archive:
            assert malformed(sample, 7).content == malformed(sample, 7).content
