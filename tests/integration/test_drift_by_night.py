"""How a delivery may differ from its YAML and from those accepted before it, and what is said of it.

Real PostgreSQL, real S3, the real gate. Every value that stands for a person's begins with `Zqx`.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest

from csae.local_stack import Stack
from csae.sources import load_sources
from integration.nights import Warehouse, new_warehouse
from integration.specs import extract, spec

CRIME = """
crime_ref: {from: CrimeNo, required: true}
recorded_on: {from: Recorded, date: yyyy-mm-dd}
outcome_code: Outcome
record_status: {value: live}
"""
PERSON = """
crime_ref: CrimeNo
role: {from: Role, map: {S: suspect, V: victim}}
surname: Surname
sex: {from: Sex, map: {MALE: M, FEMALE: F}}
immigration_status: Status
"""
SPEC = spec(
    "06",
    extract("crimes", "CRIME_*.csv", crime=CRIME),
    extract("people", "PEOPLE_*.csv", involvement=PERSON) + "  ignored_columns: [Officer]\n",
    name="Testshire Police",
    due="",
    bounds="{crimes: {min: 1}, max_quarantined_share: 0.5}",
)
CRIME_HEADER = "CrimeNo,Recorded,Outcome"
PEOPLE_HEADER = "CrimeNo,Role,Surname,Sex,Status,Officer"
FIRST = date(2026, 9, 1)


def crimes(number: int = 40, header: str = CRIME_HEADER, outcome: str = "1") -> str:
    return "\n".join([header, *(f"C{at},2026-08-01,{outcome}" for at in range(number))]) + "\n"


def people(number: int = 40, header: str = PEOPLE_HEADER, sexes: Sequence[str] = ("MALE",), status: str = "") -> str:
    rows = (f"C{at},S,Zqx{at},{sexes[at % len(sexes)]},{status},Zqxofficer" for at in range(number))
    return "\n".join([header, *rows]) + "\n"


@pytest.fixture
def force(shared: Stack, tmp_path: Path) -> Warehouse:
    return new_warehouse(shared, tmp_path, [SPEC])


def deliver(force: Warehouse, night: int, crime_file: str, people_file: str) -> list[tuple[str, str, str, str]]:
    """Load and gate the delivery of a night; code, level, extract and column of its signals."""
    day = f"{FIRST + timedelta(days=night)}"
    force.put("06", day, crime_file, "CRIME_1.csv")
    force.put("06", day, people_file, "PEOPLE_1.csv")
    force.load(day)
    return force.rows(
        """
        select n.code, n.level, n.extract_name, n.column_name from ops.load_notice as n
        inner join ops.load as l using (load_id) where l.delivery_on = %s order by 1, 3, 4
        """,
        [day],
    )


def state(force: Warehouse, night: int) -> tuple[str, str | None, str | None]:
    query = "select state, reason_code, reason from ops.load where delivery_on = %s"
    return force.rows(query, [FIRST + timedelta(days=night)])[0]  # type: ignore[return-value]


def message(force: Warehouse, code: str) -> str:
    """The last one of this code; no message holds a person's value."""
    texts = [text for (text,) in force.rows("select message from ops.load_notice order by load_id")]
    assert not [text for text in texts if "Zqx" in text]
    found = force.rows("select message from ops.load_notice where code = %s order by load_id desc limit 1", [code])
    return str(found[0][0])


def usual(force: Warehouse, nights: int = 3) -> None:
    """Nights as they should be: nothing is signalled."""
    for night in range(nights):
        assert deliver(force, night, crimes(40 + night), people(40 + night, sexes=("MALE", "FEMALE"))) == []
        assert state(force, night) == ("accepted", None, None)


def test_a_column_that_is_new_is_named_and_the_load_goes_on(force: Warehouse) -> None:
    header = f"{CRIME_HEADER},Grade"
    rows = crimes().splitlines()[1:]
    file = "\n".join([header, *(f"{row},A" for row in rows)]) + "\n"
    assert deliver(force, 0, file, people()) == [("column_new", "warning", "crimes", "Grade")]
    assert state(force, 0)[0] == "accepted"
    assert message(force, "column_new") == (
        "CRIME_1.csv has 'Grade', which is new. The YAML neither uses nor ignores it: map it, or add it to "
        "'ignored_columns'."
    )


