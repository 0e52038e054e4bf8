"""Case 12: the machine's clock is two days off, the night the clocks change, a leap day. The result is the same."""

import pytest

from faults.bench import FAKETIME
from faults.delivering import Delivering

pytestmark = pytest.mark.skipif(FAKETIME is None, reason="Debian's faketime is not installed")


@pytest.mark.parametrize("skew", ["-2d", "+2d"])
def test_a_wrong_clock_changes_nothing(deliveries: Delivering, skew: str) -> None:
    bench = deliveries.bench
    deliveries.crimes("AB")
    deliveries.night()
    deliveries.crimes("CD", day=1)
    deliveries.crimes("EF")
    bench.night(workers=bench.skewed[skew])
    deliveries.oracle.night(gate=False)
    bench.check(deliveries.oracle)
    assert deliveries.night()["01"] == {"unchanged": 2}
