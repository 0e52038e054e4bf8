"""Case 12: the machine's clock is two days off, the night the clocks change, a leap day. The result is the same."""

from datetime import date

import pytest

from faults.bench import FAKETIME
from faults.delivering import Delivering

pytestmark = pytest.mark.skipif(FAKETIME is None, reason="Debian's faketime is not installed")


@pytest.mark.parametrize("skew", ["-2d", "+2d"])
def test_a_wrong_clock_changes_nothing(deliveries: Delivering, skew: str) -> None:
    """Also for the day on which the clocks go back, and for a leap day."""
    bench = deliveries.bench
    deliveries.crimes("AB", day=date(2026, 10, 25))
    deliveries.night()
    deliveries.crimes("CD", day=date(2028, 2, 29))
    deliveries.crimes("EF", day=date(2026, 10, 25))
    assert bench.night(workers=bench.skewed[skew])["01"]["loaded"] == 2
    deliveries.oracle.night(gate=False)
    bench.check(deliveries.oracle)
    assert deliveries.night()["01"] == {"unchanged": 2}
    assert [(day, correction) for _, day, correction, *_ in deliveries.states] == [
        ("2026-10-25", 0),
        ("2026-10-25", 1),
        ("2028-02-29", 0),
    ]
