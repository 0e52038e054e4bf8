"""A load that the gate refused is tried again: nothing of the earlier attempt is counted with the later one.

Each step runs as the role that runs it by night, so the rights of `csae_load` are tried too.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from csae import night, warehouse
from csae.local_stack import Stack
from csae.sources import load_sources
from integration.nights import Warehouse, new_warehouse
from integration.specs import extract, spec

HEADER = "Ref,Recorded,Code\n"
CRIMES = """
crime_ref: {from: Ref, required: true}
recorded_on: {from: Recorded, date: yyyy-mm-dd}
home_office_code: Code
record_status: {value: live}
"""
OF_THE_GATE = """
select crimes_read, crimes_quarantined,
    (select count(*) from raw.crime as c where c.load_id = l.load_id),
    (select count(*) from ops.quarantined_row as q where q.load_id = l.load_id),
    (select count(*) from ops.gate_result as g where g.load_id = l.load_id and g.rows_failed > 0)
from ops.load as l where l.delivery_on = '2026-09-01'
"""


@pytest.fixture
def refused(shared: Stack, tmp_path: Path) -> Warehouse:
    """Six of ten crimes have no day of recording, of which the YAML allows half: the gate has rejected the load."""
    bounds = "{crimes: {min: 1}, max_quarantined_share: 0.5}"
    country = new_warehouse(shared, tmp_path, [spec("16", extract("crimes", crime=CRIMES), bounds=bounds)])
    country.put("16", "2026-09-01", HEADER + _rows())
    country.load()
    assert _decided(country) == [("2026-09-01", "rejected", 1, "too_many_quarantined")]
    assert country.rows(OF_THE_GATE) == [(10, 6, 10, 6, 1)], "an operator can look at what was refused"
    return country


def _rows() -> str:
    return "".join(f"R{number},{'' if number < 6 else '2026-08-01'},020/05\n" for number in range(10))


def _decided(country: Warehouse) -> list[tuple[Any, ...]]:
    return country.rows("select delivery_on::text, state, attempt, reason_code from ops.load order by load_id")


def _mended(country: Warehouse, old: str, new: str) -> Warehouse:
    assert country.settings.forces_dir is not None
    (path,) = country.settings.forces_dir.iterdir()
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    return replace(country, sources=load_sources(country.settings.forces_dir))


def test_refused_while_it_is_read_it_has_no_rows_and_no_findings(refused: Warehouse) -> None:
    again = _mended(refused, "from: Recorded", "from: Entered")
    again.load()
    assert _decided(again) == [("2026-09-01", "rejected", 2, "column_missing")]
    assert again.rows(OF_THE_GATE) == [(None, None, 0, 0, 0)]


def test_between_the_load_and_the_gate_it_has_the_new_rows_and_no_old_finding(refused: Warehouse) -> None:
    again = _mended(refused, "max_quarantined_share: 0.5", "max_quarantined_share: 0.7")
    with warehouse.connect(again.url, autocommit=True) as connection:
        night_id = night.open_night(connection, again.s3, again.settings, again.sources, None)
        night.load_source(connection, again.s3, again.settings, again.sources["16"], night_id)
        assert again.rows(OF_THE_GATE) == [(10, None, 10, 0, 0)]
        night.gate(connection, again.settings, again.sources, night_id)
    assert _decided(again) == [("2026-09-01", "accepted", 2, None)]
    assert again.rows(OF_THE_GATE) == [(10, 6, 10, 6, 1)], "each row is quarantined once"


def test_accepted_with_other_findings_it_has_those_alone(refused: Warehouse) -> None:
    again = _mended(
        refused, "    recorded_on: {from: Recorded, date: yyyy-mm-dd}", "    recorded_on: {value: 2026-08-02}"
    )
    again.load()
    assert _decided(again) == [("2026-09-01", "accepted", 2, None)]
    assert again.rows(OF_THE_GATE) == [(10, 0, 10, 0, 0)]


def test_a_duplicate_of_what_was_accepted_meanwhile_has_no_rows_and_no_findings(refused: Warehouse) -> None:
    again = _mended(refused, "max_quarantined_share: 0.5", "max_quarantined_share: 0.7")
    again.put("16", "2026-08-31", HEADER + _rows())
    again.load("2026-08-31")
    again.load()
    assert _decided(again) == [("2026-09-01", "duplicate", 1, None), ("2026-08-31", "accepted", 1, None)]
    assert again.rows(OF_THE_GATE) == [(None, None, 0, 0, 0)]