def test_a_column_that_was_renamed_rejects_and_proposes_the_change(force: Warehouse) -> None:
    usual(force, 1)
    found = deliver(force, 1, crimes(50), people(50, header=PEOPLE_HEADER.replace("Surname", "LastName")))
    assert found == [("column_renamed", "error", "people", "Surname")]
    assert state(force, 1) == (
        "rejected",
        "column_renamed",
        "PEOPLE_1.csv: the header in row 1 lacks 'Surname' and has 1 that the YAML does not name. 'LastName' may be "
        "'Surname' (it stands in the same place as in the last accepted delivery). If so, change the YAML as csae load "
        "show says, or add a layout from this day on; else ask the force for its usual columns.",
    )
    assert message(force, "column_renamed").splitlines()[1:] == [
        "--- 06_test.yml",
        "+++ 06_test.yml",
        "@@ -26 +26 @@",
        "-            surname: Surname",
        "+            surname: LastName",
    ]
    assert force.rows("select count(*) from raw.involvement") == [(40,)]


def test_a_file_without_its_header_shows_none_of_its_data(force: Warehouse) -> None:
    usual(force, 1)
    headless = "\n".join(people(50).splitlines()[1:]) + "\n"
    found = deliver(force, 1, crimes(50), headless)
    assert [(code, level, column) for code, level, _, column in found] == [
        ("column_missing", "error", column) for column in sorted(PEOPLE_HEADER.split(",")[:-1])
    ]
    assert "Zqx" not in f"{state(force, 1)}{message(force, 'column_missing')}"


def test_a_column_that_stands_twice_rejects_only_where_it_is_used(force: Warehouse) -> None:
    rows = people(40).splitlines()
    ignored = "\n".join([f"{rows[0]},Officer", *(f"{row},Zqx" for row in rows[1:])]) + "\n"
    assert deliver(force, 0, crimes(), ignored) == [("column_repeated", "warning", "people", "Officer")]
    used = "\n".join([f"{rows[0]},Sex", *(f"{row},MALE" for row in rows[1:])]) + "\n"
    assert deliver(force, 1, crimes(41), used) == [("column_repeated", "error", "people", "Sex")]
    assert [state(force, night)[:2] for night in (0, 1)] == [("accepted", None), ("rejected", "column_repeated")]


def test_columns_in_another_order_are_good_to_know(force: Warehouse) -> None:
    usual(force, 1)
    rows = [line.split(",") for line in crimes(41).splitlines()]
    moved = "\n".join(",".join((row[2], row[0], row[1])) for row in rows) + "\n"
    assert deliver(force, 1, moved, people(41)) == [("columns_reordered", "info", "crimes", "")]
    assert deliver(force, 2, moved.replace("C0", "C99"), people(40)) == [], "it is the usual order from then on"


def test_a_value_that_nothing_knows_warns_and_is_shown_only_if_it_is_a_code(force: Warehouse) -> None:
    usual(force, 1)
    sexes = ("MALE", "FEMALE", "X1", "Not known")
    assert deliver(force, 1, crimes(40, outcome="19"), people(40, sexes=sexes)) == [
        ("value_new", "info", "crimes", "outcome_code"),
        ("value_new", "warning", "people", "sex"),
    ]
    assert "has 2 values that this force has never sent, in 20 rows, first in row 4: 'Not known', 'X1'." in message(
        force, "value_new"
    )
    assert deliver(force, 2, crimes(40, outcome="19"), people(36, sexes=(*sexes, *(["MALE"] * 5)))) == [], "known now"


def test_a_rare_value_that_may_be_a_name_is_counted_and_not_shown(force: Warehouse) -> None:
    usual(force, 1)
    deliver(force, 1, crimes(41), people(41, sexes=(*["MALE"] * 39, "Zqxname", "X1")))
    assert message(force, "value_new") == (
        "'sex' of extract 'people' has 2 values that this force has never sent, in 2 rows, first in row 41: 'X1', "
        "1 more not shown. Ask the force what they mean, and add them to the column's 'map' or to 'codes'."
    )
    assert force.rows("select value from ops.coded_value where column_name = 'sex' order by rows, value") == [
        ("X1",),
        (None,),
        ("F",),
        ("M",),
    ]
    assert force.rows("select count(*) from ops.load_value") == [(0,)]


