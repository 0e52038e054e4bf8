"""When a source counts against a night, and when it does not: due days, trial, and waivers with their expiry.

Real PostgreSQL, real S3, the real gate; Airflow and dbt are left out.
"""

from datetime import date, timedelta
from pathlib import Path

import pytest
from jinja2 import Template

from csae.local_stack import Stack
from csae.settings import PROJECT_DIR
from csae.sources.expectations import Due
from integration.nights import Warehouse, new_warehouse
from integration.specs import extract
from integration.specs import spec as spec_of

CRIME = """
crime_ref: {from: Crime, required: true}
recorded_on: {from: Recorded, date: yyyy-mm-dd}
record_status: {value: live}
"""
WAIVED = "Waived until 2026-08-31 by A. Registrar: Moving house."
ANSWERED = "2026-08-31"
"""A Monday."""


def spec(
    source: str = "06", *, due: str = "daily 03:00", status: str = "live", waived: tuple[str, str] | None = None
) -> str:
    text = spec_of(
        source,
        extract("crimes", crime=CRIME),
        status=status,
        due=due,
        bounds="{crimes: {min: 2, max: 3}, max_quarantined_share: 0.2}",
    )
    if waived:
        rule, expires = waived
        text += f"waivers: [{{rule: {rule}, reason: Moving house., owner: A. Registrar, expires: {expires}}}]\n"
    return text


def crimes(good: int, bad: int = 0, mark: str = "") -> str:
    rows = [f"{mark}{number},2026-08-01" for number in range(good)] + [f"{mark}{number},never" for number in range(bad)]
    return "\n".join(["Crime,Recorded", *rows]) + "\n"


@pytest.mark.parametrize(
    ("due", "night_on", "message"),
    [
        ("daily 03:00", "2026-08-31", None),
        ("daily 03:00", "2026-09-01", "nothing was delivered for 2026-09-01; its last delivery is of 2026-08-31."),
        ("weekly monday 03:00", "2026-09-06", None),
        (
            "weekly monday 03:00",
            "2026-09-09",
            "nothing was delivered since 2026-09-07, when it was due; its last delivery is of 2026-08-31.",
        ),
        ("weekdays 03:00", "2026-09-01", "nothing was delivered for 2026-09-01; its last delivery is of 2026-08-31."),
        ("monthly 28 03:00", "2026-09-27", None),
        ("monthly 28 03:00", "2026-09-28", "nothing was delivered for 2026-09-28; its last delivery is of 2026-08-31."),
    ],
)
def test_a_source_is_missing_only_once_a_due_day_has_gone_by(
    shared: Stack, tmp_path: Path, due: str, night_on: str, message: str | None
) -> None:
    force = new_warehouse(shared, tmp_path, [spec(due=due)])
    force.put("06", ANSWERED, crimes(2))
    force.load(ANSWERED)
    night_id = force.load(night_on)
    assert force.states(night_id)["06"] == (("missing", False, message) if message else ("unchanged", False, ""))
    assert force.verdict(night_id).verdict == ("incomplete" if message else "complete")


def test_only_a_live_source_counts_against_the_night(shared: Stack, tmp_path: Path) -> None:
    others = [spec("13", status="trial"), spec("14", status="draft"), spec("16", status="retired")]
    force = new_warehouse(shared, tmp_path, [spec("06"), *others])
    for source in ("06", "14", "16"):
        force.put(source, ANSWERED, crimes(2))
    night_id = force.load()
    assert force.states(night_id) == {
        "06": ("loaded", False, ""),
        "13": ("missing", False, f"nothing was delivered for {ANSWERED}; it has never delivered."),
    }
    assert force.verdict(night_id).message == "Complete."
    assert force.rows("select source, state from ops.load") == [("06", "accepted")]


def test_a_trial_source_is_loaded_and_not_counted_nationally(shared: Stack, tmp_path: Path) -> None:
    force = new_warehouse(shared, tmp_path, [spec("06"), spec("13", status="trial", due="weekly monday 03:00")])
    force.put("06", "2026-09-01", crimes(2))
    force.put("13", "2026-09-01", crimes(3, mark="t"))
    force.load()
    assert force.rows("select source, crimes_read from ops.load order by 1") == [("06", 2), ("13", 3)]
    assert force.build().faults == ()
    assert force.rows("select force_code, count(*) from marts.fct_offence_type group by 1") == [("06", 2)]
    query = """
        select force_code, due_on::text, is_counted_nationally, delivered_on::text, days_late, punctuality
        from quality.dq_delivery_timeliness order by 1, 2
    """
    assert force.rows(query) == [
        ("06", "2026-09-01", True, "2026-09-01", 0, "on_time"),
        ("13", "2026-08-31", False, "2026-09-01", 1, "late"),
    ]


@pytest.mark.parametrize(
    ("rule", "content", "message"),
    [
        (
            "too_few_crimes",
            crimes(1),
            "1 crimes were delivered and the YAML's minimum is 2. "
            "Ask the force for the whole delivery, or lower bounds, crimes, min.",
        ),
        (
            "too_many_quarantined",
            crimes(2, 1),
            "1 of 3 crimes fail the gate, and the YAML allows 20%. "
            "See csae load quarantine 1, and ask the force to correct its extract.",
        ),
    ],
)
def test_a_bound_that_is_waived_leaves_a_notice_and_lets_the_delivery_in(
    shared: Stack, tmp_path: Path, rule: str, content: str, message: str
) -> None:
    specs = [spec("06", waived=(rule, ANSWERED)), spec("13", waived=(rule, "2026-08-30"))]
    force = new_warehouse(shared, tmp_path, specs)
    force.put("06", ANSWERED, content)
    force.put("13", ANSWERED, content)
    night_id = force.load()
    assert force.rows("select source, state from ops.load order by 1") == [("06", "accepted"), ("13", "rejected")]
    notices = force.rows("select message from ops.load_notice where load_id = 1 and code = %s", [rule])
    assert notices == [(f"{message} {WAIVED}",)]
    assert force.states(night_id)["06"] == ("loaded", False, "")


