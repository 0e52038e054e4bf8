"""Case 8: deliveries and corrections arrive in any order. What is current is the same in the end.

The order is that of dates, then of corrections as they arrive, never of a clock.
"""

import os
from itertools import permutations

from faults.delivering import Delivering

DAYS = range(5 if os.environ.get("CSAE_ALL_FAULTS") else 4)
"""All 120 orders of five days by `make faults`, the 24 of four days otherwise."""


def test_days_in_every_order_of_arrival(deliveries: Delivering) -> None:
    """All orders in one warehouse: each has days of its own."""
    bench = deliveries.bench
    orders = list(permutations(DAYS))
    for position in range(len(DAYS)):
        for year, order in enumerate(orders):
            day = order[position]
            deliveries.crimes([f"{year}-{day}-{n}" for n in range(2)], day=year * 10 + day)
        bench.clean_night()
        deliveries.oracle.night(gate=False)
    bench.check(deliveries.oracle)
    current = bench.rows(
        """
        with latest as (
            select l.delivery_on, c.offence_title,
                row_number() over (
                    partition by split_part(c.offence_title, '-', 1), right(c.offence_title, 1)
                    order by l.delivery_on desc, l.correction_number desc, l.load_id desc
                ) as place
            from raw.crime as c inner join ops.load as l using (load_id)
        )
        select count(*), count(*) filter (where split_part(offence_title, '-', 2) = 'LAST') from latest where place = 1
        """.replace("LAST", f"{DAYS[-1]}")
    )
    assert current == [(2 * len(orders), 2 * len(orders))], "in each order the last day's two rows are current"


def test_a_correction_of_an_old_day_stays_behind_a_newer_day(deliveries: Delivering) -> None:
    deliveries.crimes("AB", day=1)
    deliveries.night()
    deliveries.crimes("CD")
    deliveries.night()
    deliveries.crimes("EF")
    deliveries.night()
    assert [(day, correction) for _, day, correction, *_ in deliveries.states] == [
        ("2026-09-02", 0),
        ("2026-09-01", 0),
        ("2026-09-01", 1),
    ]