@pytest.mark.parametrize(
    ("number", "jumps"), [(13, True), (14, False), (123, False), (124, True)], ids=["fall", "less", "more", "rise"]
)
def test_volume_is_held_against_the_median_of_three_loads_or_more(force: Warehouse, number: int, jumps: bool) -> None:
    usual(force, 2)
    assert deliver(force, 2, crimes(200), people(200, sexes=("MALE", "FEMALE"))) == [], "two loads say nothing yet"
    found = deliver(force, 3, crimes(number), people(number))
    assert found == ([("volume_jump", "warning", "", "")] if jumps else [])
    if jumps:
        assert message(force, "volume_jump").startswith(
            f"The delivery has {number} crimes where 41 are usual and {number} people where 41 are usual "
            "(the median of the last 3 accepted loads)."
        )


def test_a_column_that_is_empty_far_more_often_warns(force: Warehouse) -> None:
    usual(force, 2)
    found = deliver(force, 2, crimes(40), people(40, sexes=("MALE", "FEMALE", "MALE", "")))
    assert found == [("missingness_jump", "warning", "people", "sex")]
    assert message(force, "missingness_jump") == (
        "'sex' is empty in 25% of the 40 records of extract 'people', and in 0% usually. "
        "Ask the force whether it still fills it in and exports it."
    )
    few = people(29, sexes=("MALE", ""))
    assert deliver(force, 3, crimes(29), few) == [], "fewer than thirty rows say nothing"


def test_only_accepted_loads_before_it_are_a_load_s_history(force: Warehouse) -> None:
    usual(force, 1)
    bad = crimes(41).replace("2026-08-01", "never")
    assert deliver(force, 1, bad, people(41, sexes=("X1",))) == [("value_new", "warning", "people", "sex")]
    assert state(force, 1)[:2] == ("rejected", "too_many_quarantined")
    again = deliver(force, 2, crimes(42), people(42, sexes=("X1",)))
    assert again == [("value_new", "warning", "people", "sex")], "a rejected load taught nothing"
    moved = "\n".join(",".join(reversed(line.split(","))) for line in crimes(43).splitlines()) + "\n"
    assert deliver(force, -1, moved, people(43)) == [], "what was delivered for a later day is not before it"


def test_a_waiver_makes_a_signal_information_until_it_expires(shared: Stack, tmp_path: Path) -> None:
    waiver = "waivers: [{rule: value_new, reason: Pilot of a new system, owner: A. Registrar, expires: 2026-09-02}]\n"
    force = new_warehouse(shared, tmp_path, [SPEC + waiver])
    usual(force, 1)
    assert deliver(force, 1, crimes(41), people(41, sexes=("X1",))) == [("value_new", "info", "people", "sex")]
    assert message(force, "value_new").endswith("Waived until 2026-09-02 by A. Registrar: Pilot of a new system.")
    assert deliver(force, 2, crimes(42), people(42, sexes=("X2",))) == [("value_new", "warning", "people", "sex")]


def test_a_mended_yaml_leaves_no_signal_of_the_attempt_before(force: Warehouse) -> None:
    usual(force, 1)
    deliver(force, 1, crimes(41), people(41, header=PEOPLE_HEADER.replace("Surname", "LastName")))
    path = force.settings.sources_dir / "06_test.yml"
    path.write_text(path.read_text().replace("surname: Surname", "surname: LastName"))
    force.sources.update(load_sources(force.settings.sources_dir))
    force.load(f"{FIRST + timedelta(days=1)}")
    assert state(force, 1) == ("accepted", None, None)
    assert force.rows("select code from ops.load_notice") == []


def test_analysts_see_each_signal_and_since_when_it_is_there(force: Warehouse) -> None:
    for night in range(2):
        rows = crimes(40 + night).splitlines()
        deliver(force, night, "\n".join([f"{rows[0]},Grade", *(f"{row},A" for row in rows[1:])]) + "\n", people(40))
    deliver(force, 2, crimes(42), people(42, header=PEOPLE_HEADER.replace("Surname", "LastName")))
    assert force.build().faults == ()
    assert force.rows(
        """
        select delivery_on::text, is_accepted, code, level, extract_name, column_name,
            first_seen_on::text, last_seen_on::text
        from quality.dq_signal order by delivery_on
        """
    ) == [
        ("2026-09-01", True, "column_new", "warning", "crimes", "Grade", "2026-09-01", "2026-09-02"),
        ("2026-09-02", True, "column_new", "warning", "crimes", "Grade", "2026-09-01", "2026-09-02"),
        ("2026-09-03", False, "column_renamed", "error", "people", "Surname", "2026-09-03", "2026-09-03"),
    ]