def test_an_empty_file_is_too_few_crimes_and_waived_with_them(shared: Stack, tmp_path: Path) -> None:
    force = new_warehouse(shared, tmp_path, [spec(waived=("too_few_crimes", ANSWERED))])
    force.put("06", ANSWERED, crimes(0))
    force.load()
    assert force.rows("select state, crimes_read from ops.load") == [("accepted", 0)]


@pytest.mark.parametrize(("expires", "waived"), [(None, ""), (ANSWERED, WAIVED)])
def test_many_crimes_are_a_notice_with_or_without_a_waiver(
    shared: Stack, tmp_path: Path, expires: str | None, waived: str
) -> None:
    force = new_warehouse(shared, tmp_path, [spec(waived=("many_crimes", expires) if expires else None)])
    force.put("06", ANSWERED, crimes(4))
    force.load()
    message = f"4 crimes were delivered and the YAML's maximum is 3; look at the delivery. {waived}".strip()
    assert force.rows("select state from ops.load") == [("accepted",)]
    assert force.rows("select message, level from ops.load_notice where code = 'many_crimes'") == [
        (message, "info" if waived else "warning")
    ]


def waived_night(force: Warehouse, night_on: str) -> tuple[str, str, str | None]:
    night_id = force.load(night_on)
    given = force.verdict(night_id)
    ((notice,),) = force.rows("select notice from ops.night where night_id = %s", [night_id])
    return given.verdict, given.message, notice


def test_a_delivery_that_is_missing_does_not_count_until_its_waiver_expires(shared: Stack, tmp_path: Path) -> None:
    force = new_warehouse(shared, tmp_path, [spec("06", waived=("delivery_missing", "2026-09-01")), spec("13")])
    for source in ("06", "13"):
        force.put(source, ANSWERED, crimes(2))
    for day in ("2026-09-01", "2026-09-02"):
        force.put("13", day, crimes(2, mark=day))
    assert waived_night(force, "2026-09-01") == ("complete", "Complete. Waived: 06 missing.", None)
    state, is_waived, message = force.states(1)["06"]
    assert (state, is_waived) == ("missing", True)
    assert message.endswith("of 2026-08-31. Waived until 2026-09-01 by A. Registrar: Moving house.")
    assert waived_night(force, "2026-09-02") == (
        "incomplete",
        "Complete with forces missing or rejected: 06 missing.",
        "06 Force 06: the waiver of delivery_missing held until 2026-09-01; A. Registrar should take it out of the "
        "YAML, or renew it.",
    )


@pytest.mark.parametrize("content", ["Crime,Other\n1,2026-08-01\n", crimes(1)], ids=["by the reader", "by the gate"])
def test_a_delivery_that_stays_rejected_does_not_count_until_its_waiver_expires(
    shared: Stack, tmp_path: Path, content: str
) -> None:
    due = "weekly monday 03:00"
    force = new_warehouse(shared, tmp_path, [spec(due=due, waived=("delivery_rejected", "2026-09-01"))])
    force.put("06", ANSWERED, content)
    for night_on in (ANSWERED, "2026-09-01"):
        assert waived_night(force, night_on)[:2] == ("complete", "Complete. Waived: 06 rejected.")
    assert waived_night(force, "2026-09-02")[:2] == (
        "incomplete",
        "Complete with forces missing or rejected: 06 rejected.",
    )


def test_a_waiver_of_one_fault_does_not_cover_another(shared: Stack, tmp_path: Path) -> None:
    force = new_warehouse(shared, tmp_path, [spec(waived=("delivery_rejected", "2026-09-30"))])
    force.put("06", ANSWERED, crimes(1))
    assert waived_night(force, "2026-09-01")[:2] == (
        "incomplete",
        "Complete with forces missing or rejected: 06 missing.",
    )
    message = force.states(1)["06"][2]
    assert message.startswith("nothing was delivered for 2026-09-01; its last delivery is of 2026-08-31. 2026-08-31: 1")


@pytest.mark.parametrize("due", ["daily 03:00", "weekdays 03:00", "weekly sunday 03:00", "monthly 1 03:00"])
def test_the_tables_and_the_night_agree_on_due_days(shared: Stack, tmp_path: Path, due: str) -> None:
    """The days of the SQL are those of `Due.latest`, over two months."""
    force = new_warehouse(shared, tmp_path, [spec(due=due)])
    first, last = date(2026, 8, 1), date(2026, 9, 30)
    expected = Due.model_validate(due)
    days = {expected.latest(first + timedelta(days=number)) for number in range((last - first).days + 1)}
    project = PROJECT_DIR / "dbt_project"
    parts = (project / "macros" / "last_due.sql", project / "models" / "quality" / "dq_delivery_timeliness.sql")
    given = {
        "stg_source": f"""
            select '06' as force_code, true as is_counted_nationally, true as is_expected,
                '{expected.every}' as due_every, {expected.day} as due_day
        """,
        "stg_delivery": f"""
            select '06' as force_code, day::date as delivery_on, true as is_accepted
            from (values ('{first}'), ('{last}')) as days (day)
        """,
    }
    template = Template("".join(part.read_text() for part in parts))
    model = template.render(ref=lambda name: f"({given[name]}) as {name}").replace("%", "%%")  # as psycopg wants it
    assert {due_on for (due_on,) in force.rows(f"select due_on from ({model}) as made")} == days
