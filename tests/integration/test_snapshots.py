"""A source that sends all its crimes each time: what a newer snapshot lacks is withdrawn, people and all.

Real PostgreSQL, real S3, the real gate and dbt; Airflow is left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from csae import generations, warehouse
from csae.local_stack import Stack
from integration.nights import Warehouse, new_warehouse

FORCE = """
source: "{code}"
name: Force {code}
status: live
owner: {{team: Data quality, contact: data@force.example}}
delivery: {{mode: {mode}, due: "daily 03:00"}}
layouts:
  - valid_from: 2026-01-01
    extracts:
      crimes:
        files: "*.csv"
        format: {{type: delimited, delimiter: ",", encoding: utf-8}}
        crime:
          columns:
            crime_ref: {{from: Crime, required: true}}
            recorded_on: {{from: Recorded, date: yyyy-mm-dd}}
            record_status: {{value: live}}
        involvement:
          columns:
            person_ref: Person
            role: {{from: Role, map: {{S: suspect, V: victim}}}}
bounds: {{crimes: {{min: 0}}, max_quarantined_share: 0.9}}
"""
HEADER = "Crime,Recorded,Person,Role\n"
ROWS = {
    "A": "A,2026-08-01,1,S\nA,2026-08-01,2,V\n",
    "B": "B,2026-08-02,3,S\n",
    "C": "C,2026-08-03,,\n",
    "b": "B,no day,3,S\n",
}


@dataclass(frozen=True)
class Case:
    """A force's deliveries in the order in which they arrive, by day, and the crimes that stand in the end."""

    code: str
    rule: str
    deliveries: Mapping[str, str]
    stands: str
    mode: str = "snapshot"


CASES = (
    Case("01", "what a newer one lacks is withdrawn", {"2026-09-01": "ABC", "2026-09-02": "AC"}, "AC"),
    Case("03", "the order is that of the dates and not of arrival", {"2026-09-02": "A", "2026-09-01": "AB"}, "A"),
    Case("04", "a crime stands again", {"2026-09-01": "AB", "2026-09-02": "A", "2026-09-03": "ABC"}, "ABC"),
    Case("05", "byte for byte an older one", {"2026-09-01": "AB", "2026-09-02": "A", "2026-09-03": "AB"}, "AB"),
    Case("06", "an older one corrected", {"2026-09-01": "AB", "2026-09-02": "A", "2026-09-01 again": "ABC"}, "A"),
    Case("07", "the newest corrected", {"2026-09-01": "AB", "2026-09-02": "A", "2026-09-02 again": "BC"}, "BC"),
    Case("10", "a row that the gate holds back is not gone", {"2026-09-01": "AB", "2026-09-02": "Ab"}, "AB"),
    Case("11", "a rejected one drops nothing", {"2026-09-01": "AB", "2026-09-02": "bbbbbbbbbbb"}, "AB"),
    Case("12", "an empty one drops everything", {"2026-09-01": "AB", "2026-09-02": ""}, ""),
    Case("13", "a delta drops nothing", {"2026-09-01": "ABC", "2026-09-02": "A"}, "ABC", mode="delta"),
)


@pytest.fixture(scope="module")
def country(shared: Stack, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """All the forces in one warehouse, and one build."""
    specs = [FORCE.format(code=case.code, mode=case.mode) for case in CASES]
    made = new_warehouse(shared, tmp_path_factory.mktemp("snapshots"), specs)
    for arrival in range(max(len(case.deliveries) for case in CASES)):
        for case in CASES:
            for when, crimes in list(case.deliveries.items())[arrival : arrival + 1]:
                day, _, again = when.partition(" ")
                made.put(case.code, day, HEADER + "".join(ROWS[crime] for crime in crimes), f"crimes{again}.csv")
        made.load()
    assert made.build().faults == ()
    return made


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_what_stands(country: Warehouse, case: Case) -> None:
    query = "select extract(day from recorded_on)::int from marts.fct_offence_type where force_code = %s"
    assert "".join(sorted("ABC"[day - 1] for (day,) in country.rows(query, [case.code]))) == case.stands


@pytest.mark.parametrize("kind", ["crime", "involvement"])
def test_rows_of_withdrawn_crimes_and_of_their_people_are_accounted_for(country: Warehouse, kind: str) -> None:
    query = """
        select rows_read, rows_current, rows_superseded, rows_withdrawn, rows_quarantined, rows_accounted
        from quality.dq_row_accounting where record_kind = %s and force_code = '01' order by delivery_on
    """
    assert country.rows(query, [kind]) == [(3, 0, 2, 1, 0, 3), (2, 2, 0, 0, 0, 2)]


def test_people_of_withdrawn_crimes_are_counted_nowhere(country: Warehouse) -> None:
    query = "select count(*) from marts.fct_ethnicity where force_code = %s"
    assert country.rows(query, ["01"]) == [(2,)]
    assert country.rows(query, ["12"]) == [(0,)]
    query = "select rows_withdrawn from quality.dq_row_accounting where force_code = '12' order by rows_read"
    assert country.rows(query) == [(0,), (0,), (2,), (3,)]


@pytest.mark.parametrize(("code", "is_news"), [("04", True), ("13", False)], ids=["a snapshot", "a delta"])
def test_the_same_bytes_for_another_day_ask_for_a_build_in(country: Warehouse, code: str, is_news: bool) -> None:
    def inputs() -> str:
        with warehouse.connect(country.url) as connection:
            return generations.input_sha256(connection, country.sources, country.settings.project_dir / "dbt_project")

    before = inputs()
    first = next(case for case in CASES if case.code == code).deliveries["2026-09-01"]
    country.put(code, "2026-09-05", HEADER + "".join(ROWS[crime] for crime in first))
    country.load()
    assert country.rows("select state from ops.load where delivery_on = '2026-09-05' and source = %s", [code]) == [
        ("duplicate",)
    ]
    assert (inputs() != before) is is_news
