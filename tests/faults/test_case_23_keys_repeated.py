"""Case 23: a reference that stands twice in a file loses no row, and the same one of two forces is two crimes."""

from faults.bench import Bench
from faults.hostile_files import CSV, NIL, Hostile, row, table


def test_every_row_of_a_repeated_reference_is_kept_and_forces_do_not_meet(empty: Bench) -> None:
    hostile = Hostile(empty)
    twice = table(row(1, "theft"), row(1, "arson"), row(2))
    hostile.send(CSV, "crimes.csv", twice)
    hostile.send(NIL, "crimes.csv", twice)
    hostile.night(gate=True)
    assert [(hostile.load(kind).state, hostile.load(kind).crimes) for kind in (CSV, NIL)] == [("accepted", 3)] * 2
    found = empty.rows(
        "select l.source, c.crime_ref_token, count(*), array_agg(c.offence_title order by c.offence_title) "
        "from raw.crime as c inner join ops.load as l using (load_id) where l.source in ('01', '14') "
        "group by 1, 2 order by 1, 3 desc"
    )
    assert [(source, rows, titles) for source, _, rows, titles in found] == [
        ("01", 2, ["arson", "theft"]),
        ("01", 1, ["theft"]),
        ("14", 2, ["arson", "theft"]),
        ("14", 1, ["theft"]),
    ]
