"""Case 22: columns are read by name: what is new is told, what is missing, renamed or there twice is refused."""

from faults.bench import Bench
from faults.hostile_files import CSV, Hostile, reasons, table


def csv(header: str, *cells: str) -> bytes:
    return table(*(cells or (",".join(["2026-08-01"] * (header.count(",") + 1)),)), header=header)


def test_columns_that_change(empty: Bench) -> None:
    hostile = Hostile(empty)
    sent = {
        "added": (CSV, "crimes.csv", csv("Crime,Recorded,Title,Weather")),
        "dropped": (CSV, "crimes.csv", csv("Crime,Recorded")),
        "renamed": (CSV, "crimes.csv", csv("Crime,Recorded,Offence title")),
        "reordered": (CSV, "crimes.csv", csv("Title,Recorded,Crime", "theft,2026-08-01,A")),
        "in another case": (CSV, "crimes.csv", csv("CRIME,Recorded,Title")),
        "twice": (CSV, "crimes.csv", csv("Crime,Recorded,Title,Title")),
        "twice and unused": (CSV, "crimes.csv", csv("Crime,Recorded,Title,Weather,Weather")),
        "with blanks around": (CSV, "crimes.csv", csv(" Crime ,Recorded,  Title")),
        "none at all": (CSV, "crimes.csv", table("B,2026-08-01,theft", header="A,2026-08-01,theft")),
    }
    found = hostile.refused(sent)
    outcome = reasons(found)
    assert outcome.pop("dropped") in {"column_missing", "column_renamed"}
    assert outcome.pop("renamed") in {"column_missing", "column_renamed"}
    assert outcome.pop("in another case") in {"column_missing", "column_renamed"}
    assert outcome == {
        "added": None,
        "reordered": None,
        "twice": "column_repeated",
        "twice and unused": None,
        "with blanks around": None,
        "none at all": "column_missing",
    }
    assert hostile.notices(CSV, "2026-09-01").keys() == {"column_new"}
    assert "column_repeated" in hostile.notices(CSV, "2026-09-07")
    assert ("theft",) in empty.rows("select offence_title from raw.crime where offence_title = 'theft'")
