"""Case 24: a date that cannot be holds its row back with a reason, and too many of them the file."""

from faults.bench import Bench
from faults.hostile_files import CANARY, CSV, NIL, WORKBOOK, Hostile, table, workbook

GOOD = [f"{CANARY}{number},2026-08-01,theft" for number in range(20)]


def test_each_has_its_reason_and_the_others_go_on(empty: Bench) -> None:
    hostile = Hostile(empty)
    days = ["2026-12-31", "1900-01-00", "2026-02-30", "45123", "", "01/08/2026", "2026-13-01", "9999-99-99"]
    hostile.send(CSV, "crimes.csv", table(*GOOD, *(f"{CANARY}bad{day},{day},theft" for day in days)))
    hostile.send(NIL, "crimes.csv", table(*GOOD[:5], *(f"{CANARY}bad{at},1900-01-00,theft" for at in range(6))))
    hostile.send(WORKBOOK, "crimes.xlsx", workbook(*([f"{CANARY}{at}", 45000 + at, "theft"] for at in range(5))))
    hostile.night(gate=True)
    found = empty.rows(
        "select q.reason_code, count(*) from ops.quarantined_row as q inner join ops.load as l using (load_id) "
        "where l.source = '01' group by 1 order by 1"
    )
    assert dict(found) == {
        "recorded_date_after_delivery": 1,
        "recorded_date_missing": 1,
        "recorded_date_not_a_day": 6,
    }
    assert hostile.load(CSV).state == "accepted"
    assert (hostile.load(NIL).state, hostile.load(NIL).reason_code) == ("rejected", "too_many_quarantined")
    assert hostile.load(WORKBOOK).reason_code == "too_many_quarantined"
    assert "1 value in 'Recorded', first in row 23" in hostile.notices(CSV)["date_is_nought"]
    assert "1 value in 'Recorded', first in row 25" in hostile.notices(CSV)["date_is_serial"]
    assert "5 values in 'Recorded', first in row 2" in hostile.notices(WORKBOOK)["date_is_serial"]
