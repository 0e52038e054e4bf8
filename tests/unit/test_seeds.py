"""The seeds are read twice, by dbt and by Python: what the two would read differently may not stand in them."""

import csv
from pathlib import Path

import pytest

from csae.settings import PROJECT_DIR

SEEDS = sorted((PROJECT_DIR / "dbt_project" / "seeds").glob("*.csv"))


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem)
def test_no_text_is_null_to_dbt_alone(path: Path) -> None:
    """dbt reads the word null as no value; written as (null) it is a text with the same normal form."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    found = [(number, name) for number, row in enumerate(rows, 2) for name in row if row[name].lower() == "null"]
    assert found == []


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem)
def test_rows_are_whole_and_nothing_stands_twice(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as stream:
        header, *rows = list(csv.reader(stream))
    assert [number for number, row in enumerate(rows, 2) if len(row) != len(header)] == []
    assert len({*map(tuple, rows)}) == len(rows)
    assert all(cell == cell.strip() for row in rows for cell in row)
